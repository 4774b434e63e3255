"""The happenings of journeys that were looked at lately, held in memory so that they are not read again each time."""

from collections import OrderedDict
from collections.abc import Sequence

from services.experience.domain.happening import Happening
from services.experience.ports import JourneyKey

MOST_HAPPENINGS = 200_000
"""About 1 kB each with all that they refer to."""


class HeldJourneys:
    """What is held is used only while the store has just as many events of the journey: events are only ever added.

    What a transaction puts in may be rolled back: `forget` must be called then.
    """

    def __init__(self, most: int = MOST_HAPPENINGS) -> None:
        self._most = most
        self._count = 0
        self._journeys: OrderedDict[JourneyKey, Sequence[Happening]] = OrderedDict()

    def get(self, key: JourneyKey, events: int) -> Sequence[Happening] | None:
        """The happenings of a journey of which the store has so many events; None: read them there."""
        held = self._journeys.get(key, ())
        return held if len(held) == events else None

    def put(self, key: JourneyKey, happenings: Sequence[Happening]) -> None:
        """Hold a journey's happenings; those that nobody has asked for longest make room."""
        self._count += len(happenings) - len(self._journeys.pop(key, ()))
        self._journeys[key] = happenings
        while self._count > self._most:
            _, dropped = self._journeys.popitem(last=False)
            self._count -= len(dropped)

    def forget(self) -> None:
        """Hold nothing: what was put in last may never have been committed."""
        self._journeys.clear()
        self._count = 0
