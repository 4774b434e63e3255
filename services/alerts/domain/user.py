"""Users, and the sessions that they have after they signed in."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from services.alerts.domain.caller import Caller

NAME = re.compile(r"[a-z0-9][a-z0-9._@-]{0,63}")
"""A role, a pseudonym or an address. Nothing else that acts is called so: see domain/trail.py."""
IDLE = timedelta(hours=12)
"""A session ends when nobody has used it for so long: whoever is called in the night was signed in for the evening."""
LONGEST = timedelta(days=7)
"""It ends then at the latest, also on a screen that is never switched off: about as long as a turn on call."""
NOTED_EVERY = timedelta(minutes=5)
"""That a session is used is written down this often, and not with every look at a page."""


@dataclass(frozen=True, kw_only=True, slots=True)
class User:
    """Somebody who can sign in."""

    name: str
    password: str
    """A hash of it: adapters/passwords.py."""
    stores: frozenset[str] | None
    """None: all."""
    may_act: bool = True
    language: str | None = None
    added_at: datetime

    @property
    def caller(self) -> Caller:
        """The user as somebody who asks."""
        return Caller(name=self.name, stores=self.stores, language=self.language, may_act=self.may_act)


@dataclass(frozen=True, kw_only=True, slots=True)
class Session:
    """What a browser has after its user signed in."""

    name: str
    """A hash of what the browser holds."""
    user: str
    begun_at: datetime
    seen_at: datetime

    def is_over(self, now: datetime) -> bool:
        """Whether it has ended by itself."""
        return now - self.seen_at >= IDLE or now - self.begun_at >= LONGEST


def user_name(written: str) -> str | None:
    """The name as it is kept: telephones like to begin with a capital letter. None: nobody can be called so."""
    name = written.strip().lower()
    return name if NAME.fullmatch(name) else None
