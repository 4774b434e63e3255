"""Journeys as they happen: fifteen events each, with the kinds, the sizes and the mishaps of real traffic."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from touchline_contracts import AnyEvent, new_event
from touchline_contracts.delivery import DeliveryCompleted, StageFinished, StageStarted
from touchline_contracts.feedback import ConductObserved, FeedbackGiven
from touchline_contracts.fields import Fields
from touchline_contracts.greeting import CustomerArrived, CustomerGreeted, CustomerLeft
from touchline_contracts.handoff import HandoffAccepted, HandoffOffered
from touchline_contracts.promises import (
    PromiseBroken,
    PromiseConfirmed,
    PromiseKept,
    PromiseMade,
    PromiseRescheduled,
)
from touchline_contracts.recovery import ProblemOwned, ProblemReported, ProblemResolved

EVENTS_PER_JOURNEY = 15
SHOPS = tuple(f"shop-{number:02}" for number in range(1, 41))
"""Stores that keep the concept of the hardware shop."""
SELLERS = tuple(f"seller-{number:02}" for number in range(1, 11))
"""Stores that keep the concept of the marketplace."""
ON_THE_WAY = timedelta(milliseconds=80)
"""From what happened to its receipt by a touchpoint service."""

Step = tuple[float, str, Fields]
"""Seconds since the step before, the system that tells it, and what it tells."""
Course = Callable[["Visit"], Iterator[Step]]


@dataclass(frozen=True)
class Visit:
    """What the steps of one journey are made from."""

    number: int
    store: str
    began_at: datetime
    chance: Random

    @property
    def journey(self) -> str:
        """The journey's id."""
        return f"visit-{self.number}"

    def one_in(self, many: int) -> bool:
        """Whether something that happens to one customer in so many happens to this one."""
        return self.chance.randrange(many) == 0

    def rating(self) -> float:
        """Mostly good."""
        return float(self.chance.choice((5, 5, 4, 4, 4, 3, 2)))


def journey_events(visit: Visit) -> list[AnyEvent]:
    """The journey's events in the order in which they happened, as touchpoint services put them into Kafka."""
    course: Course = _order if visit.store in SELLERS else _faulty_goods if visit.one_in(4) else _promised_goods
    at, events = visit.began_at, []
    for number, (seconds, system, data) in enumerate(course(visit), start=1):
        at += timedelta(seconds=round(seconds, 3))
        events.append(
            new_event(
                data,
                id=f"{visit.journey}-{number}",
                source=f"/{visit.store}/{system}",
                store=visit.store,
                subject=visit.journey,
                time=at,
                receivedtime=at + ON_THE_WAY,
            )
        )
    return events


def _promised_goods(visit: Visit) -> Iterator[Step]:
    """Goods from the second warehouse are promised to somebody who waits for them in the shop."""
    seconds, goods, due = visit.chance.uniform, f"goods-{visit.number}", visit.began_at + timedelta(minutes=30)
    yield 0, "door-1", CustomerArrived(channel="door", party_size=visit.chance.randint(1, 4))
    yield seconds(20, 200), "sales-tablet-4", CustomerGreeted(manner=visit.rating())
    yield (
        seconds(30, 90),
        "sales-tablet-4",
        ConductObserved(touchpoint="advice", aspect="competence", score=visit.rating(), observer="customer"),
    )
    yield (
        20,
        "sales-tablet-4",
        PromiseMade(
            promise_id=goods,
            what="goods_from_second_warehouse",
            due=due,
            fulfilled_by="second_warehouse",
            made_by="sales",
        ),
    )
    yield (
        5,
        "sales-tablet-4",
        HandoffOffered(
            handoff_id=f"h-{visit.number}",
            from_unit="sales",
            to_unit="second_warehouse",
            customer_visible=False,
            about=goods,
            due=visit.began_at + timedelta(minutes=12),
        ),
    )
    yield seconds(60, 700), "warehouse-2", HandoffAccepted(handoff_id=f"h-{visit.number}", context_passed=True)
    yield 5, "warehouse-2", PromiseConfirmed(promise_id=goods, by_unit="second_warehouse")
    yield seconds(30, 120), "saw-1", StageStarted(stage="cutting", explained=True, told_seconds=600)
    yield seconds(300, 1000), "saw-1", StageFinished(stage="cutting")
    yield seconds(30, 120), "till-3", StageStarted(stage="checkout")
    yield seconds(60, 400), "till-3", StageFinished(stage="checkout")
    late = visit.one_in(10)
    yield (
        seconds(30, 300),
        "warehouse-2",
        PromiseBroken(promise_id=goods, reason="van full") if late else PromiseKept(promise_id=goods),
    )
    yield (
        30,
        "warehouse-2",
        DeliveryCompleted(promise_id=goods, condition="incomplete" if late else "as_ordered", manner=visit.rating()),
    )
    yield seconds(30, 120), "door-1", CustomerLeft(outcome="served")
    yield 60, "exit-tablet", FeedbackGiven(score=visit.rating(), scale_min=1, scale_max=5)


def _faulty_goods(visit: Visit) -> Iterator[Step]:
    """What was bought turns out to be faulty at the counter, and is put right."""
    seconds, problem, callback = visit.chance.uniform, f"problem-{visit.number}", f"callback-{visit.number}"
    yield 0, "door-2", CustomerArrived(channel="desk")
    yield seconds(20, 200), "service-desk", CustomerGreeted(manner=visit.rating())
    yield 10, "service-desk", StageStarted(stage="checkout", explained=True)
    yield seconds(60, 400), "service-desk", StageFinished(stage="checkout")
    yield 10, "service-desk", DeliveryCompleted(condition="damaged", item="cordless_drill", tidy=True)
    yield (
        seconds(20, 60),
        "service-desk",
        ProblemReported(problem_id=problem, touchpoint="product", kind="defect", severity="major"),
    )
    yield seconds(30, 900), "service-desk", ProblemOwned(problem_id=problem, by_unit="service_desk")
    yield (
        10,
        "service-desk",
        ConductObserved(touchpoint="service_desk", aspect="ownership", score=visit.rating(), observer="customer"),
    )
    yield (
        5,
        "service-desk",
        HandoffOffered(
            handoff_id=f"h-{visit.number}", from_unit="service_desk", to_unit="workshop", customer_visible=True
        ),
    )
    yield seconds(20, 200), "workshop", HandoffAccepted(handoff_id=f"h-{visit.number}", context_passed=True)
    yield (
        20,
        "workshop",
        PromiseMade(
            promise_id=callback,
            what="callback",
            due=visit.began_at + timedelta(minutes=50),
            fulfilled_by="workshop",
            made_by="service_desk",
        ),
    )
    yield seconds(30, 300), "workshop", PromiseConfirmed(promise_id=callback, by_unit="workshop")
    yield (
        seconds(100, 900),
        "workshop",
        ProblemResolved(problem_id=problem, outcome="compensated" if visit.one_in(3) else "restored"),
    )
    yield 5, "workshop", PromiseKept(promise_id=callback)
    yield seconds(30, 120), "door-1", CustomerLeft(outcome="served")


def _order(visit: Visit) -> Iterator[Step]:
    """An order on the web, prepared by the seller and handed to a carrier; some customers ask where it is."""
    seconds, order = visit.chance.uniform, f"order-{visit.number}"
    problem, due = f"question-{visit.number}", visit.began_at + timedelta(hours=30)
    yield 0, "web", CustomerArrived(channel="web")
    yield (
        60,
        "web",
        PromiseMade(promise_id=order, what="delivery", due=due, fulfilled_by="seller", made_by="marketplace"),
    )
    yield seconds(5, 300), "payments", PromiseConfirmed(promise_id=order, by_unit="seller")
    yield 30, "web", StageStarted(stage="picking")
    yield seconds(100, 600), "seller-app", StageFinished(stage="picking")
    yield 5, "seller-app", StageStarted(stage="packing")
    yield seconds(60, 300), "seller-app", StageFinished(stage="packing")
    yield (
        5,
        "seller-app",
        HandoffOffered(
            handoff_id=f"h-{visit.number}", from_unit="seller", to_unit="carrier", customer_visible=False, about=order
        ),
    )
    yield seconds(60, 600), "carrier", HandoffAccepted(handoff_id=f"h-{visit.number}")
    yield 20, "chat", ProblemReported(problem_id=problem, touchpoint="delivery", kind="complaint", severity="minor")
    yield seconds(30, 300), "chat", ProblemOwned(problem_id=problem, by_unit="customer_care")
    yield 30, "chat", PromiseRescheduled(promise_id=order, due=due - timedelta(hours=6), customer_agreed=True)
    yield seconds(30, 300), "chat", ProblemResolved(problem_id=problem, outcome="restored")
    yield seconds(30, 600), "carrier", PromiseKept(promise_id=order)
    yield 5, "carrier", DeliveryCompleted(promise_id=order, condition="as_ordered")
