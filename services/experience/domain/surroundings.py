"""A store's surroundings over time: of all that was ever seen there, what a single journey can have met."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from datetime import datetime

from services.experience.domain.happening import Happening


class Surroundings:
    """The store-wide happenings of one store, in order. Answers for journeys in the order in which they begin."""

    def __init__(self, happenings: Sequence[Happening]) -> None:
        self._happenings = happenings
        self._times = [happening.at for happening in happenings]
        self._in_force: dict[tuple[str, ...], Happening] = {}
        self._passed = 0

    def met(self, began_at: datetime, ended_at: datetime) -> list[Happening]:
        """What was in force when a journey began, and what happened until it ended; `assess` finds the same in all.

        Journeys must be asked for by when they begin, the earliest first; ValueError otherwise.
        """
        begin = bisect_left(self._times, began_at)
        if begin < self._passed:
            raise ValueError(f"journeys must be asked for in the order they begin, this one began at {began_at}")
        for happening in self._happenings[self._passed : begin]:
            self._pass(happening)
        self._passed = begin
        return [*self._in_force.values(), *self._happenings[begin : bisect_right(self._times, ended_at)]]

    def _pass(self, happening: Happening) -> None:
        """Keep the last word on each place and each defect."""
        match happening.kind:
            case "cleanliness.checked":
                self._in_force[_area(happening), happening.get("location") or ""] = happening
            case "cleanliness.repaired":
                self._forget(place for place in self._in_force if place[0] == _area(happening))
            case "defect.noticed":
                self._in_force.setdefault(("defect", "", happening.data["defect_id"]), happening)
            case "defect.repaired":
                self._forget([("defect", "", happening.data["defect_id"])])

    def _forget(self, keys: Iterable[tuple[str, ...]]) -> None:
        for key in list(keys):
            self._in_force.pop(key, None)


def _area(happening: Happening) -> str:
    return f"area {happening.data['area']}"
