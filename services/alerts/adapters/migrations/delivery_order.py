"""The index of what waits has the order in which it is taken: of thousands that wait, none but the next few is read."""

from alembic import op

from services.chassis.first_tables import make_index

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Make the index anew."""
    op.drop_index("deliveries_waiting", "deliveries")
    in_order = ["channel", "next_at", "step", "delivery_id"]
    make_index("deliveries_waiting", "deliveries", in_order, "state in ('pending', 'sending')")
