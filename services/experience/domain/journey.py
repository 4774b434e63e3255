"""The life of a journey: when it began, whether it has ended, and when it closes."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from services.experience.domain.concept import ServiceConcept
from services.experience.domain.happening import Happening
from services.experience.domain.ledger import Line

ELSEWHERE = ("phone", "chat", "web")
"""Channels on which the customer is not in the store and does not meet its surroundings."""
VERDICTS = ("feedback.given", "mystery_visit.reported")
"""Told about a journey, not part of it: the truth that forecasts are graded against."""


@dataclass(frozen=True, kw_only=True)
class Course:
    """The course of a journey, as far as it is known."""

    began_at: datetime
    last_at: datetime
    """When the last thing happened."""
    left_at: datetime | None
    """When the customer left, served or not."""
    gave_up_at: datetime | None
    """When the customer left without being served."""
    completed: bool
    """Left, or, where the customer is not in the store, everything delivered."""
    in_store: bool
    """Whether the journey meets the store's surroundings."""


def course_of(happenings: Sequence[Happening]) -> Course | None:
    """The course of a journey from what happened, in order. None when nothing has happened but verdicts."""
    part = [happening for happening in happenings if happening.kind not in VERDICTS]
    if not part:
        return None
    channel = next((each.data["channel"] for each in part if each.kind == "customer.arrived"), None)
    left = next((each for each in reversed(part) if each.kind == "customer.left"), None)
    delivered = any(each.kind == "delivery.completed" and each.data["condition"] == "as_ordered" for each in part)
    in_person = channel is not None and channel not in ELSEWHERE
    return Course(
        began_at=part[0].at,
        last_at=part[-1].at,
        left_at=left.at if left else None,
        gave_up_at=left.at if left and left.data["outcome"] == "abandoned" else None,
        completed=left is not None or (delivered and not in_person),
        in_store=channel not in ELSEWHERE,
    )


def closes_at(course: Course, lines: Iterable[Line], concept: ServiceConcept) -> datetime | None:
    """When the journey closes unless something happens before; None while a promise is open.

    A journey that has ended closes when nothing is open and the quiet time has passed; one that nobody ended, or whose
    problem nobody solves, when nothing has been heard of it for as long as the concept waits.
    """
    if any(line.is_promise and not line.settled for line in lines):
        return None
    last = max([course.last_at, *(line.at for line in lines if line.is_promise and line.at is not None)])
    pending = any(not line.settled for line in lines)
    return last + (concept.quiet_time if course.completed and not pending else concept.expires_after)
