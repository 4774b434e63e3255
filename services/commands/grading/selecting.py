"""`--since`: the journeys that are graded are those that began late enough not to have been fitted on."""

import re
from collections.abc import Iterable
from datetime import UTC, datetime

from services.commands.grading.judged import Ungradable

_SHARE = re.compile(r"(\d{1,2}(?:\.\d+)?)\s*%")


def read_since(text: str) -> datetime | float:
    """The beginning of a day (UTC), an instant with a zone, or a share of the journeys. Raises Ungradable."""
    share = _SHARE.fullmatch(text.strip())
    if share is not None:
        return float(share[1]) / 100
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        raise Ungradable(
            "--since must be a date such as 2018-01-01, or below 100 % of the journeys with a verdict such as 70%, "
            f"got {text!r}"
        ) from None
    return instant.replace(tzinfo=instant.tzinfo or UTC).astimezone(UTC)


def after_share(began: Iterable[datetime], share: float) -> datetime:
    """From when on none of the journeys begins that are in this share of all, those that began first.

    The same share as `touchline concept fit` learns from. Raises Ungradable when no journey is left.
    """
    in_time = sorted(began)
    first = in_time[: round(len(in_time) * share)]
    later = in_time if not first else [at for at in in_time if at > first[-1]]
    if not later:
        raise Ungradable(f"None of the {len(in_time):,} journeys began after the first {share:.0%}: give less.")
    return later[0]
