"""Two workers on one PostgreSQL, each with its partition, come to what one worker on SQLite comes to.

Each case is another day, drawn by chance from its number; which transactions meet is chance as well.
"""

import random
import time
import zlib
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from operator import itemgetter

import pytest
from sqlalchemy import delete

from services.chassis.store import Unavailable
from services.chassis.tables import OUTGOING
from tests.experience.service import ELEVEN, Service
from tests.experience.workers import Worker
from touchline_contracts import EVALUATIONS, TOUCHPOINTS, AnyEvent, parse_event
from touchline_contracts.cleanliness import CleanlinessChecked, DefectNoticed
from touchline_contracts.concepts import ConceptPublished
from touchline_contracts.greeting import CustomerArrived, CustomerGreeted, CustomerLeft
from touchline_contracts.promises import PromiseConfirmed, PromiseKept, PromiseMade
from touchline_contracts.recovery import ProblemReported

JOURNEYS = 40
EVENING = ELEVEN + timedelta(hours=8)
PROBLEM = ProblemReported(problem_id="q", kind="other", severity="minor", touchpoint="desk")
HOW_IT_CAME_TO_BE = {"version", "late_events", "attention", "retracted"}
"""Told of an evaluation, and different where events came in other batches."""
CONCEPT = {
    "concept": "c",
    "version": 1,
    "title": "c",
    "cleanliness": {"entrance": {"expected": 4}},
    "greeting": {"within": "2m"},
}


def a_day(seed: int) -> list[AnyEvent]:
    """What happens in a store in a day, in no order but by journey."""
    chance = random.Random(seed)  # noqa: S311  # nothing is secret here
    teller = Service()

    def at(minutes: float) -> datetime:
        return ELEVEN + timedelta(minutes=minutes)

    store_wide = [teller.store_wide(ConceptPublished(concept=CONCEPT, version=1), at(-600))]
    store_wide += [
        teller.store_wide(CleanlinessChecked(area="entrance", score=chance.randint(0, 5)), at(chance.uniform(0, 300)))
        for _ in range(8)
    ]
    store_wide += [
        teller.store_wide(DefectNoticed(defect_id=f"{n}", area="entrance", severity="major"), at(chance.uniform(0, 99)))
        for n in range(4)
    ]
    streams = [store_wide]
    for number in range(JOURNEYS):
        begin = chance.uniform(0, 240)
        promise = PromiseMade(promise_id="p", what="goods", due=at(begin + 60), fulfilled_by="warehouse")
        happened = [CustomerArrived(channel="door"), CustomerGreeted(manner=chance.randint(1, 5)), promise]
        if chance.random() < 0.5:
            happened += [PromiseConfirmed(promise_id="p", by_unit="warehouse"), PromiseKept(promise_id="p")]
        if chance.random() < 0.4:
            happened.append(PROBLEM)
        happened.append(CustomerLeft(outcome="served"))
        streams.append(
            [teller.event(data, at(begin + 9 * n), journey=f"j-{number}") for n, data in enumerate(happened)]
        )
    shuffled = []
    while streams:  # as Kafka has it: in order under each key
        stream = chance.choice(streams)
        shuffled.append(stream.pop(0))
        streams = [each for each in streams if each]
    return shuffled


def stands(messages: list[bytes]) -> dict[str | None, dict]:
    """How each journey, and (None) the store, stands in the end; however many evaluations it took."""
    latest: dict[str | None, tuple[int, dict]] = {}
    for each in map(parse_event, messages):
        version, data = each.data.version, each.data.model_dump(mode="json", exclude=HOW_IT_CAME_TO_BE)
        assert latest.get(each.subject, (0,))[0] != version, f"version {version} of {each.subject} was told twice"
        latest[each.subject] = max(latest.get(each.subject, (0, {})), (version, data), key=itemgetter(0))
    return {subject: data for subject, (_, data) in latest.items()}


def by_one_worker(day: list[AnyEvent]) -> dict[str | None, dict]:
    one = Service()
    one.take_in(*day, now=EVENING)
    while asked := one.published(TOUCHPOINTS.name):
        one.rows.change(delete(OUTGOING).where(OUTGOING.c.topic == TOUCHPOINTS.name))
        one.take_in(*asked, now=EVENING)
    return stands([event.to_json() for event in (*one.published(), *one.of_store())])


class Partition:
    """A worker with what it has to read."""

    def __init__(self, address, seed: int) -> None:
        self.worker, self.chance = Worker(address), random.Random(seed)  # noqa: S311

    def read(self, events: list[AnyEvent]) -> int:
        """Take in what there is, batch by batch, each again until it works. Returns how often it did not."""
        in_vain = 0
        while events:
            many = self.chance.randint(1, 9)
            batch, events = events[:many], events[many:]
            while True:
                try:
                    with self.worker.transaction():
                        self.worker.take_in(*batch, now=EVENING)
                        time.sleep(self.chance.uniform(0, 0.02))  # more of what meets meets before its commit
                except Unavailable:
                    in_vain += 1
                    self.worker.experience.forget()
                else:
                    break
        return in_vain


@pytest.mark.parametrize("seed", range(4))
def test_two_workers_come_to_what_one_comes_to(address, seed):
    day = a_day(seed)
    partitions = [Partition(address, seed * 2 + number) for number in range(2)]
    coming = day
    with ThreadPoolExecutor(2) as threads:
        while coming:
            shares = [[each for each in coming if zlib.crc32(each.key.encode()) % 2 == n] for n in range(2)]
            list(threads.map(lambda part, share: part.read(share), partitions, shares))
            with partitions[0].worker.transaction() as transaction:
                coming = [
                    parse_event(each.value) for _, each in transaction.unsent(10_000) if each.topic == TOUCHPOINTS.name
                ]
                transaction.rows.change(delete(OUTGOING).where(OUTGOING.c.topic == TOUCHPOINTS.name))
    with partitions[0].worker.transaction() as transaction:
        told = [each.value for _, each in transaction.unsent(10_000) if each.topic == EVALUATIONS.name]

    assert stands(told) == by_one_worker(day)
