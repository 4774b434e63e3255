"""The ledger as alerts show it: why a journey stands as it does, line by line."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from services.alerts.domain.phrase import Phrase

NOTICEABLE = 0.01
"""A line that moves V (and KV by as many parts) by less than this is not worth a word."""


@dataclass(frozen=True, kw_only=True, slots=True)
class LedgerEntry:
    """One expectation, what came of it, and what it does to the journey."""

    line: str
    touchpoint: str
    kind: str
    """must_be, performance or attractive."""
    expected: str
    said_by: str
    due: datetime | None = None
    outcome: str | None = None
    state: str
    ratio: float | None = None
    """KP / KL, above 1 is better; nothing weighed yet."""
    contribution: float
    """Its part of V = ln KV."""
    forecast_contribution: float
    """Its part of the forecast's V."""
    expected_phrase: Phrase | None = None
    outcome_phrase: Phrase | None = None
    """Both for every language; None: they are only there in English."""
    at: datetime | None = None
    """When what came of it happened; None: nothing has, or nobody has said when."""
    restores: bool = False
    """Put right, it would bring the journey back to 1, together with the few others that are marked."""

    @property
    def at_stake(self) -> float:
        """The worse of what it has done to V and what it is heading for."""
        return min(self.contribution, self.forecast_contribution)

    @property
    def undecided(self) -> bool:
        """It is likely to do more harm than it has done."""
        return self.forecast_contribution < self.contribution - NOTICEABLE


def hurting(ledger: Iterable[LedgerEntry]) -> list[LedgerEntry]:
    """The lines that pull the journey down, the worst first."""
    noticeable = (each for each in ledger if each.at_stake <= -NOTICEABLE)
    return sorted(noticeable, key=lambda each: (each.at_stake, each.line))
