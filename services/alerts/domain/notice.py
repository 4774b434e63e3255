"""Good news: a journey went better than was expected. It calls nobody, and names nobody."""

import hashlib
from dataclasses import dataclass, field
from datetime import datetime

from services.alerts.domain.phrase import Phrase


@dataclass(frozen=True, kw_only=True, slots=True)
class GoodNews:
    """What lifted a journey above 1, as the evaluation says it."""

    line: str
    touchpoint: str
    headline: str
    since: datetime
    phrase: Phrase | None = field(default=None, compare=False)
    """The headline, for every language; None: it is only there in English."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Notice:
    """Good news as it is given to a manager. There is one for each journey, once and for ever."""

    store: str
    journey: str
    news: GoodNews
    kv: float
    given_at: datetime

    @property
    def notice_id(self) -> str:
        """The notice's name for ever."""
        return hashlib.sha256(f"{self.store}\n{self.journey}\ngood news".encode()).hexdigest()[:32]
