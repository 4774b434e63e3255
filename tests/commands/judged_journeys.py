"""Journeys with a verdict, for tests about grading: everything that a test is not about has a value here."""

from datetime import UTC, datetime, timedelta

from services.commands.grading.judged import Judged, Raised

NOON = datetime(2026, 3, 7, 12, 0, tzinfo=UTC)
"""When the customer gives the verdict."""


def judged(risk=0.5, *, bad=False, weight=1.0, alerts=(), store="riga-1", journey="j", began_at=None):
    """A journey that began at ten and was judged at noon."""
    return Judged(
        key=(store, journey), began_at=began_at or NOON - timedelta(hours=2), as_of=NOON, informed_at=NOON, risk=risk,
        verdict_at=NOON, dissatisfied=bad, weight=weight, alerts=tuple(alerts),
    )  # fmt: skip


def raised(minutes_before, *, too_late=None, reason="slipping"):
    """An alert so many minutes before the verdict, about something that was due so many minutes before it."""
    until = None if too_late is None else NOON - timedelta(minutes=too_late)
    return Raised(NOON - timedelta(minutes=minutes_before), "promise/p", reason, until)
