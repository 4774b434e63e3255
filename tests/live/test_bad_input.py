"""Whatever is written straight into Kafka: what cannot be read is set aside with its bytes, and all else goes on."""

import json
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from services.commands.whole import Whole
from touchline_contracts import DEAD_LETTERS, TOUCHPOINTS, new_event
from touchline_contracts.concepts import ConceptPublished
from touchline_contracts.greeting import CustomerArrived, CustomerLeft

pytestmark = [pytest.mark.anyio, pytest.mark.live]

NOON = datetime(2026, 3, 7, 12, 0, tzinfo=UTC)
WITHIN_SECONDS = 30.0
GOOD = new_event(CustomerArrived(channel="door"), id="good", source="/door", store="riga-1", subject="visit", time=NOON)


def changed(**attributes: Any) -> bytes:
    return json.dumps({**json.loads(GOOD.to_json()), **attributes}).encode()


KEY = b"riga-1/visit"
BAD: dict[str, tuple[bytes | None, bytes | None, str]] = {
    "not JSON": (KEY, b"good morning", "unreadable"),
    "not UTF-8": (KEY, b'{"id": "\xff\xfe"}', "unreadable"),
    "nothing": (KEY, b"", "unreadable"),
    "a tombstone": (KEY, None, "unreadable"),
    "no key": (None, changed(id="no-key"), "no_key"),
    "another journey's key": (b"riga-1/other", changed(id="wrong-key"), "wrong_key"),
    "a key that is not UTF-8": (b"\xff", changed(id="odd-key"), "wrong_key"),
    "a date without a zone": (KEY, changed(id="zone", time="2026-03-07T12:00:00"), "unreadable"),
    "the year 1": (KEY, changed(id="year-1", time="0001-01-01T00:00:00Z"), "unreadable"),
    "the year 9999": (KEY, changed(id="year-9999", time="9999-12-31T23:59:59Z"), "unreadable"),
    "a number beyond all numbers": (KEY, b'{"id": 1e999}', "unreadable"),
    "not a number": (KEY, b'{"id": NaN}', "unreadable"),
    "half a surrogate": (KEY, b'{"id": "\\ud800"}', "unreadable"),
    "a null character": (KEY, changed(id="a\u0000b"), "unreadable"),
    "ten thousand brackets": (KEY, b"[" * 10_000 + b"]" * 10_000, "unreadable"),
    "900 kB": (KEY, b'{"id": "' + b"x" * 900_000 + b'"}', "unreadable"),
    "a list": (KEY, b"[1, 2, 3]", "unreadable"),
    "wrong types": (KEY, changed(id="types", data={"channel": 7}), "unreadable"),
    "a concept that is none": (
        b"riga-1",
        new_event(
            ConceptPublished(concept={"a": 1}, version=1), id="concept", source="/office", store="riga-1", time=NOON
        ).to_json(),
        "cannot_be_handled",
    ),
}  # fmt: skip


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
        for number, (key, value, _) in enumerate(BAD.values()):
            await producer.send_and_wait(TOUCHPOINTS.name, value, key=key)
            await producer.send_and_wait(TOUCHPOINTS.name, changed(id=f"good-{number}"), key=KEY)
    finally:
        await producer.stop()
    letters = await dead_letters(servers, len(BAD))
    await services.post(GOOD)

    expected = [(key, value, reason) for key, value, reason in BAD.values()]
    came = [(key, value, headers["touchline-reason"]) for key, value, headers in letters]
    assert sorted(came, key=repr) == sorted(expected, key=repr)
    assert services.watcher.evaluations["riga-1", "visit"].data.events == len(BAD) + 1


async def test_a_dead_letter_says_where_it_came_from(services: Whole) -> None:
    for _, _, headers in await dead_letters(services.bootstrap_servers, len(BAD)):
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
