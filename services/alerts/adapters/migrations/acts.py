"""What people did about an alert, and when it is told again. Alerts that are open already are not told again."""

from alembic import op
from sqlalchemy import BigInteger, Column, Integer, Text

from services.chassis.first_tables import make_index

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Add it to the alerts."""
    op.add_column("alerts", Column("acts", Text, nullable=False, server_default="{}"))
    op.add_column("alerts", Column("attended", Integer, nullable=False, server_default="0"))
    op.add_column("alerts", Column("repeats", Integer, nullable=False, server_default="0"))
    op.add_column("alerts", Column("repeat_at", BigInteger))
    make_index("alerts_to_repeat", "alerts", ["repeat_at"], "repeat_at is not null")
