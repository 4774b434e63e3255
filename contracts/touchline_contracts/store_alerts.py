"""What the alert service publishes of stores as a whole: one alert per store and line, from its opening to its end."""

from touchline_contracts.alerts import AlertClosed, AlertFinding, AlertId, AlertReleased, AlertSnoozed, Person, Times
from touchline_contracts.evaluations import LineId
from touchline_contracts.fields import Fields, Instant


class StoreAlertOpened(AlertFinding):
    """Something about the store is being left, or happens again and again, and somebody should act."""

    opened_at: Instant


class StoreAlertEscalated(AlertFinding):
    """What was left in the store has been left for too long."""

    escalated_at: Instant


class StoreAlertRepeated(AlertFinding):
    """Nobody has acknowledged the alert about the store, or somebody had put it off until now."""

    repeated_at: Instant
    times: Times


class StoreAlertAcknowledged(Fields):
    """A manager has taken the alert about the store."""

    alert_id: AlertId
    acknowledged_at: Instant
    by: Person
    comment: str | None = None


class StoreAlertReleased(AlertReleased):
    """Whoever had taken the alert about the store, or put it off, has given it back: it needs somebody again."""


class StoreAlertSnoozed(AlertSnoozed):
    """Somebody wants to hear of the alert about the store later, unless it gets worse. Nobody has taken it then."""


class StoreAlertClosed(AlertClosed):
    """Somebody has put an end to the alert about the store, whatever the facts say. If it gets worse it opens again."""


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
