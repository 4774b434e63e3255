"""The registry that a process starts with: which version it is, and what it takes of the machine."""

import os
from importlib.metadata import version

from prometheus_client import (
    CollectorRegistry,
    Gauge,
    GCCollector,
    PlatformCollector,
    ProcessCollector,
    disable_created_metrics,
)

REVISION_VARIABLE = "TOUCHLINE_REVISION"
"""Set where the image is built: the commit that is in it."""
LONGEST_REVISION = 40
"""Characters of a whole commit hash."""


def process_registry() -> CollectorRegistry:
    """A new registry with what is measured of every process; services add what they measure themselves."""
    # A `_created` series beside each counter and histogram would add an eighth to every page, and nobody asks for it.
    disable_created_metrics()  # type: ignore[no-untyped-call]  # the library says nothing of its types here
    registry = CollectorRegistry()
    ProcessCollector(registry=registry)
    PlatformCollector(registry=registry)
    GCCollector(registry=registry)
    build = Gauge(
        "touchline_build_info",
        "Always 1; which version of Touchline runs here, and the commit that it was built from.",
        ["version", "revision"],
        registry=registry,
    )
    build.labels(version("touchline"), os.environ.get(REVISION_VARIABLE, "")[:LONGEST_REVISION] or "unknown").set(1)
    return registry
