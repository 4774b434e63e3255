"""What is told to one person is gathered by its cause, and goes out in messages: which, and when, is kept."""

from alembic import op
from sqlalchemy import BigInteger, Column, Text

from services.chassis.first_tables import make_index

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Add the columns. What waits is told to nobody in particular."""
    op.add_column("deliveries", Column("cause", Text))
    op.add_column("deliveries", Column("message_id", Text))
    op.add_column("deliveries", Column("sent_at", BigInteger))
    make_index("deliveries_said", "deliveries", ["channel", "sent_at"], "sent_at is not null")
