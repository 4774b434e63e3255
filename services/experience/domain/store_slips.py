"""Repeated slips: minor problems, each inside the tolerance, that happen again and again at one touchpoint."""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from services.experience.domain.happening import Happening
from services.experience.domain.store_care import StoreCare


class Slips(NamedTuple):
    """The minor problems of one kind at one touchpoint in the time within which they are counted together."""

    touchpoint: str
    kind: str
    at: tuple[datetime, ...]
    """When each was reported, in order; at least one."""


def slips_lately(happenings: Iterable[Happening], care: StoreCare, now: datetime) -> list[Slips]:
    """The slips of the last `slips_within`. A problem counts once, however often it is reported."""
    counted: set[tuple[str | None, str]] = set()
    found: dict[tuple[str, str], list[datetime]] = {}
    for happening in happenings:
        if happening.kind != "problem.reported":
            continue
        data, problem = happening.data, (happening.journey, happening.data["problem_id"])
        if problem in counted:
            continue
        counted.add(problem)
        if data["severity"] == "minor" and now - care.slips_within < happening.at <= now:
            found.setdefault((data["touchpoint"], data["kind"]), []).append(happening.at)
    return [Slips(touchpoint, kind, tuple(times)) for (touchpoint, kind), times in sorted(found.items())]
