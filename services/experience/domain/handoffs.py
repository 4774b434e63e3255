"""Hand-offs: what the customer sees of them is evaluated, the rest tells how a promise is likely to end."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime

from services.experience.domain.concept import ServiceConcept
from services.experience.domain.happening import Happening
from services.experience.domain.ledger import Line, done, seconds, waited

Handoff = tuple[str, Happening, Happening | None]
"""The id of a hand-off, its offer, and the last answer to it, if there is one."""


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
    handoffs: Iterable[Handoff], concept: ServiceConcept, *, now: datetime, gave_up_at: datetime | None
) -> list[Line]:
    """A line for each hand-off that the customer sees."""
    lines = []
    for handoff_id, offered, answer in handoffs:
        if not offered.data["customer_visible"]:
            continue
        line_id = f"handoff/{handoff_id}"
        due = offered.get("due")
        standard = concept.handoff._replace(call=offered.data["to_unit"])
        if due is not None:
            standard = standard._replace(expected=seconds(due - offered.at))
        if answer is not None and answer.kind == "handoff.declined":
            lines.append(done(line_id, standard, 0.0, answer.at, told=f"{offered.data['to_unit']} has declined"))
            continue
        ended_at = answer.at if answer is not None else None
        until = concept.followed_until(offered.at, now)
        line = waited(line_id, standard, offered.at, ended_at, now=until, gave_up_at=gave_up_at)
        if answer is not None and answer.get("context_passed") is False and line.ratio is not None:
            ratio = min(line.ratio, 1.0) * concept.handoff_without_context
            line = line._replace(ratio=ratio, state="short", told="the customer had to tell everything again")
        lines.append(line)
    return lines


def slipped_handoffs(handoffs: Iterable[Handoff], *, now: datetime) -> frozenset[str]:
    """The promises whose internal hand-off is late, was late or was declined; `*` where it does not say which."""
    slipped = set()
    for _, offered, answer in handoffs:
        due = offered.get("due")
        declined = answer is not None and answer.kind == "handoff.declined"
        late = due is not None and (answer.at if answer is not None else now) > due
        if not offered.data["customer_visible"] and (declined or late):
            slipped.add(offered.get("about") or "*")
    return frozenset(slipped)
