"""How stores did, from the database."""

import json
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from services.alerts.adapters.instants import micros
from services.alerts.adapters.tables import ALERTS
from services.alerts.domain.alert import Grade, State
from services.alerts.domain.record import Ending, Past
from services.chassis.rows import Rows


class StoredRecord:
    """The part of a transaction that is about what has been."""

    rows: Rows

    def past(self, since: datetime) -> list[Past]:
        of_alerts = (
            ALERTS.c.store,
            ALERTS.c.journey,
            ALERTS.c.state,
            ALERTS.c.grade,
            ALERTS.c.opened_at,
            ALERTS.c.acts,
        )
        return [
            Past(store, _ending(journey, state, grade), _taken_after(opened_at, acts))
            for store, journey, state, grade, opened_at, acts in self.rows.all(
                select(*of_alerts).where(ALERTS.c.opened_at >= micros(since))
            )
        ]


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
