"""`touchline dead-letters resend`: back to the topic it came from, what can be read by now."""

from collections.abc import Iterable
from contextlib import suppress
from typing import NamedTuple

from aiokafka.errors import KafkaError

from services.chassis.bounds import within
from services.chassis.broker import kafka_broker
from services.chassis.producing import Message, Producing
from services.chassis.settings import ProcessSettings, read_settings
from services.chassis.topics import make_sure
from services.commands.kafka_reading import saying_where
from services.commands.letters import Letter
from services.commands.safe_text import on_one_line
from touchline_contracts import parse_event
from touchline_contracts.access import DEAD_LETTER_RESENDER

KAFKA_SECONDS = 10.0
"""How long connecting and disconnecting may take."""
TOPICS = {topic.name: topic for topic in DEAD_LETTER_RESENDER.writes}
"""Where dead letters come from."""


class Resent(NamedTuple):
    """What became of a letter."""

    letter: Letter
    sent: bool
    words: str


def to_be_sent(letter: Letter, body: bytes | None, *, force: bool) -> tuple[str, Message] | str:
    """Where a letter goes, and the message; or in words why it is not sent.

    Under the key that its event asks for: a wrong one may be what it was set aside for. `body` takes the place of its
    bytes. What would only be set aside again is not sent, unless `force`, and then under the key that it came with.
    """
    if letter.topic not in TOPICS:
        return f"it says that it came from {on_one_line(letter.topic)}, which nobody of us reads"
    value = letter.value if body is None else body
    try:
        event = parse_event(value or b"")
    except ValueError as error:
        if force:
            return letter.topic, Message(letter.key, value)
        why = on_one_line(str(error).splitlines()[0])
        return f"it still cannot be read ({why}); mend it with --body FILE, or send it as it is with --force"
    kind = event.kind
    if kind is not None and kind.topic.name != letter.topic and not force:
        return f"{event.type} does not belong into {letter.topic}"
    return letter.topic, Message(event.key.encode(), value)


async def resend(letters: Iterable[Letter], servers: str, *, body: bytes | None, force: bool) -> list[Resent]:
    """Send letters back, in their order. Raises NoKafka when it is not there.

    To send one again is harmless: an event counts once.
    """
    planned = [(letter, to_be_sent(letter, body, force=force)) for letter in letters]
    outcomes: dict[int, str | None] = {}
    by_topic: dict[str, list[tuple[int, Message]]] = {}
    for letter, plan in planned:
        if not isinstance(plan, str):
            by_topic.setdefault(plan[0], []).append((letter.number, plan[1]))
    if by_topic:
        # What arrives twice does no harm, and the embedded broker has no idempotent producers.
        settings = read_settings(ProcessSettings).model_copy(
            update={"kafka_bootstrap_servers": servers, "kafka_idempotence": False}
        )
        broker = kafka_broker(settings, client="dead-letters")
        with saying_where(servers):
            await make_sure(settings, reads=(), writes=[TOPICS[name] for name in by_topic])
            await within(KAFKA_SECONDS, broker.start())
        try:
            for topic, messages in by_topic.items():
                told = await Producing(broker, topic).publish([message for _, message in messages])
                for (number, _), error in zip(messages, told, strict=True):
                    outcomes[number] = None if error is None else str(error) or type(error).__name__
        finally:
            with suppress(TimeoutError, KafkaError, OSError):
                await within(KAFKA_SECONDS, broker.stop())
    return [_outcome(letter, plan, outcomes.get(letter.number)) for letter, plan in planned]


def _outcome(letter: Letter, plan: tuple[str, Message] | str, error: str | None) -> Resent:
    if isinstance(plan, str):
        return Resent(letter, sent=False, words=f"not sent: {plan}")
    if error is not None:
        return Resent(letter, sent=False, words=f"not sent: {error}; send it again, it counts once")
    key = (plan[1].key or b"").decode(errors="backslashreplace")
    return Resent(letter, sent=True, words=f"sent to {plan[0]} under {on_one_line(key) or 'no key'}")
