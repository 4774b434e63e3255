"""Figures in words that a manager understands at a glance."""

import re
from datetime import timedelta
from math import exp
from typing import Literal

from services.alerts.domain.ledger import NOTICEABLE, LedgerEntry
from services.alerts.domain.phrase import Phrase, phrase

ODDS = (
    (1, 20),
    (1, 10),
    (1, 5),
    (1, 4),
    (1, 3),
    (1, 2),
    (2, 3),
    (3, 4),
    (4, 5),
    (9, 10),
    (19, 20),
)
"""Chances that people can picture."""

_EFFECTS = {
    "effect.likely": "likely to take {percent} % off",
    "effect.takes": "takes {percent} % off",
    "effect.adds": "adds {percent} %",
    "effect.nothing": "changes nothing",
}
_WITHIN_A_CODE = re.compile(r"(?<=\w)_+(?=\w)")


def effect(entry: LedgerEntry) -> str:
    """What a line does to the journey: 'takes 77 % off', 'likely to take 53 % off', 'adds 3 %'."""
    said = effect_phrase(entry)
    return _EFFECTS[said["code"]].format(**said["arguments"])


def effect_phrase(entry: LedgerEntry) -> Phrase:
    """The same for every language."""
    if entry.undecided:
        return phrase("effect.likely", percent=_percent_off(entry.forecast_contribution))
    if entry.contribution <= -NOTICEABLE:
        return phrase("effect.takes", percent=_percent_off(entry.contribution))
    if entry.contribution >= NOTICEABLE:
        return phrase("effect.adds", percent=-_percent_off(entry.contribution))
    return phrase("effect.nothing")


def odds(risk: float) -> tuple[int, int] | Literal["next_to_none", "next_to_certain"]:
    """A probability as people picture it: 1 in 2."""
    if risk < ODDS[0][0] / ODDS[0][1] / 2:
        return "next_to_none"
    if risk > 0.98:  # noqa: PLR2004 (nearer to certain than to the last of the odds)
        return "next_to_certain"
    return min(ODDS, key=lambda each: abs(each[0] / each[1] - risk))


def spoken(span: timedelta) -> str:
    """A span of time, never longer than it is: '45 s', '12 min', '2 h 9 min', '4 days'."""
    seconds = int(abs(span.total_seconds()))
    minutes, hours, days = seconds // 60, seconds // 3600, seconds // 86400
    if seconds < 120:  # noqa: PLR2004
        return f"{seconds} s"
    if minutes < 120:  # noqa: PLR2004
        return f"{minutes} min"
    if hours < 48:  # noqa: PLR2004
        return f"{hours} h {minutes % 60} min" if minutes % 60 else f"{hours} h"
    return f"{days} days"


def plain(text: str) -> str:
    """A text with the codes in it as words: second_warehouse becomes 'second warehouse'."""
    return _WITHIN_A_CODE.sub(" ", text)


def _percent_off(contribution: float) -> int:
    return round(100 * (1 - exp(contribution)))
