"""Users and their sessions, and the audit trail, to which rows are only added."""

from alembic import op
from sqlalchemy import BigInteger, Column, Integer, Text

from services.chassis.first_tables import SERIAL

revision = "0008"
down_revision = "0007"

ONLY_ADDED_TO = "rows of the audit trail are neither changed nor removed"


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "users",
        Column("name", Text, primary_key=True),
        Column("password", Text, nullable=False),
        Column("stores", Text),
        Column("may_act", Integer, nullable=False),
        Column("language", Text),
        Column("added_at", BigInteger, nullable=False),
    )
    op.create_table(
        "sessions",
        Column("name", Text, primary_key=True),
        Column("user_name", Text, nullable=False),
        Column("begun_at", BigInteger, nullable=False),
        Column("seen_at", BigInteger, nullable=False),
    )
    op.create_index("sessions_of_user", "sessions", ["user_name"])
    op.create_table(
        "audit",
        Column("number", SERIAL, primary_key=True, autoincrement=True),
        Column("at", BigInteger, nullable=False),
        *(Column(name, Text, nullable=False) for name in ("who", "what", "which")),
        sqlite_autoincrement=True,
    )
    op.create_index("audit_at", "audit", ["at"])
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "create function audit_is_only_added_to() returns trigger language plpgsql as "
            f"$$ begin raise exception '{ONLY_ADDED_TO}'; end $$"
        )
        op.execute(
            "create trigger audit_only_added_to before update or delete on audit "
            "for each row execute function audit_is_only_added_to()"
        )
        return
    for change in ("update", "delete"):
        op.execute(
            f"create trigger audit_no_{change} before {change} on audit "
            f"begin select raise(abort, '{ONLY_ADDED_TO}'); end"
        )
