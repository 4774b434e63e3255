"""A store's day from a seed: customers who come and go, goods that are promised, and what goes wrong."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from random import Random

from tests.noise.assumptions import STORES, ZONE, Assumptions
from tests.noise.plan import Occurrence, Plan, Trouble, trouble_of, whole
from tests.noise.visits import Visit
from touchline_contracts.cleanliness import CleanlinessChecked, CleanlinessRepaired

MINUTE = timedelta(minutes=1)
PEAK = 5.0
"""Hours after opening."""


def planned(assumed: Assumptions, seed: int) -> Plan:
    """All that happens in all stores. The same for the same seed, whoever is told of it."""
    plan = Plan()
    first = assumed.begins.date()
    for store in STORES:
        for number in range(assumed.days):
            chance = Random(f"{seed}/{store}/{number}")  # noqa: S311  # customers, not secrets
            _Day(assumed, plan, store, first + timedelta(days=number), chance).fill()
    return plan


@dataclass(slots=True)
class _Day:
    assumed: Assumptions
    plan: Plan
    store: str
    day: date
    chance: Random

    def fill(self) -> None:
        assumed, chance = self.assumed, self.chance
        queues = self._queues()
        count = chance.randint(*assumed.visits)
        promised = assumed.promises_a_day / ((assumed.visits[0] + assumed.visits[1]) / 2)
        for number in range(count):
            visit = Visit(
                assumed=assumed,
                plan=self.plan,
                store=self.store,
                journey=f"{self.store}-{self.day:%m%d}-{number}",
                came=self._comes(),
                closes=self._wall(assumed.closes.hour),
                chance=Random(chance.random()),  # noqa: S311  # customers, not secrets
                queues=queues,
            )
            visit.fill(promised=chance.random() < promised)
        self._toilet()

    def _comes(self) -> datetime:
        latest = self.assumed.opening_minutes - 60
        if self.chance.random() < 0.5:
            minutes = self.chance.uniform(0, latest)
        else:
            minutes = self.chance.triangular(0, latest, PEAK * 60)
        return self._wall(self.assumed.opens.hour) + whole(minutes)

    def _queues(self) -> Sequence[tuple[datetime, Trouble]]:
        """Each with its end."""
        found = []
        if self.chance.random() < self.assumed.queues_a_week / 7:
            begins = self._wall(self.assumed.opens.hour) + whole(self.chance.uniform(120, 600))
            ends = begins + whole(self.chance.uniform(*self.assumed.queue_minutes))
            trouble = trouble_of(
                "queue", begins, ends + self.assumed.queued_minutes[1] * MINUTE, self.assumed, self.chance
            )
            found.append((ends, trouble))
        return found

    def _toilet(self) -> None:
        opens = self._wall(self.assumed.opens.hour)
        every = self.assumed.opening_minutes / self.assumed.toilet_checks
        for number in range(self.assumed.toilet_checks):
            at = opens + whole(every * number + self.chance.uniform(20, every - 100))
            if self.chance.random() >= self.assumed.dirty:
                self._happens(at, CleanlinessChecked(area="toilet", score=self.chance.choice((4, 5, 5))))
                continue
            self._happens(at, CleanlinessChecked(area="toilet", score=self.chance.choice((1, 2))))
            ends = at + whole(self.chance.uniform(*self.assumed.dirty_minutes))
            trouble = trouble_of("toilet", at, ends, self.assumed, self.chance)
            trouble.remedies.append(lambda when: [self._repaired(when)])
            self.plan.goes_wrong(trouble, self.store, None, "cleanliness")
            self.plan.occurrences.append(self._repaired(ends, trouble))

    def _repaired(self, at: datetime, unless: Trouble | None = None) -> Occurrence:
        data = CleanlinessRepaired(area="toilet")
        return Occurrence(at=at, store=self.store, journey=None, data=data, unless=unless)

    def _happens(self, at: datetime, data: CleanlinessChecked) -> None:
        self.plan.occurrences.append(Occurrence(at=at, store=self.store, journey=None, data=data))

    def _wall(self, hour: int) -> datetime:
        return datetime(self.day.year, self.day.month, self.day.day, hour, tzinfo=ZONE).astimezone(UTC)
