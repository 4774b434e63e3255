"""Broken windows: small defects and dirt that stay, each too small to call anybody, together a neglected store."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from math import fsum
from typing import Literal, NamedTuple

from services.experience.domain.concept import ANY, ServiceConcept
from services.experience.domain.happening import Happening, escaped
from services.experience.domain.store_care import StoreCare

Weight = Literal["minor", "major"]
DAY = timedelta(days=1)


class Fault(NamedTuple):
    """Something in the store that is not as it should be, and that nobody has put right yet."""

    line: str
    area: str
    severity: Weight
    since: datetime

    def neglect(self, care: StoreCare, now: datetime) -> float:
        """What it adds to the index: its severity times its age in days, up to the age at which it saturates."""
        age = min(max(now - self.since, timedelta()), care.saturates_after)
        return (care.minor if self.severity == "minor" else care.major) * (age / DAY)


def faults_left(happenings: Iterable[Happening], concept: ServiceConcept) -> list[Fault]:
    """What is still not as it should be after all these store-wide happenings, in order; the oldest first.

    A defect counts from when it was first noticed, with the worst severity that was seen of it; a place from the first
    check that found it below the concept's standard, until a check that does not, or its repair.
    """
    left: dict[str, Fault] = {}
    for happening in happenings:
        if happening.journey is not None:
            continue
        match happening.kind:
            case "defect.noticed":
                _leave(left, _defect(happening))
            case "defect.repaired":
                left.pop(f"defect/{happening.data['defect_id']}", None)
            case "cleanliness.checked":
                line, severity = _place(happening), _shortfall(happening, concept)
                if severity is None:
                    left.pop(line, None)
                else:
                    _leave(left, Fault(line, happening.data["area"], severity, happening.at))
            case "cleanliness.repaired":
                area = f"cleanliness/{escaped(happening.data['area'])}"
                for line in [line for line in left if line == area or line.startswith(f"{area}/")]:
                    del left[line]
    return sorted(left.values(), key=lambda fault: (fault.since, fault.line))


def neglect_index(faults: Sequence[Fault], care: StoreCare, now: datetime) -> float:
    """The neglect index: the sum over all that is left of severity times age in days."""
    return fsum(fault.neglect(care, now) for fault in faults)


def _leave(left: dict[str, Fault], fault: Fault) -> None:
    before = left.get(fault.line)
    worst = fault.severity if before is None else min(before.severity, fault.severity)  # "major" comes before "minor"
    left[fault.line] = (before or fault)._replace(severity=worst)


def _defect(happening: Happening) -> Fault:
    data = happening.data
    return Fault(f"defect/{data['defect_id']}", data["area"], data["severity"], happening.at)


def _place(happening: Happening) -> str:
    location = happening.get("location")
    return f"cleanliness/{escaped(happening.data['area'])}" + (f"/{escaped(location)}" if location else "")


def _shortfall(happening: Happening, concept: ServiceConcept) -> Weight | None:
    """How far a place is below the concept's standard; None when it is not, or when there is no standard."""
    standard = concept.cleanliness.get(happening.data["area"]) or concept.cleanliness.get(ANY)
    if standard is None:
        return None
    ratio = (happening.data["score"] / standard.expected) if standard.polarity > 0 else 1.0
    if ratio >= 1:
        return None
    return "minor" if ratio >= concept.adequate else "major"
