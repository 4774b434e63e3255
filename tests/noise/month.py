"""A month in one thread with a clock that goes from one due instant to the next, through both services' own code."""

import heapq
import itertools
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

from services.alerts.entrypoints.claiming import Claim
from services.alerts.ports import Told
from services.chassis.bookkeeping import Outgoing
from services.experience.adapters.concept_file import read_document
from tests.faults.simulated import PARTITIONS, Log
from tests.faults.simulation import ExperienceProcess
from tests.noise.assumptions import STORES, Assumptions
from tests.noise.duty import LAST_RESORT, Arrived, OnDuty
from tests.noise.plan import Occurrence, Plan, Trouble
from tests.noise.stores import planned
from touchline_contracts import EVALUATIONS, TOUCHPOINTS, new_event
from touchline_contracts.concepts import ConceptPublished

CONCEPT = Path(__file__).parents[2] / "deploy" / "concepts" / "hardware-shop.yaml"
SECOND = timedelta(seconds=1)
NEVER = datetime.max.replace(tzinfo=UTC)


@dataclass(kw_only=True)
class Played:
    """What came of a month."""

    plan: Plan
    happened: list[Occurrence] = field(default_factory=list)
    arrived: list[Arrived] = field(default_factory=list)
    evaluations: list[Outgoing] = field(default_factory=list)
    """All that the experience service has published."""
    acted: int = 0
    """How often somebody did something because of a message."""
    instants: int = 0
    """At how many something was due."""


def play(
    assumed: Assumptions,
    seed: int,
    *,
    managers: str = "shared",
    claim: Claim | None = None,
    drops: Callable[[Told], bool] = lambda _: False,
    say: Callable[[datetime], None] = lambda _: None,
) -> Played:
    """Play it, in a folder that is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="noise-") as folder:
        month = _Month(assumed, seed, Path(folder), managers=managers, claim=claim, drops=drops)
        try:
            month.run(say)
        finally:
            month.close()
        month.played.evaluations = month.log.all(EVALUATIONS.name)
        month.played.arrived = month.duty.arrived
        return month.played


class _Month:
    def __init__(
        self,
        assumed: Assumptions,
        seed: int,
        folder: Path,
        *,
        managers: str,
        claim: Claim | None,
        drops: Callable[[Told], bool],
    ) -> None:
        self.assumed, self.seed, self.log = assumed, seed, Log()
        self.experience = ExperienceProcess(self.log, folder / "experience.db")
        self.duty = OnDuty(self.log, folder / "alerts.db", managers=managers, claim=claim, drops=drops)
        for process in (self.experience, self.duty):
            process.assign(range(PARTITIONS))
        self.played = Played(plan=planned(assumed, seed))
        self._numbers = itertools.count()
        self._coming: list[tuple[datetime, int, Callable[[], None]]] = []
        self._concept()
        for each in self.played.plan.occurrences:
            self._at(each.at, lambda each=each: self._happen(each))
        self._deadline = self._delivery = self._repeat = NEVER
        self._acknowledged = 0

    def close(self) -> None:
        for process in (self.experience, self.duty):
            process.stop()

    def run(self, say: Callable[[datetime], None]) -> None:
        """Until nothing is left to come."""
        day = None
        while (now := self._next()) < NEVER:
            if now.date() != day:
                day = now.date()
                say(now)
            self.played.instants += 1
            while self._coming and self._coming[0][0] <= now:
                heapq.heappop(self._coming)[2]()
            self._evaluate(now)
            self._tell(now)

    def _next(self) -> datetime:
        coming = self._coming[0][0] if self._coming else NEVER
        return min(coming, self._deadline, self._delivery, self._repeat)

    def _evaluate(self, now: datetime) -> None:
        changed = self.experience.read(now)
        if self._deadline <= now:
            while self.experience.look_again(now):
                changed += 1
        if not changed and self._deadline > now:
            return
        self.experience.send(now)
        deadline = self.experience.ask(lambda each: each.next_deadline())
        self._deadline = NEVER if deadline is None else max(deadline, now + SECOND)

    def _tell(self, now: datetime) -> None:
        changed = self.duty.read(now) + self._acknowledged
        self._acknowledged = 0
        if self._repeat <= now:
            self.duty.repeat(now)
            changed += 1
        if changed:
            self._delivery = self.duty.next_delivery_at() or NEVER
        if self._delivery <= now:
            for message in self.duty.deliver_to_people(now):
                self._arrives(message)
            self._delivery = max(self.duty.next_delivery_at() or NEVER, now + SECOND)
            changed += 1
        if changed:
            self.duty.send(now)
            self._repeat = self.duty.next_repeat_at() or NEVER

    def _arrives(self, message: Arrived) -> None:
        if message.is_quiet and message.person != LAST_RESORT:
            self._at(read_at(message, self.assumed, self.seed), lambda: self._read(message))
        else:
            self._read(message)

    def _read(self, message: Arrived) -> None:
        """Somebody reads a message, and does what they can."""
        if message.person == LAST_RESORT:
            return
        at = read_at(message, self.assumed, self.seed)
        for alert in message.alerts:
            if not alert.calls:
                continue
            chance = Random(f"{self.seed}/{alert.alert_id}")  # noqa: S311  # customers, not secrets
            takes = chance.random() < self.assumed.acknowledges
            minutes = chance.uniform(*self.assumed.acknowledges_minutes)
            if takes:
                taken = at + timedelta(minutes=minutes)
                self._at(taken, lambda each=alert, at=taken: self._take(each.alert_id, message.person, at))
            for trouble in self.played.plan.meant_by(alert.store, alert.journey, alert.line):
                acts_at = trouble.told(at)
                if acts_at is not None:
                    self._at(acts_at, lambda each=trouble, at=acts_at: self._act(each, at))

    def _take(self, alert_id: str, person: str, at: datetime) -> None:
        self.duty.take(alert_id, person, at)
        self._acknowledged += 1

    def _act(self, trouble: Trouble, at: datetime) -> None:
        self.played.acted += 1
        for each in trouble.put_right(at):
            self._at(each.at, lambda each=each: self._happen(each))

    def _at(self, at: datetime, what: Callable[[], None]) -> None:
        heapq.heappush(self._coming, (at, next(self._numbers), what))

    def _happen(self, each: Occurrence) -> None:
        if each.happens:
            self.played.happened.append(each)
            self.log.append(message_of(each, len(self.played.happened)))

    def _concept(self) -> None:
        document = read_document(CONCEPT.read_text(), name=CONCEPT.name)
        before = self.assumed.begins - timedelta(days=1)
        for store in STORES:
            event = new_event(
                ConceptPublished(concept=document, version=1), id=f"concept-{store}", source="/head-office",
                store=store, time=before, receivedtime=before,
            )  # fmt: skip
            self.log.append(Outgoing(TOUCHPOINTS.name, event.key.encode(), event.to_json()))


def read_at(message: Arrived, assumed: Assumptions, seed: int) -> datetime:
    """When somebody reads a message: at once, if it calls them."""
    if not message.is_quiet:
        return message.at
    chance = Random(f"{seed}/{message.alerts[0].alert_id}/{message.at}")  # noqa: S311  # customers, not secrets
    return message.at + timedelta(minutes=chance.uniform(*assumed.reads_quiet_minutes))


def message_of(each: Occurrence, number: int) -> Outgoing:
    """It, as a touchpoint puts it into Kafka."""
    event = new_event(
        each.data,
        id=f"event-{number}",
        source=f"/{each.store}/shop",
        store=each.store,
        subject=each.journey,
        time=each.at,
        receivedtime=each.at,
    )
    return Outgoing(TOUCHPOINTS.name, event.key.encode(), event.to_json())
