"""What an alert says of how a store did, from the database."""

import json
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from services.alerts.adapters.tables import ALERTS
from services.alerts.domain.alert import Grade, State
from services.alerts.domain.record import Ending, Past

PAST = (ALERTS.c.store, ALERTS.c.journey, ALERTS.c.state, ALERTS.c.grade, ALERTS.c.opened_at, ALERTS.c.acts)


def past_of(row: Sequence[Any]) -> Past:
    """A row of these columns."""
    store, journey, state, grade, opened_at, acts = row
    return Past(store, _ending(journey, state, grade), _taken_after(opened_at, acts))


def _ending(journey: str, state: str, grade: str | None) -> Ending:
    if state == State.RETRACTED:
        return "retracted"
    if state == State.OPEN:
        return "pending"
    if state == State.CLOSED or not journey:
        return "others"
    return {Grade.SAVED.value: "saved", Grade.LOST.value: "lost"}.get(grade or "", "pending")  # type: ignore[return-value]


def _taken_after(opened_at: int, acts: str) -> timedelta | None:
    acknowledged: dict[str, Any] | None = json.loads(acts).get("acknowledged")
    return None if acknowledged is None else timedelta(microseconds=acknowledged["at"] - opened_at)
