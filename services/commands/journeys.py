"""The journeys in a file of events, to be assessed at any instant, each knowing only what had happened by then."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from copy import copy
from datetime import datetime

from services.experience.domain.assessment import Assessment, assess
from services.experience.domain.concept import ServiceConcept
from services.experience.domain.happening import Happening, in_order
from services.experience.domain.surroundings import Surroundings
from services.experience.domain.track_record import History, Settled, Settlement, TrackRecords, settlements

Key = tuple[str, str]
"""Store and journey id."""


class Journeys:
    """All journeys of some events under one concept, with what they met in their stores and what was settled before."""

    def __init__(self, happenings: Iterable[Happening], concept: ServiceConcept, *, until: datetime) -> None:
        """`until`: what happens later is not known to any of them."""
        self.concept, self._until = concept, until
        self.happenings: dict[Key, list[Happening]] = defaultdict(list)
        """What happened in each journey, in order."""
        stores: dict[str, list[Happening]] = defaultdict(list)
        for happening in in_order(happenings):
            if happening.at > until:
                break
            if happening.journey is None:
                stores[happening.store].append(happening)
            else:
                self.happenings[happening.store, happening.journey].append(happening)
        surroundings = {store: Surroundings(theirs) for store, theirs in stores.items()}
        none = Surroundings([])
        self._met: dict[Key, Sequence[Happening]] = {}
        self._settled: dict[Key, list[Settlement]] = {}
        self._everywhere, self._histories = History(), defaultdict[str, History](History)
        for key, own in self.happenings.items():  # in the order in which they begin
            self._met[key] = surroundings.get(key[0], none).met(own[0].at, self._no_longer_than(own))
            ended = assess(own, self._met[key], concept, now=until)
            self._settled[key] = settlements(ended.lines if ended else (), own, concept.outlook)
            for subject, day, good in self._settled[key]:
                history = self._everywhere if subject[0] == "unit" else self._histories[key[0]]
                history.add(subject, day, Settled(int(good), int(not good)))

    def under(self, concept: ServiceConcept) -> "Journeys":
        """The same journeys under a concept that differs in its outlook alone."""
        journeys = copy(self)
        journeys.concept = concept
        return journeys

    def __iter__(self) -> Iterator[Key]:
        """Sorted by store and journey."""
        return iter(sorted(self.happenings))

    def assess(self, key: Key, *, now: datetime) -> Assessment | None:
        """How a journey stood at an instant; None when nothing of it had happened but verdicts."""
        return assess(
            self.happenings[key], self._met[key], self.concept, now=min(now, self._until), records=self.records(key)
        )

    def ended(self, key: Key) -> Assessment | None:
        """How a journey stands in the end, as far as it is known."""
        return self.assess(key, now=self._until)

    def met(self, key: Key) -> Sequence[Happening]:
        """What the journey met in its store."""
        return self._met[key]

    def records(self, key: Key) -> TrackRecords:
        """What had been settled in other journeys before an instant."""
        return self._histories[key[0]].records(own=self._settled[key], everywhere=self._everywhere)

    def instant(self, key: Key, share: float) -> datetime | None:
        """When this share of the journey's longest promise was used up; None for a journey without promises."""
        made = [happening for happening in self.happenings[key] if happening.kind == "promise.made"]
        if not made:
            return None
        longest = max(made, key=lambda each: each.data["due"] - each.at)
        due: datetime = longest.data["due"]
        return longest.at + (due - longest.at) * share

    def _no_longer_than(self, own: Sequence[Happening]) -> datetime:
        """By then the journey has certainly closed: what happens in the store after that is not met any more."""
        due: list[datetime] = [
            happening.data["due"] for happening in own if happening.kind in ("promise.made", "promise.rescheduled")
        ]
        ended_at = max([own[-1].at, *due]) + max(self.concept.quiet_time, self.concept.expires_after)
        return min(self._until, ended_at)
