"""How many journeys and promises are open, counted in SQLite: from indexes that hold nothing but those."""

import sqlite3
from datetime import datetime

from services.experience.adapters.sqlite_values import micros
from services.experience.metrics import Census
from services.experience.store_metrics import MOST_STORES, StoreFigures


def store_figures(connection: sqlite3.Connection) -> list[StoreFigures]:
    """What is left undone, and by how many units the concept is unread, in each store where anything is."""
    rows = connection.execute(
        "select store, neglect, unread_by from stores where neglect > 0 or unread_by > 0 "
        "order by neglect desc, unread_by desc, store limit ?",
        (MOST_STORES,),
    )
    return [StoreFigures(*row) for row in rows.fetchall()]


def census(connection: sqlite3.Connection, now: datetime) -> Census:
    """What is in the store `now`. Takes milliseconds for a hundred thousand open journeys."""
    # A journey has a deadline for as long as it is open: at the latest the instant at which it closes by itself.
    journeys = connection.execute(
        "select count(*), count(case when deadline <= ? then 1 end) from journeys where deadline is not null",
        (micros(now),),
    ).fetchone()
    promises = connection.execute(
        "select total(on_track), total(at_risk) from journeys where on_track + at_risk > 0"
    ).fetchone()
    return Census(
        open_journeys=journeys[0],
        due_journeys=journeys[1],
        promises_on_track=int(promises[0]),
        promises_at_risk=int(promises[1]),
    )
