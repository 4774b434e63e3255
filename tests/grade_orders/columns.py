"""What boosting is given of an order at an instant: every column of the tables, as far as it was known by then."""

from collections.abc import Mapping
from datetime import UTC, datetime

from tests.grade_orders.past import ROUTES, SELLERS, Past, delivery, verdict
from tests.grade_orders.tables import NEVER, SAO_PAULO, Row

DAY = 86_400.0
UNKNOWN = float("nan")
CATEGORIES = ("seller_state", "customer_state")
LATEST = 30.0
"""Days; later is as late."""


class Columns:
    """The columns of any order at any instant."""

    def __init__(self, rows: Mapping[str, Row], weights: Mapping[str, float]) -> None:
        every = rows.values()
        self._past = {
            f"{who}_{what}": Past(every, weights, subject_of, settled_of, prior)
            for who, subject_of, prior in (
                ("seller", lambda row: row.seller, SELLERS),
                ("route", lambda row: row.route, ROUTES),
            )
            for what, settled_of in (("verdict", verdict), ("late", delivery))
        }
        self._states = {state: code for code, state in enumerate(
            sorted({row.seller_state for row in every} | {row.customer_state for row in every})
        )}  # fmt: skip

    def at(self, row: Row, instant: datetime) -> dict[str, float]:
        """The columns of an order, by name. Nothing that happened after the instant bears on them."""
        now = instant.timestamp()
        known = {
            name: at if at <= now else NEVER
            for name, at in (
                ("approved", row.approved), ("with_carrier", row.with_carrier),
                ("delivered", row.delivered_at), ("given_up", row.given_up),
            )
        }  # fmt: skip
        arrived = known["delivered"] < NEVER
        end = known["delivered"] if arrived else min(now, row.due)
        late = known["delivered"] > row.due if arrived else now >= row.due
        handed_over = known["with_carrier"] < NEVER
        local = datetime.fromtimestamp(row.purchased, UTC).astimezone(SAO_PAULO)
        columns = {f"{name}_after": _days(at - row.purchased) for name, at in known.items()}
        columns |= {
            "open": float(not arrived),
            "given_up": float(known["given_up"] < NEVER),
            "late": float(late),
            "days_late": min(_days((known["delivered"] if arrived else now) - row.due), LATEST) if late else 0.0,
            "days_early": min(_days(row.due - end), LATEST) if arrived and not late else 0.0,
            "span": _days(row.due - row.purchased),
            "time_taken": _days(end - row.purchased),
            "span_used": (end - row.purchased) / (row.due - row.purchased),
            "approved": float(known["approved"] < NEVER),
            "handed_over": float(handed_over),
            "handover_limit": _days(row.limit - row.purchased),
            "handover_late": float((known["with_carrier"] if handed_over else now) > row.limit),
            "handover_days_late": _days((known["with_carrier"] if handed_over else end) - row.limit),
            "items": float(row.items),
            "sellers": float(row.sellers),
            "price": row.price,
            "freight": row.freight,
            "seller_state": float(self._states[row.seller_state]),
            "customer_state": float(self._states[row.customer_state]),
            "month": float(local.month),
            "weekday": float(local.weekday()),
        }
        for name, past in self._past.items():
            columns[name], columns[f"{name}_orders"] = past.of(row, now)
        return columns


def _days(seconds: float) -> float:
    return seconds / DAY if abs(seconds) < NEVER else UNKNOWN
