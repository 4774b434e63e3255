"""Promises: made, confirmed by whoever must carry them out, kept, broken, withdrawn or rescheduled."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta

from services.experience.domain.concept import ServiceConcept, Standard, Unit
from services.experience.domain.handoffs import InternalHandoff
from services.experience.domain.happening import Happening
from services.experience.domain.ledger import Gap, Line, Signs, State, seconds
from services.experience.domain.phrase import phrase

_HEARD = {
    "promise.confirmed": "promise.confirmed",
    "promise.declined": "promise.declined",
    "promise.rescheduled": "promise.put_off",
}


def promise_lines(
    happenings: Iterable[Happening], concept: ServiceConcept, *, now: datetime, internal: Iterable[InternalHandoff]
) -> list[Line]:
    """A line for each promise. `internal`: the hand-offs that the customer does not see."""
    internal = list(internal)
    told: dict[str, list[Happening]] = defaultdict(list)
    for happening in happenings:
        promise_id = happening.data.get("promise_id")
        if promise_id is not None:
            told[promise_id].append(happening)
    lines = []
    for promise_id, story in told.items():
        made = next((happening for happening in story if happening.kind == "promise.made"), None)
        if made is not None:  # else what is told of it waits in the journey until its making is heard of
            handoffs = [each for each in internal if each.about in (promise_id, None)]
            line = _line(promise_id, made, story, concept)._replace(carried_by=_carried_by(made, handoffs))
            line = _outcome(line, story, now) or _open(line, story, handoffs, now)
            lines.append(line._replace(handoff_share=_handoff_share(line, handoffs, line.at or now)))
    return lines


def _line(promise_id: str, made: Happening, story: list[Happening], concept: ServiceConcept) -> Line:
    """What was promised, before anything is said of what came of it."""
    kind = concept.promise(made.data["what"])
    due = _due(made, story)
    span = max(due - made.at, timedelta())
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
        expected=phrase(
            "expected.by_time" if span < timedelta(days=1) else "expected.by_day", what=kind.label, due=due
        ),
        is_promise=True,
    )


def _outcome(line: Line, story: list[Happening], now: datetime) -> Line | None:
    """The line with its outcome, or None while the promise is open. Past its due time, silence is an outcome."""
    due = line.due
    assert due is not None  # every promise has one
    done_at = _done_at(story)
    withdrawn_at = _last(story, "promise.withdrawn")
    gap: Gap = "performance" if _state(story, due) == "confirmed" else "communication"
    if done_at is not None and (done_at <= due or withdrawn_at is None or withdrawn_at > due):
        actual = seconds(done_at - line.began_at)
        kept = done_at <= due
        return line._replace(
            state="kept" if kept else "broken",
            at=done_at,
            experienced=actual,
            ratio=line.standard.expected / actual,
            told=phrase("promise.kept", early=due - done_at) if kept else phrase("promise.late", late=done_at - due),
            gap=None if kept else gap,
        )
    if withdrawn_at is not None and withdrawn_at <= due:
        return line._replace(state="withdrawn", at=withdrawn_at, ratio=1.0, told=phrase("promise.withdrawn"))
    given_up_at = _given_up_at(story)
    if given_up_at is not None or now >= due:
        return line._replace(
            state="broken", at=min(given_up_at or due, due), ratio=0.0, told=phrase("promise.not_done"), gap=gap
        )
    return None


def _carried_by(made: Happening, handoffs: list[InternalHandoff]) -> tuple[str, ...]:
    """The units that carry it out, each once; a hand-off that is about no promise in particular says nothing here."""
    return tuple(dict.fromkeys([made.data["fulfilled_by"], *(each.to_unit for each in handoffs if each.about)]))


def _handoff_share(line: Line, handoffs: list[InternalHandoff], until: datetime) -> float:
    """The share of the promise's span at which its last internal hand-off was accepted, or that had passed without.

    `until`: now, or when the promise came out. From then on nobody waits for a hand-off any more.
    """
    if not handoffs:
        return 0.0
    last = max(each.accepted_at or until for each in handoffs)
    return min(max((last - line.began_at).total_seconds() / line.standard.expected, 0.0), 1.0)


def _open(line: Line, story: list[Happening], handoffs: list[InternalHandoff], now: datetime) -> Line:
    """The line of a promise that may still be kept, with what bears on whether it will be."""
    state = _state(story, line.due or now)
    confirm_by = line.confirm_by or now
    last = _said_last(story, line.due or now)
    said = "promise.unconfirmed" if last is None else _HEARD[last.kind]
    failed = _last(story, "delivery.failed") is not None  # there may be another attempt, but it is late
    signs = Signs(
        what=line.standard.touchpoint.removeprefix("promise:"),
        used=(now - line.began_at).total_seconds() / line.standard.expected,
        confirmed=state == "confirmed",
        declined=state == "declined",
        unconfirmed=state == "made" and now >= confirm_by,
        slipped=failed or any(each.slipped for each in handoffs),
        handed_over=bool(handoffs) and all(each.accepted_at for each in handoffs),
        carried_by=line.carried_by,
    )
    return line._replace(
        state=state,
        told=phrase(said, unit=line.standard.call or ""),
        settled=False,
        signs=signs,
        gap="communication" if state == "declined" else None,
    )


def _state(story: list[Happening], due: datetime) -> State:
    """What was said last: a unit may decline after confirming, and the other way round.

    To put off what is due, without the customer's consent, is to decline it.
    """
    said = _said_last(story, due)
    if said is None:
        return "made"
    return "confirmed" if said.kind == "promise.confirmed" else "declined"


def _said_last(story: list[Happening], due: datetime) -> Happening | None:
    """What was said last about whether it will be done in time."""
    said = ("promise.confirmed", "promise.declined")
    return next((each for each in reversed(story) if each.kind in said or _is_put_off(each, due)), None)


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


def _is_put_off(happening: Happening, due: datetime) -> bool:
    return happening.kind == "promise.rescheduled" and not _is_agreed(happening) and happening.data["due"] > due


def _last(story: list[Happening], kind: str) -> datetime | None:
    return next((happening.at for happening in reversed(story) if happening.kind == kind), None)
