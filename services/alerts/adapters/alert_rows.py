"""An alert as a row of the database, and back."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from services.alerts.adapters.instants import instant, instant_or_none, micros
from services.alerts.adapters.tables import ALERTS
from services.alerts.domain.alert import Act, Alert, Finding, Grade, Snooze, State

COLUMNS = [each.name for each in ALERTS.columns if each.name != "alert_id"]
"""What an alert is made of, in the order in which `alert_of` takes it."""


def alert_row(alert: Alert) -> tuple[Any, ...]:
    """The values of all columns."""
    finding = alert.finding
    words: dict[str, Any] = {
        "reason": finding.reason,
        "headline": finding.headline,
        "remedy": finding.remedy,
        "call": finding.call,
    }
    if finding.cause_at is not None:
        words["cause_at"] = micros(finding.cause_at)
    if finding.phrase is not None:
        words["phrase"] = finding.phrase
    return (
        alert.store,
        alert.journey,
        alert.line,
        alert.state.value,
        None if alert.grade is None else alert.grade.value,
        str(finding.severity),
        micros(finding.until),
        json.dumps(words),
        micros(alert.opened_at),
        micros(alert.escalated_at),
        micros(alert.closed_at),
        alert.steps,
        alert.version,
        alert.alert_id,
        json.dumps(_acts(alert)),
        int(alert.is_attended),
        alert.repeats,
        micros(alert.repeat_at),
        alert.cause,
    )


def alert_of(row: Sequence[Any]) -> Alert:
    """The alert with these values in the `COLUMNS`."""
    kept = dict(zip(COLUMNS, row, strict=True))
    words, acts = json.loads(kept["finding"]), json.loads(kept["acts"])
    words["cause_at"] = instant_or_none(words.get("cause_at"))
    until = instant_or_none(kept["until"])
    return Alert(
        store=kept["store"],
        journey=kept["journey"],
        finding=Finding(line=kept["line"], severity=kept["severity"], until=until, **words),
        state=State(kept["state"]),
        grade=None if kept["grade"] is None else Grade(kept["grade"]),
        opened_at=instant(kept["opened_at"]),
        escalated_at=instant_or_none(kept["escalated_at"]),
        closed_at=instant_or_none(kept["closed_at"]),
        steps=kept["steps"],
        version=kept["version"],
        acknowledged=_act(acts.get("acknowledged")),
        snoozed=_snooze(acts.get("snoozed")),
        closed=_act(acts.get("closed")),
        repeats=kept["repeats"],
        repeat_at=instant_or_none(kept["repeat_at"]),
    )


def _acts(alert: Alert) -> dict[str, dict[str, Any]]:
    acts = {"acknowledged": alert.acknowledged, "snoozed": alert.snoozed, "closed": alert.closed}
    return {name: _fields(act) for name, act in acts.items() if act is not None}


def _fields(act: Act) -> dict[str, Any]:
    fields: dict[str, Any] = {"by": act.by, "at": micros(act.at), "comment": act.comment}
    return fields | {"until": micros(act.until)} if isinstance(act, Snooze) else fields


def _act(fields: dict[str, Any] | None) -> Act | None:
    return None if fields is None else Act(**_with_instants(fields))


def _snooze(fields: dict[str, Any] | None) -> Snooze | None:
    return None if fields is None else Snooze(**_with_instants(fields))


def _with_instants(fields: dict[str, Any]) -> dict[str, Any]:
    instants: dict[str, datetime] = {name: instant(fields[name]) for name in ("at", "until") if name in fields}
    return fields | instants
