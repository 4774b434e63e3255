"""From which life of the database an evaluation is: a table for the epoch, which whoever uses it first begins."""

from alembic import op
from sqlalchemy import BigInteger, Column, Integer

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Make it. A database that is in use stays what it was before there were epochs: 0."""
    op.create_table(
        "epoch",
        Column("one", Integer, primary_key=True, autoincrement=False),
        Column("epoch", BigInteger, nullable=False),
    )
    op.execute("insert into epoch (one, epoch) select 1, 0 where exists (select 1 from offsets)")
