"""Deliveries are marked before they go out and passed on when they do not arrive; a heartbeat says what was missed."""

from alembic import op
from sqlalchemy import BigInteger, Column, Integer

from services.chassis.first_tables import make_index

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Change the deliveries, and make the heartbeat. Those that wait have done so for long enough to be passed on."""
    op.add_column("deliveries", Column("pass_on_at", BigInteger))
    op.drop_index("deliveries_pending", "deliveries")
    op.drop_index("deliveries_in_order", "deliveries")
    make_index("deliveries_waiting", "deliveries", ["channel", "next_at"], "state in ('pending', 'sending')")
    op.create_index("deliveries_in_order", "deliveries", ["alert_id", "channel", "step"])
    op.execute("update deliveries set pass_on_at = 0 where state = 'pending'")
    make_index("deliveries_to_pass_on", "deliveries", ["channel"], "pass_on_at is not null")
    op.create_table(
        "heartbeat",
        Column("one", Integer, primary_key=True, autoincrement=False),
        Column("heard_until", BigInteger, nullable=False),
    )
