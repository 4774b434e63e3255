"""Past visits to a shop, and what Touchline would say of them."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from services.chassis.producing import Message
from touchline_contracts import AnyEvent, new_event
from touchline_contracts.alerts import AlertOpened
from touchline_contracts.delivery import DeliveryCompleted
from touchline_contracts.evaluations import Expectation, JourneyEvaluated, LedgerLine
from touchline_contracts.feedback import FeedbackGiven
from touchline_contracts.fields import Fields
from touchline_contracts.greeting import CustomerArrived

State = Literal["kept", "broken"]
MORNING = datetime(2025, 3, 7, 10, 0, tzinfo=UTC)


def event(data: Fields, *, journey: str, at: datetime = MORNING, **envelope: Any) -> AnyEvent:
    """An event of a journey in the store riga-1."""
    kind = type(data).__name__
    return new_event(
        data, id=f"{journey}:{kind}", source="/riga-1/shop", store="riga-1", subject=journey, time=at, **envelope
    )


def visit(journey: str, score: float | None = None) -> list[AnyEvent]:
    """A journey in which everything was delivered, and what its customer said."""
    told = [
        event(CustomerArrived(channel="web"), journey=journey),
        event(DeliveryCompleted(condition="as_ordered"), journey=journey, at=MORNING + timedelta(hours=1)),
    ]
    if score is not None:
        given = FeedbackGiven(score=score, scale_min=1.0, scale_max=5.0)
        told.append(event(given, journey=journey, at=MORNING + timedelta(days=1)))
    return told


def lines(*told: AnyEvent) -> list[bytes]:
    """The events as they stand in a file."""
    return [each.to_json() + b"\n" for each in told]


def evaluation(
    journey: str, *, events: int, promises: Sequence[State] = ("kept",), version: int = 1, risk: float = 0.1
) -> AnyEvent:
    """What the experience service would say of a journey."""
    evaluated = JourneyEvaluated(
        version=version, as_of=MORNING, began_at=MORNING, concept="shop", concept_version=1, journey_state="closed",
        events=events, late_events=0, kv=1.0, forecast=1.0, risk=risk, threshold=0.5, adequate=0.8,
        lines=[_line(number, state) for number, state in enumerate(promises)], attention=[],
    )  # fmt: skip
    return event(evaluated, journey=journey, replay=True)


def _line(number: int, state: State) -> LedgerLine:
    return LedgerLine(
        line=f"promise/goods-{number}",
        touchpoint="promise:goods",
        kind="performance",
        expectation=Expectation(text="goods by 12:00", said_by="sales", unit="done"),
        state=state,
        contribution=0.0,
        forecast_contribution=0.0,
    )


def alert(journey: str, *, replayed: bool = False) -> AnyEvent:
    """That somebody was paged for a journey."""
    opened = AlertOpened(
        alert_id=f"alert-{journey}", line="promise/goods", severity="critical", reason="broken", headline="late",
        remedy="call", opened_at=MORNING,
    )  # fmt: skip
    return event(opened, journey=journey, replay=replayed)


def messages(told: Iterable[AnyEvent]) -> list[Message]:
    """The events as they are published."""
    return [Message(each.key.encode(), each.to_json()) for each in told]
