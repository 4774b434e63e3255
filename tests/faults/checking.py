"""The checker: it has the senders' ledger, and works out by itself what must have come of it.

It knows the plain reference of tests/experience/reference, and nothing of the code that it checks.
"""

import json
import time
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from math import isclose
from multiprocessing import get_context
from typing import Any, NamedTuple, Self

from aiokafka import AIOKafkaConsumer, TopicPartition

from tests.experience.reference.journeys import Reference, Told
from tests.faults.ground import Ground
from touchline_contracts import AnyEvent, Topic

STUCK_SECONDS = 60.0
"""So long nothing more may come of a topic before its end."""
JOURNEYS_IN_A_CHUNK = 500
PROCESSES = 2


class Message(NamedTuple):
    """A message as Kafka has it."""

    at: datetime
    """When it was written."""
    event: dict[str, Any]

    @property
    def place(self) -> tuple[int, int]:
        """Readers go by the latest: of the latest life of the database the highest version."""
        return self.event["data"].get("epoch", 0), self.event["data"]["version"]


class TopicReader:
    """Reads a topic to its end, again and again. An asynchronous context manager."""

    def __init__(self, ground: Ground, topic: Topic) -> None:
        self._topic = topic
        self._consumer = AIOKafkaConsumer(bootstrap_servers=ground.servers, auto_offset_reset="earliest")

    async def __aenter__(self) -> Self:
        await self._consumer.start()
        self._places = [TopicPartition(self._topic.name, number) for number in range(self._topic.partitions)]
        self._consumer.assign(self._places)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._consumer.stop()

    async def skip(self) -> None:
        """Go to where it ends now."""
        for place, end in (await self._consumer.end_offsets(self._places)).items():
            self._consumer.seek(place, end)

    async def rest(self) -> list[Message]:
        """The events from where it stands to the end."""
        return [
            Message(datetime.fromtimestamp(each.timestamp / 1000, UTC), json.loads(each.value))
            async for each in self._rest()
            if each.value
        ]

    async def evaluations(self, store: str, before: "Evaluations | None" = None) -> "Evaluations":
        """What is told of a store's journeys from where it stands to the end; of millions only what counts is held.

        `before`: what was read earlier, to go on with.
        """
        found = before or Evaluations()
        async for each in self._rest():
            if each.value:
                found.add(each.value, store)
        return found

    async def rest_as_bytes(self) -> list[tuple[bytes | None, bytes | None]]:
        """Key and value of all that there is from where it stands to the end."""
        return [(each.key, each.value) async for each in self._rest()]

    async def _rest(self) -> AsyncIterator[Any]:
        ends = await self._consumer.end_offsets(self._places)
        came_at = time.monotonic()
        while any([await self._consumer.position(place) < end for place, end in ends.items()]):
            assert time.monotonic() < came_at + STUCK_SECONDS, f"{self._topic.name} cannot be read to its end"
            for records in (await self._consumer.getmany(timeout_ms=500)).values():
                came_at = time.monotonic()
                for each in records:
                    yield each


@dataclass
class Evaluations:
    """What was told of the journeys of a store, as far as it counts in the end."""

    last: dict[str, tuple[tuple[int, int], bytes]] = field(default_factory=dict)
    """By journey, the latest evaluation as Kafka has it, and its place."""
    asked: set[tuple[str, str]] = field(default_factory=set)
    """Journey and line: somebody was asked for."""

    def __len__(self) -> int:
        return len(self.last)

    def add(self, value: bytes, store: str) -> None:
        """One more message."""
        event = json.loads(value)
        journey = event.get("subject")
        if journey is None or event["store"] != store:
            return
        data = event["data"]
        place = (data.get("epoch", 0), data["version"])
        if journey not in self.last or place >= self.last[journey][0]:
            self.last[journey] = place, value
        self.asked.update((journey, each["line"]) for each in data["attention"])

    def data(self, journey: str) -> dict[str, Any]:
        """What was told of a journey last."""
        return dict(json.loads(self.last[journey][1])["data"])


def journeys(messages: Iterable[Message], store: str) -> dict[str, list[Message]]:
    """The evaluations of each journey of a store, in the order in which they were written."""
    found: dict[str, list[Message]] = defaultdict(list)
    for each in messages:
        if each.event.get("subject") and each.event["store"] == store:
            found[each.event["subject"]].append(each)
    return found


def lost_and_doubled(ground: Ground, store: str, accepted: Mapping[str, AnyEvent]) -> tuple[int, int]:
    """How many accepted events are not kept, and how many are kept twice or counted more often in their journey."""
    kept = Counter(row[0] for row in ground.rows("experience", f"select id from events where store = '{store}'"))
    lost = sum(1 for each in accepted if not kept[each])
    counted = dict(ground.rows("experience", f"select journey, events from journeys where store = '{store}'"))
    right = Counter(each.subject for each in accepted.values() if each.subject)
    doubled = sum(count - 1 for count in kept.values())
    doubled += sum(max(counted.get(journey, 0) - count, 0) for journey, count in right.items())
    return lost, doubled


def wrongly_told(told: Evaluations, accepted: Iterable[AnyEvent]) -> list[str]:
    """The journeys whose last evaluation is not the one of all their events by the reference, each with why."""
    own: dict[str, list[Told]] = defaultdict(list)
    for each in accepted:
        if each.subject:
            own[each.subject].append(Told(each.id, each.kind.name, each.happened_at, each.subject, vars(each.data)))
    cases = [(name, told.last[name][1], events) for name, events in own.items() if name in told.last]
    found = [f"{name}: nothing was told" for name in own if name not in told.last]
    if len(cases) <= JOURNEYS_IN_A_CHUNK:
        return found + _wrong(cases)
    with ProcessPoolExecutor(PROCESSES, mp_context=get_context("spawn")) as processes:
        chunks = [cases[first : first + JOURNEYS_IN_A_CHUNK] for first in range(0, len(cases), JOURNEYS_IN_A_CHUNK)]
        return found + [why for chunk in processes.map(_wrong, chunks) for why in chunk]


def _wrong(cases: Sequence[tuple[str, bytes, list[Told]]]) -> list[str]:
    return [
        f"{journey}: {why}"
        for journey, value, events in cases
        if (why := _differs(json.loads(value)["data"], journey, events))
    ]


def _differs(data: Mapping[str, Any], journey: str, events: list[Told]) -> str:
    if data["events"] != len(events):
        return f"{data['events']} events, not {len(events)}"
    reference = Reference()
    for each in events:
        reference.hear(each)
    stands = reference.stands(journey, datetime.fromisoformat(data["as_of"]), record=None)
    right = sum(stands.parts.values())
    got = sum(line["contribution"] for line in data["lines"])
    if not isclose(right, got, rel_tol=1e-6, abs_tol=1e-9):
        return f"V = {got:.6f}, not {right:.6f}"
    told = {line["line"]: line["state"] for line in data["lines"]}
    wrong = {
        row.name: told.get(row.name)
        for row in stands.rows
        if row.state and told.get(row.name) not in (_OPEN if row.state == "open" else {row.state})
    }
    return f"promises {wrong}" if wrong else ""


_OPEN = {"made", "confirmed", "declined"}


class Notified(NamedTuple):
    """What became of the incidents: how many there were, and what went wrong with telling them."""

    incidents: int
    undelivered: int
    """Steps of alerts that nobody was told of."""
    strangers: int
    """Deliveries under an id that is none of an alert's steps: a second id for what was told already."""
    repeats: int
    """Deliveries beyond the first under their id."""


def notified(ground: Ground, told: Evaluations, store: str) -> Notified:
    """Compare the evaluations that asked for somebody with what the phone was told."""
    alerts = ground.rows("alerts", f"select journey, line, alert_id, steps from alerts where store = '{store}'")
    opened = {(journey, line) for journey, line, *_ in alerts}
    steps = {f"{alert}:{step}:webhook" for *_, alert, count in alerts for step in range(1, count + 1)}
    ids = [each.id for each in ground.phone.received if each.data.get("store") == store]
    return Notified(
        incidents=len(opened),
        undelivered=len(told.asked - opened) + len(steps - set(ids)),
        strangers=len(set(ids) - steps),
        repeats=len(ids) - len(set(ids)),
    )
