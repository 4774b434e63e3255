"""The cause that alerts of several journeys have in common; and what was told while somebody had its cause."""

from alembic import op
from sqlalchemy import Column, Integer, Text

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Add the columns. What waits at a stage now joins nothing until it is told anew."""
    op.add_column("alerts", Column("cause", Text, nullable=False, server_default=""))
    op.execute("update alerts set cause = line")
    op.create_index("alerts_of_cause", "alerts", ["store", "cause", "closed_at"])
    op.add_column("deliveries", Column("taken", Integer, nullable=False, server_default="0"))
