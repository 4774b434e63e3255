"""Beside the version of what was evaluated last, the epoch: 0 of all that was evaluated before there were any."""

from alembic import op
from sqlalchemy import BigInteger, Column

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add it to journeys and stores."""
    for table in ("journeys", "stores"):
        op.add_column(table, Column("epoch", BigInteger, nullable=False, server_default="0"))
