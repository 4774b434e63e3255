"""What the alert service publishes of stores as a whole: one alert per store and line, from its opening to its end."""

from typing import Literal

from touchline_contracts.alerts import AlertId
from touchline_contracts.evaluations import LineId
from touchline_contracts.fields import Fields, Instant


class StoreAlertOpened(Fields):
    """Something about the store is being left, or happens again and again, and somebody should act."""

    alert_id: AlertId
    line: LineId
    severity: Literal["warning", "critical"]
    reason: str
    headline: str
    remedy: str
    call: str | None = None
    until: Instant | None = None
    opened_at: Instant


class StoreAlertEscalated(Fields):
    """What was left in the store has been left for too long."""

    alert_id: AlertId
    line: LineId
    severity: Literal["warning", "critical"]
    reason: str
    headline: str
    remedy: str
    call: str | None = None
    until: Instant | None = None
    escalated_at: Instant


class StoreAlertResolved(Fields):
    """Nothing is left to do in the store about it."""

    alert_id: AlertId
    line: LineId
    resolved_at: Instant


class StoreAlertRetracted(Fields):
    """A late event has shown that there was no ground for the alert."""

    alert_id: AlertId
    line: LineId
    retracted_at: Instant
