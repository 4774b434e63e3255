"""The tables of the experience service. Instants are microseconds since 1970: short, exact and in order."""

from sqlalchemy import BigInteger, Double, Integer, LargeBinary, MetaData, Table, Text

from services.chassis.tables import column, index, number

METADATA = MetaData()

EVENTS = Table(
    "events",
    METADATA,
    # Rows in the order they came in: to put each body where its name belongs would take three times as long.
    number(),
    column("store", Text()),
    column("source", Text()),
    column("id", Text()),
    column("journey", Text(), null=True),
    column("at", BigInteger()),
    column("late", Integer()),
    column("body", LargeBinary()),
    index("events_by_identity", "store", "source", "id", unique=True),
    index("events_by_journey", "store", "journey"),
    index("surroundings", "store", "at", where="journey is null"),
)
JOURNEYS = Table(
    "journeys",
    METADATA,
    column("store", Text(), key=True),
    column("journey", Text(), key=True),
    column("version", Integer()),
    column("closed_at", BigInteger(), null=True),
    column("events", Integer()),
    column("late_events", Integer()),
    column("notices", Text()),
    column("deadline", BigInteger(), null=True),
    column("on_track", Integer()),
    column("at_risk", Integer()),
    column("kept", Integer()),
    column("broken", Integer()),
    column("withdrawn", Integer()),
    column("evaluated_events", Integer()),
    column("news_from", BigInteger(), null=True),
    column("put_off_at", BigInteger(), null=True),
    column("settled", Text()),
    index("journeys_by_deadline", "deadline", where="deadline is not null"),
    index("journeys_with_open_promises", "on_track", "at_risk", where="on_track + at_risk > 0"),
    index("journeys_by_end", "store", "closed_at"),
    sqlite_with_rowid=False,
)
SETTLED = Table(
    "settled",
    METADATA,
    column("store", Text(), key=True),
    column("area", Text(), key=True),
    column("name", Text(), key=True),
    column("day", Text(), key=True),
    column("good", Integer()),
    column("bad", Integer()),
    sqlite_with_rowid=False,
)
CONCEPTS = Table(
    "concepts",
    METADATA,
    number(),
    column("store", Text()),
    column("held_from", BigInteger()),
    column("document", Text()),
)
STORES = Table(
    "stores",
    METADATA,
    column("store", Text(), key=True),
    column("version", Integer()),
    column("known_from", BigInteger(), null=True),
    column("news_from", BigInteger(), null=True),
    column("put_off_at", BigInteger(), null=True),
    column("notices", Text()),
    column("neglect", Double()),
    column("unread_by", Integer()),
    column("deadline", BigInteger(), null=True),
    index("stores_by_deadline", "deadline", where="deadline is not null"),
    sqlite_with_rowid=False,
)
MATTERS = Table(
    "matters",
    METADATA,
    column("store", Text(), key=True),
    column("matter", Text(), key=True),
    column("at", BigInteger(), key=True),
    column("source", Text(), key=True),
    column("id", Text(), key=True),
    sqlite_with_rowid=False,
)
EPOCH = Table("epoch", METADATA, column("one", Integer(), key=True), column("epoch", BigInteger()))
"""One row: when this database was begun; 0 where it was before anybody kept it."""
