"""What the sender is told: 202, 207 when some events of a batch are refused, or a problem."""

from collections.abc import Sequence
from typing import Any

from fastapi.responses import JSONResponse, Response

from services.chassis.problems import Problem
from services.touchpoints.shell.accepting import Results
from services.touchpoints.shell.checking import Refused, Taken
from services.touchpoints.shell.reading import Place

AGAIN = (
    "Senders: send the same again, with the same ids, after a pause; an event counts once, however often it is sent."
)


def answer(results: Results, *, retry_after_seconds: int) -> Response:
    """The answer to a request. Raises Problem when nothing was taken, or when it could not be kept."""
    if results.unacknowledged:
        raise _unavailable(results, retry_after_seconds)
    if results.refused and not results.accepted:
        raise _nothing_taken(results.refused)
    body: dict[str, Any] = {"accepted": len(results.accepted)}
    alone = len(results.accepted) == 1 and results.accepted[0][0] is None
    if alone:
        body["events"] = [_event(results.accepted[0][1])]
    else:
        body |= _warnings(results.accepted)
    if results.refused:
        return JSONResponse(body | {"refused": _refused(results.refused)}, 207)
    return JSONResponse(body, 202)


def _nothing_taken(refused: Sequence[tuple[Place | None, Refused]]) -> Problem:
    place, first = refused[0]
    if all(each.of_another_store for _, each in refused):
        return _other_stores(refused)
    if place is None:
        detail = first.errors[0].detail + _and_more(len(first.errors))
        return Problem(422, "invalid-event", "The event is not valid", detail, errors=first.errors)
    detail = f"None of the {len(refused)} events can be taken. The first: {first.errors[0].detail}"
    if all(each.malformed for _, each in refused):
        return Problem(400, "malformed", "The lines are not JSON", detail, accepted=0, refused=_refused(refused))
    return Problem(422, "invalid-events", "The events are not valid", detail, accepted=0, refused=_refused(refused))


def _other_stores(refused: Sequence[tuple[Place | None, Refused]]) -> Problem:
    place, first = refused[0]
    error = first.errors[0]
    members: dict[str, Any] = {} if place is None else {"accepted": 0, "refused": _refused(refused)}
    detail = f"{error.detail}: send what happens in {error.expected}, or use the key of that store's system."
    errors = first.errors if place is None else ()
    return Problem(403, "other-store", "The key is not for this store", detail, errors=errors, **members)


def _unavailable(results: Results, retry_after_seconds: int) -> Problem:
    late, members = len(results.unacknowledged), dict[str, Any]()
    what = "The event was" if late == 1 else f"{late:,} events were"
    if results.refused:
        members["refused"] = _refused(results.refused)
    return Problem(
        503,
        "unavailable",
        "Not accepted",
        f"{what} not accepted. {results.why}. {AGAIN}",
        headers={"retry-after": str(retry_after_seconds)},
        accepted=len(results.accepted),
        unacknowledged=[_place(place) | _event(taken) for place, taken in results.unacknowledged],
        **members,
    )


def _event(taken: Taken) -> dict[str, Any]:
    event = {"id": taken.event.id, "source": taken.event.source, "subject": taken.event.subject}
    warnings = {"warnings": list(taken.warnings)} if taken.warnings else {}
    return {name: value for name, value in event.items() if value is not None} | warnings


def _warnings(accepted: Sequence[tuple[Place | None, Taken]]) -> dict[str, Any]:
    """Each different warning once: a sender that misspells a field does so in every event."""
    counted: dict[str, dict[str, Any]] = {}
    for place, taken in accepted:
        for warning in taken.warnings:
            entry = counted.setdefault(warning, {"detail": warning, "events": 0, "first": _place(place)})
            entry["events"] += 1
    return {"warnings": list(counted.values())} if counted else {}


def _refused(refused: Sequence[tuple[Place | None, Refused]]) -> list[dict[str, Any]]:
    return [
        _place(place) | _identity(each) | {"errors": [error.body() for error in each.errors]} for place, each in refused
    ]


def _identity(refused: Refused) -> dict[str, Any]:
    identity = {"id": refused.id, "source": refused.source}
    return {name: value for name, value in identity.items() if value is not None}


def _place(place: Place | None) -> dict[str, Any]:
    return {} if place is None else {place.unit: place.number}


def _and_more(errors: int) -> str:
    return "" if errors == 1 else f" (and {errors - 1} more)"
