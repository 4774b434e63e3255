"""Good news is kept for every language."""

from alembic import op
from sqlalchemy import Column, Text

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Add the column. What was given before is there in English alone."""
    op.add_column("notices", Column("phrase", Text))
