"""Keeping the broker connected in the background, so that a process starts, and goes on, without Kafka."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Self

import structlog
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

CHECK_SECONDS = 5.0
"""While Kafka is there, it is asked this often whether it still is, so that an idle process is unready too."""
PING_SECONDS = 3.0
"""A Kafka that takes longer to say who it is counts as away."""
STOP_SECONDS = 4.0
"""How long disconnecting may take; without Kafka a producer would wait for ever to get rid of its messages."""

UNFIT_SECONDS = 30.0
"""The pause when Kafka answers but does not take us: somebody has to set it right, and each attempt costs Kafka a
connection that nobody closes, because FastStream forgets a producer that could not start."""

log = structlog.get_logger(__name__)


class UnfitBroker(ConnectionError):
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
        self._changed = asyncio.Condition()
        self._look_again = asyncio.Event()
        self._keeper: asyncio.Task[None] | None = None

    @property
    def up(self) -> bool:
        """Whether messages can be published, as far as is known."""
        return self._up is True

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
        if _fatal(error):
            self._started = not self._owned  # such a producer never recovers
        self._down(error)
        self._look_again.set()

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
                async with asyncio.timeout(self._attempt_seconds):
                    await self._look()
                pause_seconds = CHECK_SECONDS
            except Exception as error:  # noqa: BLE001 - whatever it is, the next attempt comes after a pause
                pause_seconds = UNFIT_SECONDS if isinstance(error, UnfitBroker) else self.pause_seconds
                self._down(error)
            with suppress(TimeoutError):
                async with asyncio.timeout(pause_seconds):
                    await self._look_again.wait()
                # Somebody has just failed to publish: looking at once would find the same.
                await asyncio.sleep(self.pause_seconds)

    async def _look(self) -> None:
        if self._started and not await self.broker.ping(timeout=PING_SECONDS):
            raise ConnectionError("no answer")
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

    async def _stop(self) -> None:
        try:
            async with asyncio.timeout(STOP_SECONDS):
                await self.broker.stop()
        except (TimeoutError, KafkaError, OSError) as error:
            log.warning("disconnected without waiting for Kafka", error=type(error).__name__)

    def _down(self, error: Exception) -> None:
        self._why = _in_words(error)
        if self._up is not False:
            log.warning("kafka is away", where=self.where, why=self._why)
        self._up = False


def _in_words(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "no answer in time"
    if isinstance(error, UnfitBroker) or type(error) is ConnectionError:
        return str(error)
    return f"{type(error).__name__}: {error}".removesuffix(": ")


def _fatal(error: Exception) -> bool:
    """Whether the producer itself is done for, and not just what it was asked to do."""
    if isinstance(error, MessageSizeTooLargeError | RecordListTooLargeError):
        return False
    return isinstance(error, IncorrectState) or (isinstance(error, KafkaError) and not error.retriable)
