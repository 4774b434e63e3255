"""Hand-offs: what the customer sees of them is evaluated, the rest tells how a promise is likely to end."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from services.experience.domain.concept import ServiceConcept
from services.experience.domain.happening import Happening
from services.experience.domain.ledger import Line, done, seconds, waited
from services.experience.domain.phrase import phrase

Handoff = tuple[str, Happening, Happening | None]
"""The id of a hand-off, its offer, and the last answer to it, if there is one."""


class InternalHandoff(NamedTuple):
    """A hand-off that the customer does not see: it tells how a promise is likely to end."""

    about: str | None
    """The promise that it is about; None: it does not say which."""
    to_unit: str
    slipped: bool
    """It is late, was late, or was declined."""
    accepted_at: datetime | None


def handoffs_in(happenings: Iterable[Happening]) -> list[Handoff]:
    """The hand-offs of a journey, from what was told of them (`handoff.*`)."""
    told: dict[str, list[Happening]] = defaultdict(list)
    for happening in happenings:
        told[happening.data["handoff_id"]].append(happening)
    handoffs: list[Handoff] = []
    for handoff_id, story in told.items():
        offered = next((happening for happening in story if happening.kind == "handoff.offered"), None)
        answers = [happening for happening in story if happening.kind != "handoff.offered"]
        if offered is not None:
            handoffs.append((handoff_id, offered, answers[-1] if answers else None))
    return handoffs


def visible_handoffs(
    handoffs: list[Handoff],
    concept: ServiceConcept,
    *,
    now: datetime,
    left_at: datetime | None,
    gave_up_at: datetime | None,
) -> list[Line]:
    """A line for each hand-off that the customer sees.

    After one that was declined and offered to another unit, the customer waits on: what counts is when somebody took
    over at last. One that nobody answered was over when the customer, served, had left.
    """
    lines = []
    for handoff_id, offered, answer in handoffs:
        if not offered.data["customer_visible"]:
            continue
        line_id = f"handoff/{handoff_id}"
        due = offered.get("due")
        standard = concept.handoff._replace(call=offered.data["to_unit"])
        if due is not None:
            standard = standard._replace(expected=seconds(due - offered.at))
        declined = _is_declined(answer)
        offered_again = _offered_again(offered, answer, handoffs) if declined else None
        if declined and (offered_again is None or _is_declined(offered_again[2])):
            told = phrase("outcome.handoff_declined", unit=offered.data["to_unit"])
            lines.append(done(line_id, standard, 0.0, answer.at if answer else now, told=told))
            continue
        final = answer if offered_again is None else offered_again[2]
        gone_at = left_at if gave_up_at is None and left_at is not None and left_at >= offered.at else None
        ended_at = final.at if final is not None else gone_at
        until = concept.followed_until(offered.at, now)
        line = waited(line_id, standard, offered.at, ended_at, now=until, gave_up_at=gave_up_at)
        if offered_again is not None and line.state == "exceeded":
            line = line._replace(ratio=1.0, state="met")  # nobody is delighted to have been refused first
        if final is answer is not None and answer.get("context_passed") is False and line.ratio is not None:
            ratio = min(line.ratio, 1.0) * concept.handoff_without_context
            line = line._replace(ratio=ratio, state="short", told=phrase("outcome.told_again"))
        lines.append(line)
    return lines


def internal_handoffs(handoffs: list[Handoff], *, now: datetime) -> list[InternalHandoff]:
    """The hand-offs that the customer does not see, and how they stand; without those that another unit took over."""
    internal = []
    for _, offered, answer in handoffs:
        if offered.data["customer_visible"]:
            continue
        due = offered.get("due")
        declined = _is_declined(answer)
        again = _offered_again(offered, answer, handoffs) if declined else None
        if again is not None and again[2] is not None and not _is_declined(again[2]):
            continue
        late = due is not None and (answer.at if answer is not None else now) > due
        internal.append(
            InternalHandoff(
                about=offered.get("about"),
                to_unit=offered.data["to_unit"],
                slipped=declined or late,
                accepted_at=None if answer is None or declined else answer.at,
            )
        )
    return internal


def _is_declined(answer: Happening | None) -> bool:
    return answer is not None and answer.kind == "handoff.declined"


def _offered_again(offered: Happening, declined: Happening | None, handoffs: Iterable[Handoff]) -> Handoff | None:
    """The last hand-off of the same matter that was offered after this one had been declined."""
    later = [
        each
        for each in handoffs
        if declined is not None
        and each[1].at >= declined.at
        and each[1].data["customer_visible"] == offered.data["customer_visible"]
        and each[1].get("about") == offered.get("about")
    ]
    return max(later, key=lambda each: (each[1].at, each[0]), default=None)
