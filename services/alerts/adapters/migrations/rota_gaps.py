"""Of which hours without anybody on call the last resort was told."""

from alembic import op
from sqlalchemy import BigInteger, Column, Text

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "rota_gaps",
        Column("rota", Text, primary_key=True),
        Column("told_at", BigInteger),
        Column("gaps", Text, nullable=False),
    )
