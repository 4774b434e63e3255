"""Which way an order goes: from the seller's state to the customer's, where the folder has the tables that say so."""

from collections.abc import Mapping
from pathlib import Path

from services.commands.olist.tables import Report, Table, open_table

CUSTOMERS = ("customer_id", "customer_state")
SELLERS = ("seller_id", "seller_state")


class Routes:
    """The states of customers and sellers. Either table may be missing: then no route is known."""

    def __init__(self, customers: Table | None, sellers: Table | None) -> None:
        self._customers, self._sellers = customers, sellers
        self._from: Mapping[str, str] = {}
        self._to: Mapping[str, str] = {}

    @property
    def known(self) -> bool:
        """Whether both tables are there."""
        return self._customers is not None and self._sellers is not None

    def read(self, report: Report) -> None:
        """Read both tables."""
        if self._customers is not None and self._sellers is not None:
            self._to = _states(self._customers, report)
            self._from = _states(self._sellers, report)

    def carrier(self, seller: str, customer: str) -> str:
        """The unit that carries from one to the other: a carrier is as good as the way it has to go."""
        start, end = self._from.get(seller), self._to.get(customer)
        return f"carrier {start}-{end}" if start and end else "carrier"


def open_routes(folder: Path) -> Routes:
    """The tables in a folder, those that are there. Raises UnusableTable when one of them lacks a column."""
    customers, sellers = folder / "customers.csv", folder / "sellers.csv"
    return Routes(
        open_table(folder, customers.name, CUSTOMERS) if customers.exists() else None,
        open_table(folder, sellers.name, SELLERS) if sellers.exists() else None,
    )


def _states(table: Table, report: Report) -> dict[str, str]:
    """By id, the state: two capital letters; what is none is reported, and its route is not known."""
    name, state = table.columns
    states = {}
    for row in table.rows(report):
        written = row.text(state)
        if len(written) == 2 and written.isascii() and written.isupper():  # noqa: PLR2004  # as Brazil writes them
            states[row.text(name)] = written
        else:
            row.problem(state, "this is no state, such as SP; the route is not known")
    return states
