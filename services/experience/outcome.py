"""What came of one transaction, for whoever counts it once it has been committed."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.experience.domain.happening import Happening
from services.experience.ports import Incoming, JourneyRecord, Standing, StoreStanding


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """What came of events that were taken in, or of deadlines that had come."""

    fresh: Sequence[Incoming] = ()
    """Events that were never seen before."""
    repeated: int = 0
    """How many others there were that had been counted before."""
    late: int = 0
    """How many of the fresh ones came after their journey had closed."""
    news: Sequence[Happening] = ()
    """What the evaluations take account of for the first time: now, or kept before and put off."""
    told: Sequence[tuple[JourneyRecord, Standing]] = ()
    """Each journey that was evaluated: what was kept of it before (version 0: nothing), and how it stands now."""
    stores: Sequence[StoreStanding] = ()
    """Each store that was looked at as a whole."""
