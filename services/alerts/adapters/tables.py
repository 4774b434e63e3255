"""The tables of the alert service. Instants are microseconds since 1970."""

from sqlalchemy import BigInteger, Double, Integer, LargeBinary, MetaData, Table, Text, UniqueConstraint

from services.chassis.tables import column, index, number

METADATA = MetaData()

JOURNEYS = Table(
    "journeys",
    METADATA,
    column("store", Text(), key=True),
    column("journey", Text(), key=True),
    column("version", Integer()),
    column("ended", Integer()),
    column("replay", Integer()),
    column("kv", Double()),
    column("forecast", Double()),
    column("risk", Double()),
    column("adequate", Double()),
    column("as_of", BigInteger()),
    column("epoch", BigInteger()),
    index("journeys_watched", "ended", where="ended = 0 and replay = 0"),
    sqlite_with_rowid=False,
)
LEDGERS = Table(
    "ledgers",
    METADATA,
    # Apart from the journeys: only those that somebody was alerted to are shown.
    column("store", Text(), key=True),
    column("journey", Text(), key=True),
    column("ledger", Text()),
)
ALERTS = Table(
    "alerts",
    METADATA,
    column("store", Text(), key=True),
    column("journey", Text(), key=True),
    column("line", Text(), key=True),
    column("state", Text()),
    column("grade", Text(), null=True),
    column("severity", Text()),
    column("until", BigInteger(), null=True),
    column("finding", Text()),
    column("opened_at", BigInteger()),
    column("escalated_at", BigInteger(), null=True),
    column("closed_at", BigInteger(), null=True),
    column("steps", Integer()),
    column("version", Integer()),
    column("alert_id", Text()),
    # What people did about it, and whether somebody has taken it or put it off.
    column("acts", Text()),
    column("attended", Integer()),
    column("repeats", Integer()),
    column("repeat_at", BigInteger(), null=True),
    column("cause", Text()),
    UniqueConstraint("alert_id", name="alerts_by_id"),
    index("alerts_open", "severity", "opened_at", where="state = 'open'"),
    index("alerts_closed", "closed_at", where="state <> 'open'"),
    index("alerts_of_cause", "store", "cause", "closed_at"),
    index("alerts_to_repeat", "repeat_at", where="repeat_at is not null"),
)
STORES = Table(
    "stores",
    METADATA,
    column("store", Text(), key=True),
    column("version", Integer()),
    column("neglect", Double()),
    column("standing", Text()),
    column("epoch", BigInteger()),
    sqlite_with_rowid=False,
)
NOTICES = Table(
    "notices",
    METADATA,
    column("store", Text(), key=True),
    column("journey", Text(), key=True),
    column("notice_id", Text()),
    column("line", Text()),
    column("touchpoint", Text()),
    column("headline", Text()),
    column("since", BigInteger()),
    column("kv", Double()),
    column("given_at", BigInteger()),
    column("phrase", Text(), null=True),
    index("notices_latest", "given_at"),
    sqlite_with_rowid=False,
)
ROTA_GAPS = Table(
    "rota_gaps",
    METADATA,
    # Of which hours without anybody on call the last resort was told, by rota; kept in a rebuild of the rest.
    column("rota", Text(), key=True),
    column("told_at", BigInteger(), null=True),
    column("gaps", Text()),
)
HEARTBEAT = Table(
    "heartbeat",
    METADATA,
    # One row: until when all that came in is known to have been read.
    column("one", Integer(), key=True),
    column("heard_until", BigInteger()),
)
DELIVERIES = Table(
    "deliveries",
    METADATA,
    # Never emptied by a rebuild of the rest: it is what keeps a step from being told twice.
    # Pending; sending: on its way, and until `next_at` nobody else's; sent; failed: given up.
    column("delivery_id", Text(), key=True),
    column("alert_id", Text()),
    column("step", Integer()),
    column("channel", Text()),
    column("body", LargeBinary()),
    column("asked_at", BigInteger(), null=True),
    column("state", Text()),
    column("attempts", Integer()),
    column("next_at", BigInteger()),
    column("first_tried_at", BigInteger(), null=True),
    column("pass_on_at", BigInteger(), null=True),
    # Of what is told to one person: see domain/pacing.py.
    column("cause", Text(), null=True),
    column("message_id", Text(), null=True),
    column("sent_at", BigInteger(), null=True),
    column("taken", Integer()),
    # In the order in which they are taken: of thousands that wait, the next few are read and no more.
    index("deliveries_waiting", "channel", "next_at", "step", "delivery_id", where="state in ('pending', 'sending')"),
    index("deliveries_in_order", "alert_id", "channel", "step"),
    index("deliveries_to_pass_on", "channel", where="pass_on_at is not null"),
    index("deliveries_said", "channel", "sent_at", where="sent_at is not null"),
    sqlite_with_rowid=False,
)
USERS = Table(
    "users",
    METADATA,
    column("name", Text(), key=True),
    column("password", Text()),
    # A JSON list; nothing: all.
    column("stores", Text(), null=True),
    column("may_act", Integer()),
    column("language", Text(), null=True),
    column("added_at", BigInteger()),
)
SESSIONS = Table(
    "sessions",
    METADATA,
    # A hash of what the browser holds.
    column("name", Text(), key=True),
    column("user_name", Text()),
    column("begun_at", BigInteger()),
    column("seen_at", BigInteger()),
    index("sessions_of_user", "user_name"),
)
AUDIT = Table(
    "audit",
    METADATA,
    # Triggers of its migration refuse to change or remove a row.
    number(),
    column("at", BigInteger()),
    column("who", Text()),
    column("what", Text()),
    column("which", Text()),
    index("audit_at", "at"),
    sqlite_autoincrement=True,
)
