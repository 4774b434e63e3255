"""The import of a whole folder: its tables opened, its orders turned into events one after the other, and counted."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from services.commands.olist.events import events_of
from services.commands.olist.items_and_reviews import ITEMS, REVIEWS, items_by_order, reviews_by_order
from services.commands.olist.orders import CUSTOMER, ORDERS, read_order
from services.commands.olist.routes import Routes, open_routes
from services.commands.olist.tables import Problem, Report, Table, open_table
from touchline_contracts import AnyEvent


@dataclass(kw_only=True)
class Counts:
    """What an import has come to so far."""

    orders: int = 0
    events: int = 0
    rows_with_problems: set[tuple[str, int]] = field(default_factory=set)
    """File and line of each row of which something was reported."""
    several_sellers: int = 0
    without_seller: int = 0
    items_of_no_order: int = 0
    reviews_of_no_order: int = 0


@dataclass(frozen=True, kw_only=True)
class OlistFolder:
    """A folder with the tables, opened and found to have the columns that are needed."""

    orders: Table
    items: Table
    reviews: Table
    routes: Routes

    @property
    def lines(self) -> int:
        """About how many orders there are."""
        return max(len(self.orders.lines) - 1, 0)

    def events(self, counts: Counts, report: Report) -> Iterator[list[AnyEvent]]:
        """The events of each order, in the order of the file. Problems are reported as they are found."""

        def noted(problem: Problem) -> None:
            counts.rows_with_problems.add((problem.file, problem.line))
            report(problem)

        items, reviews = items_by_order(self.items, noted), reviews_by_order(self.reviews, noted)
        self.routes.read(noted)
        seen: dict[str, int] = {}
        for row in self.orders.rows(noted):
            first = seen.setdefault(row.text("order_id"), row.line)
            if first != row.line and row.text("order_id"):
                row.problem("order_id", f"this order stands on line {first} already; the row is left out")
                continue
            order = read_order(row, items, reviews, self.routes)
            if order is None:
                continue
            events = events_of(order)
            counts.orders += 1
            counts.events += len(events)
            counts.several_sellers += order.sellers > 1
            counts.without_seller += order.sellers == 0
            yield events
        counts.items_of_no_order = sum(len(each) for order_id, each in items.items() if order_id not in seen)
        counts.reviews_of_no_order = sum(len(each) for order_id, each in reviews.items() if order_id not in seen)


def open_folder(folder: Path) -> OlistFolder:
    """Open the tables in a folder. Raises UnusableTable when one is missing, or lacks a column."""
    routes = open_routes(folder)
    return OlistFolder(
        orders=open_table(folder, "orders.csv", (*ORDERS, CUSTOMER) if routes.known else ORDERS),
        items=open_table(folder, "items.csv", ITEMS),
        reviews=open_table(folder, "reviews.csv", REVIEWS),
        routes=routes,
    )
