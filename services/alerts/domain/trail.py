"""The audit trail: what people did, and who they were. From where is not kept: it would say where people are."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

UNKNOWN = "?"
"""Stands for whoever gave a name that nobody has. It is not kept: it may be a password in the wrong field."""


class What(StrEnum):
    """What was done."""

    SIGNED_IN = "signed in"
    NOT_SIGNED_IN = "sign-in refused"
    SIGNED_OUT = "signed out"
    ACKNOWLEDGED = "acknowledged"
    RELEASED = "released"
    SNOOZED = "snoozed"
    CLOSED = "closed"
    REPORTED = "reported"
    USER_ADDED = "user added"
    USER_REMOVED = "user removed"
    PASSWORD_CHANGED = "password changed"  # noqa: S105 (what was done, and no password)
    SCOPE_CHANGED = "scope changed"


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """One thing that was done."""

    at: datetime
    who: str
    """A user's name; `key:WHO` for a program, `command:WHO` for the command line, `manager:WHO` without sign-in."""
    what: What
    which: str
    """The alert's id, or the user's name."""
