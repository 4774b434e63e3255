"""The orders of the marketplace as rows of numbers: all that their tables hold, times in seconds since 1970."""

import csv
from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo

SAO_PAULO = ZoneInfo("America/Sao_Paulo")
NEVER = float("inf")
"""When something happened that has not."""


class Row(NamedTuple):
    """One order with its items and its first verdict."""

    order: str
    delivered: bool
    """Its status in the table is delivered: such orders are a sample of about 5 %."""
    purchased: float
    approved: float
    with_carrier: float
    delivered_at: float
    given_up: float
    """When it is last known of before it was canceled, or found to be unavailable."""
    due: float
    limit: float
    """When the last item has to be with the carrier."""
    items: int
    sellers: int
    seller: str
    price: float
    freight: float
    seller_state: str
    customer_state: str
    dissatisfied: bool
    judged: float

    @property
    def route(self) -> str:
        """From which state to which."""
        return f"{self.seller_state}-{self.customer_state}"


def read_orders(folder: Path) -> dict[str, Row]:
    """The orders that have a review, by their id."""
    seller_states = {row["seller_id"]: row["seller_state"] for row in _rows(folder / "sellers.csv")}
    customer_states = {row["customer_id"]: row["customer_state"] for row in _rows(folder / "customers.csv")}
    items, reviews = defaultdict(list), defaultdict(list)
    for row in _rows(folder / "items.csv"):
        items[row["order_id"]].append(row)
    for row in _rows(folder / "reviews.csv"):
        reviews[row["order_id"]].append((_seconds(row["review_answer_timestamp"]), int(row["review_score"])))
    found = {}
    for row in _rows(folder / "orders.csv"):
        order = row["order_id"]
        verdicts = [verdict for verdict in reviews[order] if verdict[0] >= _seconds(row["order_purchase_timestamp"])]
        if verdicts:
            own = sorted(items[order], key=lambda item: int(item["order_item_id"]))
            seller = own[0]["seller_id"] if own else ""
            found[order] = _order(
                row, own, seller, seller_states.get(seller, ""), customer_states.get(row["customer_id"], ""),
                min(verdicts),
            )  # fmt: skip
    return found


def _order(row, items, seller, seller_state, customer_state, verdict) -> Row:
    delivered = row["order_status"] == "delivered"
    purchased = _seconds(row["order_purchase_timestamp"])
    approved, with_carrier = _seconds(row["order_approved_at"]), _seconds(row["order_delivered_carrier_date"])
    given_up = row["order_status"] in {"canceled", "unavailable"}
    return Row(
        order=row["order_id"],
        delivered=delivered,
        purchased=purchased,
        approved=approved,
        with_carrier=with_carrier,
        delivered_at=_seconds(row["order_delivered_customer_date"]) if delivered else NEVER,
        given_up=max(at for at in (purchased, approved, with_carrier) if at < NEVER) if given_up else NEVER,
        due=_seconds(row["order_estimated_delivery_date"][:10] + " 23:59:59"),
        limit=max((_seconds(item["shipping_limit_date"]) for item in items), default=NEVER),
        items=len(items),
        sellers=len({item["seller_id"] for item in items}),
        seller=seller,
        price=sum(float(item["price"]) for item in items),
        freight=sum(float(item["freight_value"]) for item in items),
        seller_state=seller_state,
        customer_state=customer_state,
        dissatisfied=verdict[1] <= 2,
        judged=verdict[0],
    )


def _rows(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        yield from csv.DictReader(file)


def _seconds(written: str) -> float:
    return datetime.fromisoformat(written).replace(tzinfo=SAO_PAULO).timestamp() if written else NEVER
