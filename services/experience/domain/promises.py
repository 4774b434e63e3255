"""Promises: made, confirmed by whoever must carry them out, kept, broken, withdrawn or rescheduled."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta

from services.experience.domain.concept import ServiceConcept, Standard, Unit
from services.experience.domain.forecast import chance_of_keeping
from services.experience.domain.happening import Happening
from services.experience.domain.ledger import Gap, Line, State, seconds, spoken


def promise_lines(
    happenings: Iterable[Happening], concept: ServiceConcept, *, now: datetime, slipped: frozenset[str]
) -> list[Line]:
    """A line for each promise. `slipped`: the promises that a late internal hand-off is about, `*` for every one."""
    told: dict[str, list[Happening]] = defaultdict(list)
    for happening in happenings:
        promise_id = happening.data.get("promise_id")
        if promise_id is not None:
            told[promise_id].append(happening)
    lines = []
    for promise_id, story in told.items():
        made = next((happening for happening in story if happening.kind == "promise.made"), None)
        if made is not None:  # else what is told of it waits in the journey until its making is heard of
            line = _line(promise_id, made, story, concept)
            line = _outcome(line, story, now) or _open(
                line, story, concept, now, slips={promise_id, "*"} & slipped != set()
            )
            lines.append(line)
    return lines


def _line(promise_id: str, made: Happening, story: list[Happening], concept: ServiceConcept) -> Line:
    """What was promised, before anything is said of what came of it."""
    kind = concept.promise(made.data["what"])
    due = _due(made, story)
    span = max(due - made.at, timedelta())
    written = f"{due:%H:%M}" if span < timedelta(days=1) else f"the end of {due:%Y-%m-%d}"
    return Line(
        id=f"promise/{promise_id}",
        standard=Standard(
            touchpoint=f"promise:{made.data['what']}",
            label=kind.label,
            unit=Unit.SECONDS,
            expected=seconds(span),
            weight=kind.weight,
            remedy=kind.remedy,
            call=made.data["fulfilled_by"],
        ),
        state="made",
        began_at=made.at,
        due=due,
        confirm_by=made.get("confirm_by") or made.at + span * kind.confirm_within,
        said_by=made.get("made_by") or "staff",
        expected=f"{kind.label} by {written}",
        is_promise=True,
    )


def _outcome(line: Line, story: list[Happening], now: datetime) -> Line | None:
    """The line with its outcome, or None while the promise is open. Past its due time, silence is an outcome."""
    due = line.due
    assert due is not None  # every promise has one
    done_at = _done_at(story)
    withdrawn_at = _last(story, "promise.withdrawn")
    gap: Gap = "performance" if _state(story) == "confirmed" else "communication"
    if done_at is not None and (done_at <= due or withdrawn_at is None or withdrawn_at > due):
        actual = seconds(done_at - line.began_at)
        kept = done_at <= due
        return line._replace(
            state="kept" if kept else "broken",
            at=done_at,
            experienced=actual,
            ratio=line.standard.expected / actual,
            told=f"kept, {spoken(due - done_at)} before it was due"
            if kept
            else f"broken: done {spoken(done_at - due)} too late",
            gap=None if kept else gap,
        )
    if withdrawn_at is not None and withdrawn_at <= due:
        return line._replace(state="withdrawn", at=withdrawn_at, ratio=1.0, told="taken back before it was due")
    given_up_at = _given_up_at(story)
    if given_up_at is not None or now >= due:
        return line._replace(
            state="broken", at=min(given_up_at or due, due), ratio=0.0, told="broken: not done", gap=gap
        )
    return None


def _open(line: Line, story: list[Happening], concept: ServiceConcept, now: datetime, *, slips: bool) -> Line:
    """The line of a promise that may still be kept, with the chance that it will be."""
    state = _state(story)
    confirm_by = line.confirm_by or now
    unit = line.standard.call
    told = {"declined": f"{unit} has declined", "confirmed": f"{unit} has confirmed"}
    chance = chance_of_keeping(
        concept.promise(line.standard.touchpoint.removeprefix("promise:")),
        concept.outlook,
        used=(now - line.began_at).total_seconds() / line.standard.expected,
        confirmed=state == "confirmed",
        declined=state == "declined",
        unconfirmed=state == "made" and now >= confirm_by,
        slipped=slips or _last(story, "delivery.failed") is not None,  # there may be another attempt, but it is late
    )
    return line._replace(
        state=state,
        told=told.get(state, f"not confirmed by {unit} yet"),
        settled=False,
        chance=chance,
        gap="communication" if state == "declined" else None,
    )


def _state(story: list[Happening]) -> State:
    """What the unit said last: it may decline after confirming, and the other way round."""
    said = [happening.kind for happening in story if happening.kind in ("promise.confirmed", "promise.declined")]
    if not said:
        return "made"
    return "confirmed" if said[-1] == "promise.confirmed" else "declined"


def _due(made: Happening, story: list[Happening]) -> datetime:
    """When it is due: a new time counts only with the customer's consent, and only if it was agreed in time."""
    due: datetime = made.data["due"]
    for happening in story:
        if _is_agreed(happening) and happening.at <= due:
            due = happening.data["due"]
    return due


def _done_at(story: list[Happening]) -> datetime | None:
    """When it was first done. What is delivered damaged, wrong or incomplete is not what was promised."""
    for happening in story:
        delivered = happening.kind == "delivery.completed" and happening.data["condition"] == "as_ordered"
        if delivered or happening.kind == "promise.kept":
            return happening.at
    return None


def _given_up_at(story: list[Happening]) -> datetime | None:
    """When it was said to be broken for good; a new time that the customer agreed to afterwards makes it whole."""
    given_up_at = _last(story, "promise.broken")
    agreed_at = next((each.at for each in reversed(story) if _is_agreed(each)), None)
    return None if given_up_at is None or (agreed_at is not None and agreed_at >= given_up_at) else given_up_at


def _is_agreed(happening: Happening) -> bool:
    return happening.kind == "promise.rescheduled" and bool(happening.data["customer_agreed"])


def _last(story: list[Happening], kind: str) -> datetime | None:
    return next((happening.at for happening in reversed(story) if happening.kind == kind), None)
