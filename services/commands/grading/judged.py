"""A journey whose customer gave a verdict: what was forecast of it, what was raised about it, and what came out."""

from datetime import datetime
from typing import NamedTuple

Key = tuple[str, str]
"""Store and journey id."""


class Ungradable(Exception):
    """There is nothing to grade, or not with what was given; says what, which, and what is needed."""


class Raised(NamedTuple):
    """An alert."""

    at: datetime
    line: str
    reason: str
    until: datetime | None
    """When it was too late to act; None: it had gone wrong already."""


class Judged(NamedTuple):
    """One journey with a verdict."""

    key: Key
    began_at: datetime
    as_of: datetime
    """The moment at which `risk` was forecast."""
    informed_at: datetime
    """When the last thing happened that the forecast knew of."""
    risk: float
    verdict_at: datetime
    dissatisfied: bool
    weight: float = 1.0
    """How many journeys it stands for."""
    alerts: tuple[Raised, ...] = ()
    """Those until `as_of`, the first first."""

    @property
    def warned(self) -> Raised | None:
        """The first alert that came before the verdict: a later one tells what the customer has said already."""
        return next((alert for alert in self.alerts if alert.at < self.verdict_at), None)
