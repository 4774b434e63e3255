"""Hand-offs: what the customer sees of them is evaluated, the rest tells how a promise is likely to end."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from services.experience.domain.concept import ServiceConcept
from services.experience.domain.happening import Happening
from services.experience.domain.ledger import Line, done, seconds, waited


def visible_handoffs(
    happenings: Iterable[Happening], concept: ServiceConcept, *, now: datetime, gave_up_at: datetime | None
) -> list[Line]:
    """A line for each hand-off that the customer sees."""
    lines = []
    for handoff_id, offered, answer in _pairs(happenings):
        if not offered.data["customer_visible"]:
            continue
        line_id = f"handoff/{handoff_id}"
        due = offered.get("due")
        standard = replace(concept.handoff, call=offered.data["to_unit"])
        if due is not None:
            standard = replace(standard, expected=seconds(due - offered.at))
        if answer is not None and answer.kind == "handoff.declined":
            lines.append(done(line_id, standard, 0.0, answer.at, told=f"{offered.data['to_unit']} has declined"))
            continue
        ended_at = answer.at if answer is not None else None
        until = concept.followed_until(offered.at, now)
        line = waited(line_id, standard, offered.at, ended_at, now=until, gave_up_at=gave_up_at)
        if answer is not None and answer.get("context_passed") is False and line.ratio is not None:
            ratio = min(line.ratio, 1.0) * concept.handoff_without_context
            line = replace(line, ratio=ratio, state="short", told="the customer had to tell everything again")
        lines.append(line)
    return lines


def slipped_handoffs(happenings: Iterable[Happening], *, now: datetime) -> frozenset[str]:
    """The promises whose internal hand-off is late, was late or was declined; `*` where it does not say which."""
    slipped = set()
    for _, offered, answer in _pairs(happenings):
        due = offered.get("due")
        declined = answer is not None and answer.kind == "handoff.declined"
        late = due is not None and (answer.at if answer is not None else now) > due
        if not offered.data["customer_visible"] and (declined or late):
            slipped.add(offered.get("about") or "*")
    return frozenset(slipped)


def _pairs(happenings: Iterable[Happening]) -> list[tuple[str, Happening, Happening | None]]:
    """Each hand-off with its offer and the last answer to it, if there is one."""
    told: dict[str, list[Happening]] = defaultdict(list)
    for happening in happenings:
        if happening.kind.startswith("handoff."):
            told[happening.data["handoff_id"]].append(happening)
    pairs = []
    for handoff_id, story in told.items():
        offered = next((happening for happening in story if happening.kind == "handoff.offered"), None)
        answers = [happening for happening in story if happening.kind != "handoff.offered"]
        if offered is not None:
            pairs.append((handoff_id, offered, answers[-1] if answers else None))
    return pairs
