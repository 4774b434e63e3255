"""What the alert service publishes of journeys: one alert per line, from its opening to its end, and good news."""

from typing import Annotated, Literal

from pydantic import Field

from touchline_contracts.evaluations import InEveryLanguage, LineId
from touchline_contracts.fields import Fields, Identifier, Instant, Name

AlertId = Annotated[
    Identifier, Field(description="Made from store, journey and line alone, so that a rebuild finds it again.")
]
Person = Annotated[Name, Field(description="Who did it: a role, a pseudonym or an opaque id. Never a name.")]
Times = Annotated[int, Field(ge=0, description="So many times in a row nobody has listened; 0: a snooze is over.")]


class AlertFinding(Fields):
    """What is wrong, and what to do about it: what every event says that calls somebody."""

    alert_id: AlertId
    line: LineId
    severity: Literal["warning", "critical"]
    reason: str
    headline: str
    phrase: InEveryLanguage | None = None
    remedy: str
    call: str | None = None
    until: Instant | None = None


class AlertOpened(AlertFinding):
    """A journey is going wrong and somebody should act."""

    opened_at: Instant


class AlertEscalated(AlertFinding):
    """What was going wrong has gone wrong."""

    escalated_at: Instant


class AlertRepeated(AlertFinding):
    """Nobody has acknowledged the alert, or somebody had put it off until now: it is told again."""

    repeated_at: Instant
    times: Times


class AlertAcknowledged(Fields):
    """A manager has taken the alert."""

    alert_id: AlertId
    acknowledged_at: Instant
    by: Annotated[Name, Field(description="The manager's role or pseudonym.")]
    comment: str | None = None


class AlertReleased(Fields):
    """Whoever had taken the alert, or put it off, has given it back: it needs somebody again."""

    alert_id: AlertId
    released_at: Instant
    by: Person
    comment: str | None = None


class AlertSnoozed(Fields):
    """Somebody wants to hear of the alert later, unless it gets worse. Nobody has taken it then."""

    alert_id: AlertId
    snoozed_at: Instant
    until: Instant
    by: Person
    comment: str | None = None


class AlertClosed(Fields):
    """Somebody has put an end to the alert, whatever the facts say. If it gets worse it opens again."""

    alert_id: AlertId
    closed_at: Instant
    by: Person
    comment: str | None = None


class AlertResolved(Fields):
    """Nothing is left to do. Saved: the journey ended at or above adequate all the same."""

    alert_id: AlertId
    line: LineId
    resolved_at: Instant
    grade: Annotated[
        Literal["pending", "saved", "lost"],
        Field(description="Pending until the journey has ended; then the resolution is sent once more with its grade."),
    ]


class AlertRetracted(Fields):
    """A late event has shown that there was no ground for the alert."""

    alert_id: AlertId
    line: LineId
    retracted_at: Instant


class NoticeGiven(Fields):
    """A journey went better than was expected, and the manager may want to say thank you. Asks nothing of anybody."""

    notice_id: Annotated[Identifier, Field(description="Made from store and journey alone: there is one for each.")]
    line: LineId
    touchpoint: str
    headline: Annotated[str, Field(description="What was better than expected. Names nobody.")]
    kv: Annotated[float, Field(gt=1, description="The evaluation of the journey: above 1 it is better than expected.")]
    given_at: Instant
