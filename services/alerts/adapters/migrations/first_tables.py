"""The first tables: journeys and their ledgers, alerts, stores, good news, deliveries."""

from alembic import op
from sqlalchemy import BigInteger, Column, Double, Integer, LargeBinary, Text, UniqueConstraint

from services.chassis.first_tables import make_bookkeeping, make_index

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make them."""
    make_bookkeeping()
    _journeys()
    _alerts()
    _stores()
    _deliveries()


def _journeys() -> None:
    op.create_table(
        "journeys",
        Column("store", Text, primary_key=True),
        Column("journey", Text, primary_key=True),
        *(Column(name, Integer, nullable=False) for name in ("version", "ended", "replay")),
        *(Column(name, Double, nullable=False) for name in ("kv", "forecast", "risk", "adequate")),
        Column("as_of", BigInteger, nullable=False),
        sqlite_with_rowid=False,
    )
    make_index("journeys_watched", "journeys", ["ended"], "ended = 0 and replay = 0")
    op.create_table(
        "ledgers",
        Column("store", Text, primary_key=True),
        Column("journey", Text, primary_key=True),
        Column("ledger", Text, nullable=False),
    )


def _alerts() -> None:
    op.create_table(
        "alerts",
        *(Column(name, Text, primary_key=True) for name in ("store", "journey", "line")),
        Column("state", Text, nullable=False),
        Column("grade", Text),
        Column("severity", Text, nullable=False),
        Column("until", BigInteger),
        Column("finding", Text, nullable=False),
        Column("opened_at", BigInteger, nullable=False),
        Column("escalated_at", BigInteger),
        Column("closed_at", BigInteger),
        Column("steps", Integer, nullable=False),
        Column("version", Integer, nullable=False),
        Column("alert_id", Text, nullable=False),
        UniqueConstraint("alert_id", name="alerts_by_id"),
    )
    make_index("alerts_open", "alerts", ["severity", "opened_at"], "state = 'open'")
    make_index("alerts_closed", "alerts", ["closed_at"], "state <> 'open'")


def _stores() -> None:
    op.create_table(
        "stores",
        Column("store", Text, primary_key=True),
        Column("version", Integer, nullable=False),
        Column("neglect", Double, nullable=False),
        Column("standing", Text, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "notices",
        Column("store", Text, primary_key=True),
        Column("journey", Text, primary_key=True),
        *(Column(name, Text, nullable=False) for name in ("notice_id", "line", "touchpoint", "headline")),
        Column("since", BigInteger, nullable=False),
        Column("kv", Double, nullable=False),
        Column("given_at", BigInteger, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("notices_latest", "notices", ["given_at"])


def _deliveries() -> None:
    op.create_table(
        "deliveries",
        Column("delivery_id", Text, primary_key=True),
        Column("alert_id", Text, nullable=False),
        Column("step", Integer, nullable=False),
        Column("channel", Text, nullable=False),
        Column("body", LargeBinary, nullable=False),
        Column("asked_at", BigInteger),
        Column("state", Text, nullable=False),
        Column("attempts", Integer, nullable=False),
        Column("next_at", BigInteger, nullable=False),
        Column("first_tried_at", BigInteger),
        sqlite_with_rowid=False,
    )
    make_index("deliveries_pending", "deliveries", ["channel", "next_at"], "state = 'pending'")
    make_index("deliveries_in_order", "deliveries", ["alert_id", "channel", "step"], "state = 'pending'")
