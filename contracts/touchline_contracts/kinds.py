"""Every kind of event: its type, the model of its data, who tells it, and whether it is about one journey."""

from dataclasses import dataclass
from typing import Literal

from touchline_contracts.alerts import (
    AlertAcknowledged,
    AlertClosed,
    AlertEscalated,
    AlertOpened,
    AlertReleased,
    AlertRepeated,
    AlertResolved,
    AlertRetracted,
    AlertSnoozed,
    NoticeGiven,
)
from touchline_contracts.cleanliness import CleanlinessChecked, CleanlinessRepaired, DefectNoticed, DefectRepaired
from touchline_contracts.concepts import ConceptAcknowledged, ConceptPublished
from touchline_contracts.delivery import DeliveryCompleted, DeliveryFailed, StageFinished, StageStarted
from touchline_contracts.evaluations import JourneyEvaluated
from touchline_contracts.feedback import ConductObserved, FeedbackGiven, MysteryVisitReported, RecognitionGiven
from touchline_contracts.fields import Fields
from touchline_contracts.greeting import CustomerArrived, CustomerGreeted, CustomerLeft
from touchline_contracts.handoff import HandoffAccepted, HandoffDeclined, HandoffOffered
from touchline_contracts.promises import (
    PromiseBroken,
    PromiseConfirmed,
    PromiseDeclined,
    PromiseKept,
    PromiseMade,
    PromiseRescheduled,
    PromiseWithdrawn,
)
from touchline_contracts.recovery import ProblemOwned, ProblemReported, ProblemResolved
from touchline_contracts.store_alerts import (
    StoreAlertAcknowledged,
    StoreAlertClosed,
    StoreAlertEscalated,
    StoreAlertOpened,
    StoreAlertReleased,
    StoreAlertRepeated,
    StoreAlertResolved,
    StoreAlertRetracted,
    StoreAlertSnoozed,
)
from touchline_contracts.stores import StoreEvaluated
from touchline_contracts.surroundings import SurroundingsChanged
from touchline_contracts.topics import ALERTS, EVALUATIONS, TOUCHPOINTS, Topic

Teller = Literal[
    "greeting",
    "handoff",
    "delivery",
    "cleanliness",
    "promises",
    "recovery",
    "feedback",
    "command",
    "experience",
    "alerts",
]
"""Who may tell a kind of event: a touchpoint service, the command line, or a service inside."""

Scope = Literal["journey", "store", "either"]
"""About one journey (`subject` required), about the store (`subject` forbidden), or either."""


@dataclass(frozen=True, kw_only=True)
class Kind:
    """One kind of event. `name` is the kind without prefix and version, such as promise.made."""

    name: str
    data: type[Fields]
    teller: Teller
    scope: Scope = "journey"
    topic: Topic = TOUCHPOINTS
    version: int = 1

    @property
    def type(self) -> str:
        """The CloudEvents type, such as touchline.promise.made.v1."""
        return f"touchline.{self.name}.v{self.version}"

    @property
    def description(self) -> str:
        """One sentence on what happened."""
        return (self.data.__doc__ or "").strip()


KINDS: tuple[Kind, ...] = (
    Kind(name="customer.arrived", data=CustomerArrived, teller="greeting"),
    Kind(name="customer.greeted", data=CustomerGreeted, teller="greeting"),
    Kind(name="customer.left", data=CustomerLeft, teller="greeting"),
    Kind(name="handoff.offered", data=HandoffOffered, teller="handoff"),
    Kind(name="handoff.accepted", data=HandoffAccepted, teller="handoff"),
    Kind(name="handoff.declined", data=HandoffDeclined, teller="handoff"),
    Kind(name="stage.started", data=StageStarted, teller="delivery"),
    Kind(name="stage.finished", data=StageFinished, teller="delivery"),
    Kind(name="delivery.completed", data=DeliveryCompleted, teller="delivery"),
    Kind(name="delivery.failed", data=DeliveryFailed, teller="delivery"),
    Kind(name="cleanliness.checked", data=CleanlinessChecked, teller="cleanliness", scope="either"),
    Kind(name="cleanliness.repaired", data=CleanlinessRepaired, teller="cleanliness", scope="either"),
    Kind(name="defect.noticed", data=DefectNoticed, teller="cleanliness", scope="either"),
    Kind(name="defect.repaired", data=DefectRepaired, teller="cleanliness", scope="either"),
    Kind(name="promise.made", data=PromiseMade, teller="promises"),
    Kind(name="promise.confirmed", data=PromiseConfirmed, teller="promises"),
    Kind(name="promise.declined", data=PromiseDeclined, teller="promises"),
    Kind(name="promise.kept", data=PromiseKept, teller="promises"),
    Kind(name="promise.broken", data=PromiseBroken, teller="promises"),
    Kind(name="promise.withdrawn", data=PromiseWithdrawn, teller="promises"),
    Kind(name="promise.rescheduled", data=PromiseRescheduled, teller="promises"),
    Kind(name="concept.acknowledged", data=ConceptAcknowledged, teller="promises", scope="store"),
    Kind(name="concept.published", data=ConceptPublished, teller="command", scope="store"),
    Kind(name="problem.reported", data=ProblemReported, teller="recovery"),
    Kind(name="problem.owned", data=ProblemOwned, teller="recovery"),
    Kind(name="problem.resolved", data=ProblemResolved, teller="recovery"),
    Kind(name="feedback.given", data=FeedbackGiven, teller="feedback"),
    Kind(name="mystery_visit.reported", data=MysteryVisitReported, teller="feedback"),
    Kind(name="recognition.given", data=RecognitionGiven, teller="feedback"),
    Kind(name="conduct.observed", data=ConductObserved, teller="feedback"),
    Kind(name="surroundings.changed", data=SurroundingsChanged, teller="experience"),
    Kind(name="journey.evaluated", data=JourneyEvaluated, teller="experience", topic=EVALUATIONS),
    Kind(name="store.evaluated", data=StoreEvaluated, teller="experience", scope="store", topic=EVALUATIONS),
    Kind(name="alert.opened", data=AlertOpened, teller="alerts", topic=ALERTS),
    Kind(name="alert.escalated", data=AlertEscalated, teller="alerts", topic=ALERTS),
    Kind(name="alert.repeated", data=AlertRepeated, teller="alerts", topic=ALERTS),
    Kind(name="alert.acknowledged", data=AlertAcknowledged, teller="alerts", topic=ALERTS),
    Kind(name="alert.released", data=AlertReleased, teller="alerts", topic=ALERTS),
    Kind(name="alert.snoozed", data=AlertSnoozed, teller="alerts", topic=ALERTS),
    Kind(name="alert.closed", data=AlertClosed, teller="alerts", topic=ALERTS),
    Kind(name="alert.resolved", data=AlertResolved, teller="alerts", topic=ALERTS),
    Kind(name="alert.retracted", data=AlertRetracted, teller="alerts", topic=ALERTS),
    Kind(name="store_alert.opened", data=StoreAlertOpened, teller="alerts", scope="store", topic=ALERTS),
    Kind(name="store_alert.escalated", data=StoreAlertEscalated, teller="alerts", scope="store", topic=ALERTS),
    Kind(name="store_alert.repeated", data=StoreAlertRepeated, teller="alerts", scope="store", topic=ALERTS),
    Kind(name="store_alert.acknowledged", data=StoreAlertAcknowledged, teller="alerts", scope="store", topic=ALERTS),
    Kind(name="store_alert.released", data=StoreAlertReleased, teller="alerts", scope="store", topic=ALERTS),
    Kind(name="store_alert.snoozed", data=StoreAlertSnoozed, teller="alerts", scope="store", topic=ALERTS),
    Kind(name="store_alert.closed", data=StoreAlertClosed, teller="alerts", scope="store", topic=ALERTS),
    Kind(name="store_alert.resolved", data=StoreAlertResolved, teller="alerts", scope="store", topic=ALERTS),
    Kind(name="store_alert.retracted", data=StoreAlertRetracted, teller="alerts", scope="store", topic=ALERTS),
    Kind(name="notice.given", data=NoticeGiven, teller="alerts", topic=ALERTS),
)

BY_TYPE: dict[str, Kind] = {kind.type: kind for kind in KINDS}
BY_DATA: dict[type[Fields], Kind] = {kind.data: kind for kind in KINDS}


def told_by(teller: Teller) -> tuple[Kind, ...]:
    """The kinds that one service, and no other, may tell."""
    return tuple(kind for kind in KINDS if kind.teller == teller)
