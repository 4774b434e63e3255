"""Good news is kept for every language."""

from alembic import op
from sqlalchemy import Column, Text

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Add the column. What was given before is there in English alone."""
    op.add_column("notices", Column("phrase", Text))
