"""What belongs to an order: its items, and what its customer answered to the survey."""

import re
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

from services.commands.olist.names import blank_or, names_a_store
from services.commands.olist.tables import Report, Row, Table

ITEMS = ("order_id", "order_item_id", "seller_id", "shipping_limit_date")
REVIEWS = ("order_id", "review_score", "review_creation_date", "review_answer_timestamp")
SCORES = {"1", "2", "3", "4", "5"}
AFTER_ALL_OTHERS = "1000000000"
_NUMBER = re.compile("[0-9]{1,9}")


@dataclass(frozen=True, slots=True)
class Item:
    """One item of an order."""

    row: Row
    place: int
    seller: str
    limit: datetime | None


@dataclass(frozen=True, slots=True)
class Review:
    """A customer's answer to the survey."""

    row: Row
    score: int
    asked_at: datetime | None
    given_at: datetime


def items_by_order(table: Table, report: Report) -> dict[str, list[Item]]:
    """The items of each order, in order."""
    items: dict[str, list[Item]] = defaultdict(list)
    for row in table.rows(report):
        number = row.text("order_item_id")
        if not _NUMBER.fullmatch(number):
            row.problem("order_item_id", "this is no number; the item counts after those that have one")
            number = AFTER_ALL_OTHERS
        seller = row.text("seller_id")
        if not names_a_store(seller):
            row.problem("seller_id", blank_or(seller, "no name of a store") + "; the seller is not taken from here")
            seller = ""
        limit = row.instant("shipping_limit_date")
        items[row.text("order_id")].append(Item(row, int(number), seller, limit))
    for each in items.values():
        each.sort(key=lambda item: item.place)
    return items


def reviews_by_order(table: Table, report: Report) -> dict[str, list[Review]]:
    """The reviews of each order that say how many points and when, the first answered first."""
    reviews: dict[str, list[Review]] = defaultdict(list)
    for row in table.rows(report):
        score, given_at = row.text("review_score"), row.instant("review_answer_timestamp")
        asked_at = row.instant("review_creation_date")
        if score not in SCORES:
            row.problem("review_score", blank_or(score, "not from 1 to 5") + "; the review is left out")
        elif given_at is None:
            if not row.text("review_answer_timestamp"):
                row.problem("review_answer_timestamp", "this is blank; the review is left out")
        else:
            if asked_at is not None and asked_at > given_at:
                what = "the survey was sent after it was answered; its sending is left out"
                row.problem("review_creation_date", what)
                asked_at = None
            reviews[row.text("order_id")].append(Review(row, int(score), asked_at, given_at))
    for each in reviews.values():
        each.sort(key=lambda review: review.given_at)
    return reviews
