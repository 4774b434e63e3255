"""How many journeys and promises are open, counted in the database: from indexes that hold nothing but those."""

from datetime import datetime

from sqlalchemy import case, func, literal_column, or_, select

from services.chassis.rows import Rows
from services.experience.adapters.database_values import micros
from services.experience.adapters.tables import JOURNEYS, STORES
from services.experience.metrics import Census
from services.experience.store_metrics import MOST_STORES, StoreFigures


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
