"""What is open and what is overdue, asked of the database: from indexes that hold nothing but what is open."""

from datetime import datetime, timedelta

from sqlalchemy import case, func, literal_column, or_, select

from services.chassis.rows import Rows
from services.experience.adapters.database_values import instant, micros
from services.experience.adapters.tables import JOURNEYS, STORES
from services.experience.metrics import Census
from services.experience.store_metrics import MOST_STORES, StoreFigures
from services.experience.usecases import LONGEST_PUT_OFF

MOST_OVERDUE = 1_000
"""So many of each are looked at: however many are overdue, to find the earliest takes a few milliseconds.

One behind so many that were put off is found as soon as those were looked at, or may not be put off any longer.
"""
_LONGEST_PUT_OFF = LONGEST_PUT_OFF // timedelta(microseconds=1)


def store_figures(rows: Rows) -> list[StoreFigures]:
    """What is left undone, and by how many units the concept is unread, in each store where anything is."""
    found = (
        select(STORES.c.store, STORES.c.neglect, STORES.c.unread_by)
        .where(or_(STORES.c.neglect > 0, STORES.c.unread_by > 0))
        .order_by(STORES.c.neglect.desc(), STORES.c.unread_by.desc(), STORES.c.store)
        .limit(MOST_STORES)
    )
    return [StoreFigures(*row) for row in rows.all(found)]


def census(rows: Rows, now: datetime) -> Census:
    """What is in the store `now`. Takes milliseconds for a hundred thousand open journeys."""
    # A journey has a deadline for as long as it is open: at the latest the instant at which it closes by itself.
    due = func.count(case((JOURNEYS.c.deadline <= micros(now), 1)))
    ((open_journeys, due_journeys),) = rows.all(select(func.count(), due).where(JOURNEYS.c.deadline.is_not(None)))
    # As the index has it: what is bound is not known to be 0.
    open_promises = JOURNEYS.c.on_track + JOURNEYS.c.at_risk > literal_column("0")
    ((on_track, at_risk),) = rows.all(
        select(func.sum(JOURNEYS.c.on_track), func.sum(JOURNEYS.c.at_risk)).where(open_promises)
    )
    return Census(
        open_journeys=open_journeys,
        due_journeys=due_journeys,
        promises_on_track=on_track or 0,
        promises_at_risk=at_risk or 0,
    )


def earliest_overdue(rows: Rows, now: datetime) -> datetime | None:
    """The earliest deadline of a journey or store that has passed, and that was not looked at yet.

    What was put off because of a backlog is overdue when it may not be put off any longer.
    """
    overdue: list[int] = []
    for table in (JOURNEYS, STORES):
        deadline, put_off_at = table.c.deadline, table.c.put_off_at
        passed = select(deadline, put_off_at).where(deadline <= micros(now)).order_by(deadline).limit(MOST_OVERDUE)
        overdue += [at if since is None else at + _LONGEST_PUT_OFF for at, since in rows.all(passed)]
    earliest = min(overdue, default=None)
    return None if earliest is None or earliest > micros(now) else instant(earliest)
