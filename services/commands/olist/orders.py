"""An order as it can be believed: what is impossible in its rows is reported and left out, the rest is kept."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from services.commands.olist.items_and_reviews import Item, Review
from services.commands.olist.names import blank_or, names_a_journey
from services.commands.olist.routes import Routes
from services.commands.olist.tables import Row

ORDERS = (
    "order_id",
    "order_status",
    "order_purchase_timestamp",
    "order_approved_at",
    "order_delivered_carrier_date",
    "order_delivered_customer_date",
    "order_estimated_delivery_date",
)

CUSTOMER = "customer_id"
"""Needed only where the routes are known."""

WAITING, UNDER_WAY, GIVEN_UP = {"created"}, {"approved", "invoiced", "processing"}, {"canceled", "unavailable"}
SENT = {"shipped", "delivered"}
STATUSES = WAITING | UNDER_WAY | GIVEN_UP | SENT
LONGEST_ORDER_ID = 100
"""Characters; the ids of its events begin with it."""
NO_SELLER = "marketplace"
"""The store of an order without items: nobody but the marketplace answers for it."""


@dataclass(frozen=True, kw_only=True)
class Order:
    """What is known of an order. A moment that is not known, or not believed, is None."""

    order_id: str
    store: str
    sellers: int
    """How many sellers its items have."""
    status: str
    items: int
    limits: tuple[datetime | None, ...]
    """When the seller has to have handed over each item."""
    carrier: str
    """The unit that carries it."""
    purchased_at: datetime | None
    approved_at: datetime | None
    shipping_limit: datetime | None
    """When the seller has to have handed over the last item."""
    with_carrier_at: datetime | None
    delivered_at: datetime | None
    given_up_at: datetime | None
    due: datetime | None
    review: Review | None


def read_order(
    row: Row, items: Mapping[str, Sequence[Item]], reviews: Mapping[str, Sequence[Review]], routes: Routes
) -> Order | None:
    """The order in a row of orders.csv; None where it has no id that could name a journey."""
    order_id, status = row.text("order_id"), row.text("order_status")
    if not names_a_journey(order_id) or len(order_id) > LONGEST_ORDER_ID:
        row.problem("order_id", blank_or(order_id, "no name of a journey") + "; the order is left out")
        return None
    if status not in STATUSES:
        row.problem("order_status", blank_or(status, "no status that is known") + "; the order counts as under way")
    purchased_at = row.instant("order_purchase_timestamp")
    if purchased_at is None and not row.text("order_purchase_timestamp"):
        row.problem("order_purchase_timestamp", "this is blank; neither arrival nor promise is imported")
    approved_at = _after(row, "order_approved_at", purchased_at, expected=status in UNDER_WAY | SENT)
    with_carrier_at = _after(row, "order_delivered_carrier_date", purchased_at, expected=status in SENT)
    delivered_at = _after(row, "order_delivered_customer_date", purchased_at, expected=status == "delivered")
    last_known = max(filter(None, (purchased_at, approved_at, with_carrier_at, delivered_at)), default=None)
    if delivered_at is not None and status != "delivered":
        row.problem(
            "order_delivered_customer_date", f"delivered, although the status is {status!a}; no delivery is imported"
        )
        delivered_at = None
    if delivered_at is not None and with_carrier_at is not None and delivered_at < with_carrier_at:
        row.problem("order_delivered_carrier_date", "after the delivery to the customer; the hand-over is left out")
        with_carrier_at = None
    own = items.get(order_id, ())
    limits = _limits(own, purchased_at)
    sellers = list(dict.fromkeys(item.seller for item in own if item.seller))
    return Order(
        order_id=order_id,
        store=sellers[0] if sellers else NO_SELLER,
        sellers=len(sellers),
        status=status,
        items=len(own),
        limits=limits,
        carrier=routes.carrier(sellers[0] if sellers else "", row.text(CUSTOMER)) if routes.known else "carrier",
        purchased_at=purchased_at,
        approved_at=approved_at,
        shipping_limit=max((limit for limit in limits if limit is not None), default=None),
        with_carrier_at=with_carrier_at,
        delivered_at=delivered_at,
        given_up_at=last_known if status in GIVEN_UP else None,
        due=_due(row, purchased_at),
        review=_first_review(reviews.get(order_id, ()), purchased_at),
    )


def _after(row: Row, column: str, purchased_at: datetime | None, *, expected: bool) -> datetime | None:
    """The moment in a cell, unless it lies before the purchase. A blank is reported where the status says more."""
    at = row.instant(column)
    if at is not None and purchased_at is not None and at < purchased_at:
        row.problem(column, f"{_before(purchased_at)}; it is left out")
        return None
    if expected and not row.text(column):
        status = row.text("order_status")
        row.problem(column, f"this is blank, although the order is {status}; nothing is imported for it")
    return at


def _due(row: Row, purchased_at: datetime | None) -> datetime | None:
    """The end of the day that was promised."""
    column = "order_estimated_delivery_date"
    day = row.instant(column)
    if day is None:
        if not row.text(column):
            row.problem(column, "this is blank; no promise is imported")
        return None
    due = day.replace(hour=23, minute=59, second=59)
    if purchased_at is not None and due < purchased_at:
        row.problem(column, f"{_before(purchased_at)}; no promise is imported")
        return None
    return due


def _limits(items: Iterable[Item], purchased_at: datetime | None) -> tuple[datetime | None, ...]:
    limits: list[datetime | None] = []
    for item in items:
        limits.append(item.limit)
        if item.limit is None:
            if not item.row.text("shipping_limit_date"):
                item.row.problem("shipping_limit_date", "this is blank; it is left out")
        elif purchased_at is not None and item.limit < purchased_at:
            item.row.problem("shipping_limit_date", f"{_before(purchased_at)}; it is left out")
            limits[-1] = None
    return tuple(limits)


def _first_review(reviews: Iterable[Review], purchased_at: datetime | None) -> Review | None:
    for review in reviews:
        if purchased_at is None or review.given_at >= purchased_at:
            return review
        review.row.problem("review_answer_timestamp", f"{_before(purchased_at)}; the review is left out")
    return None


def _before(purchased_at: datetime) -> str:
    return f"before the purchase at {purchased_at:%Y-%m-%d %H:%M:%S}"
