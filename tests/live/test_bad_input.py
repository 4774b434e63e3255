"""Whatever is written straight into Kafka: what cannot be read is set aside with its bytes, and all else goes on."""

import time
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from services.commands.whole import Whole
from tests.hostile import GOOD, HOSTILE, KEY, NOON, changed
from touchline_contracts import DEAD_LETTERS, TOUCHPOINTS, new_event
from touchline_contracts.greeting import CustomerArrived, CustomerLeft

pytestmark = [pytest.mark.anyio, pytest.mark.live]

WITHIN_SECONDS = 30.0


@pytest.fixture(scope="module")
async def services(broker, tmp_path_factory) -> AsyncIterator[Whole]:
    directory = tmp_path_factory.mktemp("services")
    async with Whole(
        broker.bootstrap_servers, idempotence=broker.idempotence, directory=directory, start=NOON
    ) as services:
        yield services


async def dead_letters(servers: str, count: int) -> list[tuple[bytes | None, bytes | None, dict[str, str]]]:
    consumer = AIOKafkaConsumer(bootstrap_servers=servers, auto_offset_reset="earliest")
    await consumer.start()
    place = TopicPartition(DEAD_LETTERS.name, 0)
    consumer.assign([place])
    letters: list[tuple[bytes | None, bytes | None, dict[str, str]]] = []
    try:
        until = time.monotonic() + WITHIN_SECONDS
        while len(letters) < count:
            assert time.monotonic() < until, f"only {len(letters)} of {count} dead letters came"
            letters += [
                (record.key, record.value, {name: text.decode() for name, text in record.headers})
                for records in (await consumer.getmany(timeout_ms=100)).values()
                for record in records
            ]
    finally:
        await consumer.stop()
    return letters


async def test_everything_bad_is_set_aside_with_its_bytes_and_everything_good_is_counted(services: Whole) -> None:
    servers = services.bootstrap_servers
    producer = AIOKafkaProducer(bootstrap_servers=servers, max_request_size=2_000_000)
    await producer.start()
    try:
        for number, (key, value, _) in enumerate(HOSTILE.values()):
            await producer.send_and_wait(TOUCHPOINTS.name, value, key=key)
            await producer.send_and_wait(TOUCHPOINTS.name, changed(id=f"good-{number}"), key=KEY)
    finally:
        await producer.stop()
    letters = await dead_letters(servers, len(HOSTILE))
    await services.post(GOOD)

    expected = [(key, value, reason) for key, value, reason in HOSTILE.values()]
    came = [(key, value, headers["touchline-reason"]) for key, value, headers in letters]
    assert sorted(came, key=repr) == sorted(expected, key=repr)
    assert services.watcher.evaluations["riga-1", "visit"].data.events == len(HOSTILE) + 1


async def test_a_dead_letter_says_where_it_came_from(services: Whole) -> None:
    for _, _, headers in await dead_letters(services.bootstrap_servers, len(HOSTILE)):
        assert headers["touchline-topic"] == TOUCHPOINTS.name
        assert int(headers["touchline-partition"]) >= 0
        assert int(headers["touchline-offset"]) >= 0
        assert headers["touchline-detail"]


async def test_an_event_for_a_closed_journey_is_counted_and_marked_late(services: Whole) -> None:
    arrived, left = (
        new_event(data, id=name, source="/door", store="riga-1", subject="closed", time=services.clock.now())
        for name, data in (("came", CustomerArrived(channel="door")), ("left", CustomerLeft(outcome="served")))
    )
    await services.post(left)
    await services.turn_to(services.clock.now() + timedelta(hours=2))
    assert services.watcher.evaluations["riga-1", "closed"].data.journey_state == "closed"

    await services.post(arrived)

    evaluation = services.watcher.evaluations["riga-1", "closed"].data
    assert (evaluation.events, evaluation.late_events) == (2, 1)
