"""The first tables: events, journeys, what was settled, concepts, stores, and what concerns them."""

from alembic import op
from sqlalchemy import BigInteger, Column, Double, Integer, LargeBinary, Text

from services.chassis.first_tables import SERIAL, make_bookkeeping, make_index

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make them."""
    make_bookkeeping()
    _events_and_journeys()
    op.create_table(
        "settled",
        *(Column(name, Text, primary_key=True) for name in ("store", "area", "name", "day")),
        Column("good", Integer, nullable=False),
        Column("bad", Integer, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "concepts",
        Column("number", SERIAL, primary_key=True, autoincrement=True),
        Column("store", Text, nullable=False),
        Column("held_from", BigInteger, nullable=False),
        Column("document", Text, nullable=False),
    )
    _stores()


def _events_and_journeys() -> None:
    op.create_table(
        "events",
        Column("number", SERIAL, primary_key=True, autoincrement=True),
        Column("store", Text, nullable=False),
        Column("source", Text, nullable=False),
        Column("id", Text, nullable=False),
        Column("journey", Text),
        Column("at", BigInteger, nullable=False),
        Column("late", Integer, nullable=False),
        Column("body", LargeBinary, nullable=False),
    )
    op.create_index("events_by_identity", "events", ["store", "source", "id"], unique=True)
    op.create_index("events_by_journey", "events", ["store", "journey"])
    make_index("surroundings", "events", ["store", "at"], "journey is null")
    op.create_table(
        "journeys",
        Column("store", Text, primary_key=True),
        Column("journey", Text, primary_key=True),
        Column("version", Integer, nullable=False),
        Column("closed_at", BigInteger),
        Column("events", Integer, nullable=False),
        Column("late_events", Integer, nullable=False),
        Column("notices", Text, nullable=False),
        Column("deadline", BigInteger),
        *(Column(name, Integer, nullable=False) for name in ("on_track", "at_risk", "kept", "broken", "withdrawn")),
        Column("evaluated_events", Integer, nullable=False),
        Column("news_from", BigInteger),
        Column("put_off_at", BigInteger),
        Column("settled", Text, nullable=False),
        sqlite_with_rowid=False,
    )
    make_index("journeys_by_deadline", "journeys", ["deadline"], "deadline is not null")
    make_index("journeys_with_open_promises", "journeys", ["on_track", "at_risk"], "on_track + at_risk > 0")
    op.create_index("journeys_by_end", "journeys", ["store", "closed_at"])


def _stores() -> None:
    op.create_table(
        "stores",
        Column("store", Text, primary_key=True),
        Column("version", Integer, nullable=False),
        Column("known_from", BigInteger),
        Column("news_from", BigInteger),
        Column("put_off_at", BigInteger),
        Column("notices", Text, nullable=False),
        Column("neglect", Double, nullable=False),
        Column("unread_by", Integer, nullable=False),
        Column("deadline", BigInteger),
        sqlite_with_rowid=False,
    )
    make_index("stores_by_deadline", "stores", ["deadline"], "deadline is not null")
    op.create_table(
        "matters",
        Column("store", Text, primary_key=True),
        Column("matter", Text, primary_key=True),
        Column("at", BigInteger, primary_key=True, autoincrement=False),
        Column("source", Text, primary_key=True),
        Column("id", Text, primary_key=True),
        sqlite_with_rowid=False,
    )
