"""A durable consumer: reads one topic into the store for as long as the process runs, whatever becomes of Kafka.

The client gives up silently in a dozen ways. So it is watched, and replaced by a new one when it stands still.
"""

import asyncio
import time
from collections.abc import Callable, Coroutine, Mapping, Sequence
from contextlib import suppress
from typing import Any

import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import IllegalStateError
from prometheus_client import CollectorRegistry

from services.chassis.bounds import within
from services.chassis.client_tasks import commit_once, ended_tasks, stop_consumer
from services.chassis.connecting import Connection
from services.chassis.consumer_metrics import ConsumerMetrics
from services.chassis.lag import Lag
from services.chassis.progress import Progress, Seen
from services.chassis.reaching import in_words
from services.chassis.reading import Reading
from services.chassis.store import TRANSIENT, Store
from services.chassis.topic_identity import NoSuchTopic

__all__ = ["TRANSIENT", "DurableConsumer"]


LARGEST_BATCH = 5_000
"""Records in one transaction when there is a backlog: the more, the cheaper each; about a third of a second's work."""
FETCH_BYTES_PER_PARTITION = 2 << 20
"""Enough for a full batch of usual events out of one answer of Kafka's."""
FETCH_BYTES = 16 << 20
FETCH_MILLISECONDS = 100
"""How long Kafka may wait for more: the client asks for a partition only with the next fetch when a batch was long."""
METADATA_MILLISECONDS = 10_000
"""New partitions, and a topic that was made anew, are noticed by the client after this long."""

START_SECONDS = 30.0
"""How long a new consumer may take to connect; joining the group comes after that."""
STOP_SECONDS = 1.5
"""How long a consumer may take to leave its group; what was applied is durable either way."""
LAST_BATCH_SECONDS = 1.5
"""How long a batch that is being applied at the end may take; what is not applied is read again at the next start."""
COMMIT_SECONDS = 5.0
"""Bound on telling Kafka how far we are."""
LONGEST_COMMIT_PAUSE_SECONDS = 60.0
"""A Kafka that does not take it is told again after longer and longer: each time the client logs an error."""

WATCH_SECONDS = 1.0
IDENTIFY_SECONDS = 5.0
"""How often to ask whether it is still the same topic."""
SESSION_SECONDS = 10.0
"""After so long without a sign of life Kafka gives our partitions to others."""
STALLED_SECONDS = 60.0
LONGEST_PATIENCE_SECONDS = 600.0
"""A new consumer that stands still as well is given longer and longer, so that a group is not kept from its work."""
PAUSE_SECONDS = 1.0
"""Between two consumers."""


class MadeAnew(Exception):
    """The topic is another one than the consumer knows."""


class StandsStill(Exception):
    """A consumer does not go on although it could."""


class DurableConsumer:
    """Feeds one topic to a store, batch by batch, in step with it. Run it; it ends only when it is cancelled."""

    def __init__(
        self,
        *,
        topic: str,
        group: str,
        store: Store,
        largest_batch: int = LARGEST_BATCH,
        stalled_seconds: float = STALLED_SECONDS,
        session_seconds: float = SESSION_SECONDS,
        let_in: Callable[[], Mapping[str, Any]] = dict,
        metrics: ConsumerMetrics | None = None,
    ) -> None:
        """After `stalled_seconds` without progress a new consumer takes over.

        `let_in`: what a new consumer says to be let in, as it is at that moment: a password may have changed.
        """
        self.topic = topic
        self.group = group
        self._store, self._largest_batch, self._stalled_seconds = store, largest_batch, stalled_seconds
        self._metrics = metrics or ConsumerMetrics(CollectorRegistry())
        self._metrics.begin(group, topic)
        self._patience_seconds = stalled_seconds
        self._session_milliseconds = int(session_seconds * 1000)
        self._let_in = let_in
        self.caught_up = asyncio.Event()
        """Once since the start, everything there was has been read."""
        self._reading: Reading | None = None
        self._no_topic: str | None = None
        self._failure: str | None = None
        self._log = structlog.get_logger().bind(topic=topic, group=group)

    @property
    def consumer(self) -> AIOKafkaConsumer | None:
        """The client's consumer that is at work; None: there is none at the moment."""
        return None if self._reading is None else self._reading.consumer

    @property
    def next(self) -> Mapping[int, int]:
        """By assigned partition, the offset to apply next."""
        return {} if self._reading is None else self._reading.next

    @property
    def is_assigned(self) -> bool:
        """Whether we have our place in the group and stand where the store does. It may be one with no partitions."""
        return self._reading is not None and self._reading.assigned.is_set()

    @property
    def trouble(self) -> str | None:
        """What keeps us from reading, for people; None: nothing does."""
        reading = self._reading
        if self._failure is not None:
            return self._failure
        if self._no_topic is not None:
            return self._no_topic
        if reading is not None and reading.outdated:
            return f"the topic {self.topic} was made anew"
        if reading is not None and reading.trouble is not None:
            return reading.trouble
        return None if self.is_assigned else "no partitions are assigned yet"

    @property
    def stopped(self) -> Sequence[str]:
        """Which of our partitions stand still because too much of them would be set aside, for people."""
        return [] if self._reading is None else self._store.limit.in_words(self._reading.stopped)

    async def run(self, connection: Connection) -> None:
        """Read until cancelled; what was being applied then is finished first, within bounds."""
        while True:
            await connection.wait_until_up()
            try:
                await self._with_a_new_consumer(connection)
            except MadeAnew:
                pass  # said where the offsets of the new one are looked for
            except Exception as error:  # noqa: BLE001  # whatever it is: a new consumer may do better
                self._replace(error)
            await asyncio.sleep(PAUSE_SECONDS)

    def _replace(self, error: Exception) -> None:
        why = str(error) if isinstance(error, StandsStill) else in_words(error)
        if self._failure is None:
            self._log.error("the consumer has failed, a new one takes over", why=why)
        self._failure = f"the consumer has failed, a new one takes over: {why}"
        self._metrics.restarted(self.group, self.topic)

    async def _with_a_new_consumer(self, connection: Connection) -> None:
        build = await connection.broker.connect()
        consumer = build(
            group_id=self.group,
            enable_auto_commit=False,
            auto_offset_reset="none",  # where to go on is ours to decide
            metadata_max_age_ms=METADATA_MILLISECONDS,
            max_partition_fetch_bytes=FETCH_BYTES_PER_PARTITION,
            fetch_max_bytes=FETCH_BYTES,
            fetch_max_wait_ms=FETCH_MILLISECONDS,
            session_timeout_ms=self._session_milliseconds,
            heartbeat_interval_ms=self._session_milliseconds // 3,
            **self._let_in(),
        )
        reading = Reading(
            consumer,
            topic=self.topic,
            store=self._store,
            largest_batch=self._largest_batch,
            caught_up=self.caught_up.set,
            rebalanced=lambda event: self._metrics.rebalanced(self.group, self.topic, event),
        )
        consumer.subscribe([self.topic], listener=reading)
        tasks: list[asyncio.Task[None]] = []
        try:
            await within(START_SECONDS, consumer.start())
            self._reading = reading
            works: list[Coroutine[Any, Any, None]] = [
                reading.run(), self._watch(reading, connection), self._tell_kafka(reading), self._identify(reading)
            ]  # fmt: skip
            tasks = [asyncio.create_task(work) for work in works]
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            if reading.outdated:
                raise MadeAnew
            for task in done:
                if task.cancelled():  # none of ours cancels it: the client hands on the end of its own tasks
                    raise StandsStill("the client has ended its own work")
                task.result()
            raise StandsStill("the reading has ended")
        finally:
            await self._end(reading, tasks)

    async def _end(self, reading: Reading, tasks: list[asyncio.Task[None]]) -> None:
        reading.end()
        if tasks and reading.writing:
            await asyncio.wait({tasks[0]}, timeout=LAST_BATCH_SECONDS)
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks, timeout=PAUSE_SECONDS)
        self._reading = None
        self._metrics.assigned(self.group, self.topic, ())
        self._metrics.stopped(self.group, self.topic, 0)
        await stop_consumer(reading.consumer, STOP_SECONDS)

    async def _watch(self, reading: Reading, connection: Connection) -> None:
        """Raise StandsStill when the consumer does not go on although it could; tell how far behind it is."""
        began = time.monotonic()
        progress = Progress(self._patience_seconds, began)
        lag = Lag()
        while True:
            await asyncio.sleep(WATCH_SECONDS)
            if reading.outdated:
                return
            ended = ended_tasks(reading.consumer)
            if ended:
                raise StandsStill(f"the client has stopped {' and '.join(ended)}")
            seen = await self._look(reading)
            self._metrics.lag(
                self.group, self.topic, lag.measured(seen or {}, reading.next, reading.last_timestamps, time.time())
            )
            stopped = reading.stopped
            self._metrics.stopped(self.group, self.topic, len(stopped))
            if not connection.up or reading.held_by_store or self._no_topic is not None:
                progress.excuse(time.monotonic())
            # What was stopped stands still because it has to.
            moving = seen and {partition: each for partition, each in seen.items() if partition not in stopped}
            why = progress.stands_still(moving, time.monotonic())
            if why is not None:
                self._patience_seconds = min(self._patience_seconds * 2, LONGEST_PATIENCE_SECONDS)
                raise StandsStill(why)
            if reading.assigned.is_set():
                self._say_it_goes_on()
            if time.monotonic() - began > 2 * self._patience_seconds:
                self._patience_seconds = self._stalled_seconds

    def _say_it_goes_on(self) -> None:
        if self._failure is not None:
            self._log.info("the new consumer has taken over")
        self._failure = None

    async def _look(self, reading: Reading) -> dict[int, Seen] | None:
        if not reading.assigned.is_set():
            return None
        seen = {}
        for partition in list(reading.next):
            place = TopicPartition(self.topic, partition)
            if place in reading.consumer.assignment():
                # The client's position, not ours: it goes on over what a log holds beside records.
                with suppress(TimeoutError, IllegalStateError):  # a rebalance may have taken it meanwhile
                    position = await within(WATCH_SECONDS, reading.consumer.position(place))
                    end, told_at = reading.consumer.highwater(place), reading.consumer.last_poll_timestamp(place)
                    seen[partition] = Seen(position, end, told_at)
        return seen

    async def _identify(self, reading: Reading) -> None:
        """Notice a topic that was made anew, or is gone."""
        while True:
            await asyncio.sleep(IDENTIFY_SECONDS)
            try:
                await reading.look_which_topic()
            except NoSuchTopic as error:
                if self._no_topic is None:
                    self._log.error("the topic is gone, waiting for it")
                self._no_topic = str(error)
            except Exception as error:  # noqa: BLE001  # the next look comes soon, and who is away is said elsewhere
                self._log.debug("kafka does not say which topic it is", error=repr(error))
            else:
                if self._no_topic is not None:
                    self._log.info("the topic is there again")
                self._no_topic = None

    async def _tell_kafka(self, reading: Reading) -> None:
        """Tell Kafka how far we are, for those who watch lag there; nothing depends on it."""
        told: dict[int, int] = {}
        pause = WATCH_SECONDS
        while True:
            await asyncio.sleep(pause)
            now = dict(reading.next)
            if not reading.assigned.is_set() or not now or now == told:
                continue
            places = {TopicPartition(self.topic, each): at for each, at in now.items()}
            try:
                await within(COMMIT_SECONDS, commit_once(reading.consumer, places))
            except Exception as error:  # noqa: BLE001  # that Kafka is away, or the topic gone, is said elsewhere
                self._log.debug("kafka does not take our offsets", error=repr(error))
                pause = min(2 * pause, LONGEST_COMMIT_PAUSE_SECONDS)
            else:
                told, pause = now, WATCH_SECONDS
