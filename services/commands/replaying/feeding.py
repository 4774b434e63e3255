"""The sending half of a replay: the events of a history into Kafka, in order, each acknowledged."""

import asyncio
from collections.abc import Iterable
from contextlib import suppress
from itertools import islice
from typing import Protocol

from aiokafka.errors import KafkaError

from services.chassis.bounds import within
from services.chassis.broker import kafka_broker
from services.chassis.producing import Message, Producing
from services.chassis.settings import ProcessSettings, read_settings
from services.chassis.topics import make_sure
from services.commands.kafka_reading import let_the_client_be_silent, saying_where
from services.commands.replaying.history import History, UnreadableLine
from touchline_contracts import TOUCHPOINTS
from touchline_contracts.access import REPLAY

MESSAGES_AT_ONCE = 2000
ATTEMPTS = 3
"""How often Kafka is asked to take an event."""
PAUSE_SECONDS = 1.0
KAFKA_SECONDS = 10.0
"""How long connecting and disconnecting may take."""


class Onlooker(Protocol):
    """Is told how a replay is getting on."""

    def sent(self, events: int, history: History) -> None:
        """So many events have been acknowledged, and so much of the file has been read."""
        ...

    def unreadable(self, line: UnreadableLine) -> None:
        """A line cannot be sent."""
        ...

    def evaluated(self, journeys: int, of: int) -> None:
        """So many journeys have been evaluated with all of their events."""
        ...


class NotSent(Exception):
    """Kafka has not taken everything. What it has taken counts once, so the whole can simply be sent again."""


async def prepare(servers: str) -> None:
    """Make sure that Kafka answers and has the topics. Raises NoKafka."""
    let_the_client_be_silent()
    with saying_where(servers):
        await make_sure(_settings(servers), reads=REPLAY.reads, writes=REPLAY.writes)


async def feed(lines: Iterable[bytes], *, servers: str, onlooker: Onlooker) -> tuple[History, int]:
    """Send the events in `lines`; the history they make up, and how many were sent. Raises NotSent.

    Call `prepare` before.
    """
    broker = kafka_broker(_settings(servers), client="replay")
    await within(KAFKA_SECONDS, broker.start())
    try:
        producing = Producing(broker, TOUCHPOINTS.name)
        history, sent, told = History(), 0, 0
        messages = history.read(lines)
        while batch := list(islice(messages, MESSAGES_AT_ONCE)):
            await _send(producing, batch, sent)
            sent += len(batch)
            onlooker.sent(sent, history)
            for line in history.unreadable[told:]:
                onlooker.unreadable(line)
            told = len(history.unreadable)
        for line in history.unreadable[told:]:
            onlooker.unreadable(line)
        return history, sent
    finally:
        with suppress(TimeoutError, KafkaError, OSError):
            await within(KAFKA_SECONDS, broker.stop())


def _settings(servers: str) -> ProcessSettings:
    # A message that arrives twice does no harm, since events have identities: no need for idempotent producers, which
    # the embedded broker lacks.
    return read_settings(ProcessSettings).model_copy(
        update={"kafka_bootstrap_servers": servers, "kafka_idempotence": False}
    )


async def _send(producing: Producing, batch: list[Message], sent_before: int) -> None:
    for attempt in range(1, ATTEMPTS + 1):
        outcomes = await producing.publish(batch)
        failed = [(message, outcome) for message, outcome in zip(batch, outcomes, strict=True) if outcome is not None]
        if not failed:
            return
        if attempt < ATTEMPTS:
            batch = [message for message, _ in failed]
            await asyncio.sleep(PAUSE_SECONDS)
    why = failed[0][1]
    raise NotSent(
        f"Kafka has stopped taking events after about {sent_before:,} of them: {str(why) or type(why).__name__}. "
        "Run the same command again when it works: what has arrived counts once."
    )
