"""What happened to an order, as events: the mapping that the package describes."""

from datetime import datetime

from services.commands.olist.orders import Order
from touchline_contracts import BY_DATA, AnyEvent, new_event
from touchline_contracts.delivery import DeliveryCompleted
from touchline_contracts.feedback import FeedbackGiven
from touchline_contracts.fields import Fields
from touchline_contracts.greeting import CustomerArrived
from touchline_contracts.handoff import HandoffAccepted, HandoffOffered
from touchline_contracts.promises import PromiseBroken, PromiseConfirmed, PromiseMade

SOURCE = "/olist/orders"
DELIVERY = "delivery"
"""The promise of an order: its id, and what is promised."""
CARRIER = "carrier"
"""The hand-off of an order's first item; those of the others are numbered."""
SELLER = "seller"
MARKETPLACE = "marketplace"
REASONS = {"canceled": "the order was canceled", "unavailable": "the goods were unavailable"}


def events_of(order: Order) -> list[AnyEvent]:
    """The events of an order by when they happened; the same order always makes the same events."""
    told = [*_promise(order), *_handoff(order), *_end(order), *_verdict(order)]
    if order.purchased_at is not None:
        told.insert(0, (order.purchased_at, CustomerArrived(channel="web")))
    return [_event(order, at, data) for at, data in sorted(told, key=lambda each: each[0])]


Told = list[tuple[datetime, Fields]]


def _promise(order: Order) -> Told:
    if not _is_promised(order) or order.purchased_at is None or order.due is None:
        return []
    made = PromiseMade(promise_id=DELIVERY, what=DELIVERY, due=order.due, fulfilled_by=SELLER, made_by=MARKETPLACE)
    told: Told = [(order.purchased_at, made)]
    if order.approved_at is not None:
        told.append((order.approved_at, PromiseConfirmed(promise_id=DELIVERY, by_unit=SELLER)))
    return told


def _handoff(order: Order) -> Told:
    """Each item from the seller to the carrier: offered at the approval, or at the purchase if there was no time."""
    later = [moment for moment in (order.with_carrier_at, order.shipping_limit) if moment is not None]
    approved_first = order.approved_at is not None and all(order.approved_at <= moment for moment in later)
    offered_at = order.approved_at if approved_first else order.purchased_at
    if offered_at is None or not (order.items or order.with_carrier_at):
        return []
    told: Told = []
    for place, limit in enumerate(order.limits or (None,), start=1):
        handoff_id = CARRIER if place == 1 else f"{CARRIER}-{place}"
        offered = HandoffOffered(
            handoff_id=handoff_id,
            from_unit=SELLER,
            to_unit=order.carrier,
            customer_visible=False,
            about=DELIVERY if _is_promised(order) else None,
            due=limit,
        )
        told.append((offered_at, offered))
        if order.with_carrier_at is not None:
            told.append((order.with_carrier_at, HandoffAccepted(handoff_id=handoff_id)))
    return told


def _end(order: Order) -> Told:
    promise_id = DELIVERY if _is_promised(order) else None
    if order.delivered_at is not None:
        return [(order.delivered_at, DeliveryCompleted(promise_id=promise_id, condition="as_ordered"))]
    if order.given_up_at is not None and promise_id is not None:
        return [(order.given_up_at, PromiseBroken(promise_id=promise_id, reason=REASONS[order.status]))]
    return []


def _verdict(order: Order) -> Told:
    if order.review is None:
        return []
    review = order.review
    given = FeedbackGiven(score=float(review.score), scale_min=1.0, scale_max=5.0, asked_at=review.asked_at)
    return [(review.given_at, given)]


def _is_promised(order: Order) -> bool:
    return order.purchased_at is not None and order.due is not None


def _event(order: Order, at: datetime, data: Fields) -> AnyEvent:
    return new_event(
        data,
        id=f"{order.order_id}:{_name(data)}",
        source=SOURCE,
        store=order.store,
        subject=order.order_id,
        time=at,
        replay=True,
    )


def _name(data: Fields) -> str:
    """What tells an event from the others of its order."""
    name = BY_DATA[type(data)].name
    handoff_id = getattr(data, "handoff_id", CARRIER)
    return name if handoff_id == CARRIER else f"{name}:{handoff_id}"
