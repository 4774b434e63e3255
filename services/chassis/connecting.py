"""Keeping the broker connected in the background, so that a process starts, and goes on, without Kafka."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import Self

import structlog
from aiokafka import AIOKafkaProducer
from aiokafka.errors import (
    IncompatibleBrokerVersion,
    KafkaError,
    MessageSizeTooLargeError,
    RecordListTooLargeError,
    UnknownError,
    UnsupportedVersionError,
)
from faststream.exceptions import IncorrectState
from faststream.kafka import KafkaBroker

from services.chassis.bounds import within
from services.chassis.client_tasks import abandon_producer
from services.chassis.producing import NotAcknowledged
from services.chassis.reaching import PAUSE_SECONDS as REFUSED_SECONDS
from services.chassis.reaching import Refused, Unreachable, in_words

CHECK_SECONDS = 5.0
"""While Kafka is there, it is asked this often whether it still is, so that an idle process is unready too."""
PING_SECONDS = 3.0
"""A Kafka that takes longer to say who it is counts as away."""
STOP_SECONDS = 2.0
"""How long disconnecting may take; without Kafka a producer would wait for ever to get rid of its messages."""
SILENT_TIMES = 3
"""A producer that so often in a row has not acknowledged anything, while Kafka answers, is replaced."""
SILENT_WITHIN_SECONDS = 60.0
"""Failures further apart than this are not in a row."""

UNFIT_SECONDS = 30.0
"""The pause when Kafka answers but does not take us: somebody has to set it right, and each attempt costs Kafka a
connection that nobody closes, because FastStream forgets a producer that could not start."""

log = structlog.get_logger(__name__)


class UnfitBroker(Refused):
    """Kafka answers, but cannot do what we need of it."""


class Connection:
    """Connects a broker as soon as Kafka is there, and again after it was away. An asynchronous context manager."""

    def __init__(
        self,
        broker: KafkaBroker,
        *,
        where: str,
        prepare: Callable[[], Awaitable[None]],
        attempt_seconds: float,
        pause_seconds: float,
        owned: bool = True,
    ) -> None:
        """`prepare` runs whenever Kafka has become reachable, before anybody may publish: it makes sure of the topics.

        `where` names Kafka for people. A broker that is not `owned` is started and stopped by somebody else.
        """
        self.broker = broker
        self.where = where
        self.pause_seconds = pause_seconds
        self._prepare = prepare
        self._attempt_seconds = attempt_seconds
        self._owned = owned
        self._started = not owned
        self._up: bool | None = None
        self._why = "not tried yet"
        self._not_acknowledged = 0
        self._not_acknowledged_at = 0.0
        self._changed = asyncio.Condition()
        self._look_again = asyncio.Event()
        self._keeper: asyncio.Task[None] | None = None

    @property
    def up(self) -> bool:
        """Whether messages can be published, as far as is known."""
        return self._up is True

    def dead(self) -> Sequence[str]:
        """What has ended for good, in words; nothing: all is well."""
        return ["nobody looks after the connection to Kafka any more"] if self._keeper and self._keeper.done() else []

    @property
    def trouble(self) -> str | None:
        """What is wrong, for people; None when nothing is."""
        return None if self.up else f"Kafka at {self.where} cannot be used: {self._why}"

    async def wait_until_up(self) -> None:
        """Return once messages can be published."""
        async with self._changed:
            await self._changed.wait_for(lambda: self.up)

    def lost(self, error: Exception) -> None:
        """Say that publishing has failed: nobody publishes until Kafka has answered again."""
        # Many wait at the same time for a Kafka that is away: only the first that gives up counts.
        if _fatal(error) or (self.up and self._silent(error)):
            self._started = not self._owned  # such a producer never recovers
        self._down(error)
        self._look_again.set()

    def _silent(self, error: Exception) -> bool:
        """Whether the producer has fallen silent: Kafka answers us, but nothing that it sends is acknowledged."""
        now = time.monotonic()
        in_a_row = isinstance(error, NotAcknowledged) and now - self._not_acknowledged_at < SILENT_WITHIN_SECONDS
        self._not_acknowledged = self._not_acknowledged + 1 if in_a_row else 1
        self._not_acknowledged_at = now
        return in_a_row and self._not_acknowledged >= SILENT_TIMES

    async def __aenter__(self) -> Self:
        self._keeper = asyncio.create_task(self._keep())
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._keeper is not None:
            self._keeper.cancel()
            with suppress(asyncio.CancelledError):
                await self._keeper
        if self._owned:
            await self._stop()

    async def _keep(self) -> None:
        while True:
            self._look_again.clear()
            try:
                await within(self._attempt_seconds, self._look())
                pause_seconds = CHECK_SECONDS
            except Exception as error:  # noqa: BLE001 - whatever it is, the next attempt comes after a pause
                pause_seconds = self._pause_after(error)
                self._down(error)
            with suppress(TimeoutError):
                async with asyncio.timeout(pause_seconds):
                    await self._look_again.wait()
                # Somebody has just failed to publish: looking at once would find the same.
                await asyncio.sleep(self.pause_seconds)

    async def _look(self) -> None:
        if self._started and not await self._answers():
            self._down(Unreachable("no answer"))
            await self._prepare()  # which says why, if Kafka has a reason not to answer us
            if not await self._answers():
                self._started = not self._owned  # Kafka is well, and our clients are not: they are made anew
            raise Unreachable("no answer")
        if self.up:
            return
        await self._prepare()
        if not self._started:
            await self._stop()
            try:
                await self.broker.start()
            except (UnknownError, UnsupportedVersionError, IncompatibleBrokerVersion) as error:
                raise UnfitBroker(
                    f"it refuses our producer, {type(error).__name__}; "
                    "a broker without idempotent producers needs TOUCHLINE_KAFKA_IDEMPOTENCE=false"
                ) from error
            self._started = True
        self._up = True
        log.info("kafka is there", where=self.where)
        async with self._changed:
            self._changed.notify_all()

    async def _answers(self) -> bool:
        # Twice bounded: the ping's own bound is a cancellation, which the client need not heed.
        return await within(PING_SECONDS + 1, self.broker.ping(timeout=PING_SECONDS))

    async def _stop(self) -> None:
        producer = self._producer()
        try:
            await within(STOP_SECONDS, self.broker.stop())
        except Exception as error:  # noqa: BLE001  # whatever it is, the client has to go
            log.warning("disconnected without waiting for Kafka", error=type(error).__name__)
            if producer is not None:
                await abandon_producer(producer)
            self.broker._connection = None  # noqa: SLF001  # else FastStream believes that it is connected still

    def _producer(self) -> AIOKafkaProducer | None:
        # What FastStream sends with. It forgets it when it is told to stop, also when that does not work.
        state = getattr(getattr(getattr(self.broker, "config", None), "producer", None), "_producer", None)
        return getattr(state, "producer", None) if state else None

    def _pause_after(self, error: Exception) -> float:
        if isinstance(error, UnfitBroker):
            return UNFIT_SECONDS
        return max(self.pause_seconds, REFUSED_SECONDS) if isinstance(error, Refused) else self.pause_seconds

    def _down(self, error: Exception) -> None:
        why = in_words(error)
        # A refusal is said also when Kafka was away before: somebody has to put it right.
        if self._up is not False or (isinstance(error, Refused) and why != self._why):
            log.warning("kafka is away", where=self.where, why=why)
        self._why, self._up = why, False


def _fatal(error: Exception) -> bool:
    """Whether the producer itself is done for, and not just what it was asked to do."""
    if isinstance(error, MessageSizeTooLargeError | RecordListTooLargeError):
        return False
    return isinstance(error, IncorrectState) or (isinstance(error, KafkaError) and not error.retriable)
