"""A consumer that stands still is replaced by a new one, whatever the client says of itself; and only then.

Nothing of a client's goes on without end.
"""

import asyncio
import time
from collections.abc import Sequence

import pytest
from structlog.testing import capture_logs

from services.chassis import consuming as chassis_consuming
from services.chassis.bookkeeping import Record
from services.chassis.broker import create_topics
from services.chassis.settings import ProcessSettings
from services.chassis.store import Unavailable
from tests.apache_kafka.broker import ApacheKafka
from tests.brokers import need_apache_kafka
from tests.live.book import Book, Running, consuming, publish, until
from touchline_contracts import TOPICS

pytestmark = [pytest.mark.anyio, pytest.mark.live]

STALLED_SECONDS = 3.0
NOT_IN_THE_GROUP = -1
REPLACED = "the consumer has failed, a new one takes over"


@pytest.fixture(scope="module")
async def settings(broker) -> ProcessSettings:
    await create_topics(broker.settings, TOPICS)
    return broker.settings


async def reads_on(running: Running, book: Book, value: bytes) -> None:
    await publish(running.broker, [value])
    began = time.monotonic()
    await until(lambda: value in book.applied, 60)
    print(f"went on after {time.monotonic() - began:.1f} s")  # noqa: T201  # the figure, with -s


@pytest.mark.parametrize(("part", "task"), [("_fetcher", "_fetch_task"), ("_coordinator", "_coordination_task")])
async def test_a_client_whose_task_has_died_is_replaced(settings, part, task) -> None:
    book = Book()
    with capture_logs() as logs:
        async with consuming(settings, book, f"died{task}") as running:
            await reads_on(running, book, f"1{task}".encode())

            getattr(getattr(running.consumer.consumer, part), task).cancel()
            await until(lambda: running.restarts == 1, 5)
            await reads_on(running, book, f"2{task}".encode())
            await until(lambda: running.consumer.trouble is None)

            assert running.restarts == 1

    assert [each["event"] for each in logs].count(REPLACED) == 1
    assert [each["event"] for each in logs].count("the new consumer has taken over") == 1


async def test_a_partition_that_has_fallen_silent_is_noticed(settings) -> None:
    book = Book()
    async with consuming(settings, book, "silent", stalled_seconds=STALLED_SECONDS) as running:
        await reads_on(running, book, b"s1")

        # The client goes on with everything but asking for records: from outside nothing is wrong with it.
        running.consumer.consumer.pause(*running.consumer.consumer.assignment())
        await reads_on(running, book, b"s2")

        assert running.restarts == 1


async def test_a_client_whose_end_hangs_is_left_behind(settings) -> None:
    book = Book()
    async with consuming(settings, book, "hangs", stalled_seconds=STALLED_SECONDS) as running:
        await reads_on(running, book, b"h1")

        async def never() -> None:
            while True:
                try:
                    await asyncio.Event().wait()
                except asyncio.CancelledError:
                    if over.is_set():
                        raise

        over = asyncio.Event()
        stuck = running.consumer.consumer
        stuck._coordinator._coordination_task.cancel()  # noqa: SLF001  # wedged from the inside
        stuck._coordinator._coordination_task = asyncio.create_task(never())  # noqa: SLF001  # wedged from the inside
        try:
            stuck.pause(*stuck.assignment())
            await reads_on(running, book, b"h2")

            assert running.restarts == 1
            # With signs of life it would keep its place in the group, and its partitions, from the one that works.
            assert stuck._coordinator._heartbeat_task.done()  # noqa: SLF001  # what goes on can only be seen inside
            assert stuck._coordinator._commit_refresh_task.done()  # noqa: SLF001  # the same
            assert stuck._coordinator.generation == NOT_IN_THE_GROUP  # noqa: SLF001  # the same
        finally:
            over.set()
            stuck._coordinator._coordination_task.cancel()  # noqa: SLF001  # wedged from the inside


async def test_a_consumer_that_waits_for_the_store_is_left_alone(settings) -> None:
    book = Book()
    over = asyncio.Event()

    def full(_: Sequence[Record]) -> None:
        if not over.is_set():
            raise Unavailable("database or disk is full")

    book.before_apply = full
    # One at a time, so that more waits in Kafka than the client has in hand: from there it looks as if it stood still.
    async with consuming(settings, book, "full", stalled_seconds=STALLED_SECONDS, largest_batch=1) as running:
        await publish(running.broker, [b"f1", b"f2", b"f3"])
        await until(lambda: "database or disk is full" in (running.consumer.trouble or ""))
        waited_until = time.monotonic() + 2 * STALLED_SECONDS
        await until(lambda: time.monotonic() > waited_until)

        assert running.restarts == 0
        over.set()
        await until(lambda: b"f1" in book.applied)
        await until(lambda: running.consumer.trouble is None)
        assert running.restarts == 0


async def test_an_idle_consumer_is_left_alone(settings) -> None:
    book = Book()
    async with consuming(settings, book, "idle", stalled_seconds=STALLED_SECONDS) as running:
        await until(lambda: running.consumer.is_assigned)
        waited_until = time.monotonic() + 2 * STALLED_SECONDS
        await until(lambda: time.monotonic() > waited_until)

        assert running.restarts == 0


async def test_what_kafka_is_not_told_does_not_pile_up(missing, monkeypatch) -> None:
    monkeypatch.setattr(chassis_consuming, "WATCH_SECONDS", 0.1)
    monkeypatch.setattr(chassis_consuming, "COMMIT_SECONDS", 0.1)
    need_apache_kafka(missing)
    book = Book()
    async with ApacheKafka() as kafka:
        settings = ProcessSettings(kafka_bootstrap_servers=kafka.bootstrap_servers)
        await create_topics(settings, TOPICS)
        async with consuming(settings, book, "untold") as running:
            await reads_on(running, book, b"u1")
            await kafka.kill()
            running.consumer.next[next(iter(running.consumer.next))] += 1  # there is something to tell it
            most = 0
            waited_until = time.monotonic() + 2
            while time.monotonic() < waited_until:
                await asyncio.sleep(0.02)
                most = max(most, commits_under_way())
        await until(lambda: commits_under_way() == 0, 2)

    assert most <= 2  # one that was given up may yet be ending


def commits_under_way() -> int:
    """How many tasks are telling Kafka how far a consumer is; the client's own included."""
    return sum("commit" in getattr(each.get_coro(), "__qualname__", "") for each in asyncio.all_tasks())


async def test_it_measures_how_far_behind_it_is(settings) -> None:
    book = Book()
    behind = asyncio.Event()

    def wait(records: Sequence[Record]) -> None:
        if any(record.value == b"m1" for record in records) and not behind.is_set():
            raise Unavailable("locked")

    book.before_apply = wait
    async with consuming(settings, book, "measured") as running:
        await publish(running.broker, [b"m0"])
        await until(lambda: b"m0" in book.applied)
        await publish(running.broker, [b"m1", b"m2"])
        partition = next(str(partition) for partition, offset in book.offsets.items() if offset)

        def lag(unit: str) -> float:
            return running.sample(f"touchline_consumer_lag_{unit}", partition=partition) or 0

        await until(lambda: lag("messages") == 2)
        await until(lambda: lag("seconds") > 1)
        behind.set()
        await until(lambda: lag("messages") == 0)
        await until(lambda: lag("seconds") == 0)
        assert running.sample("touchline_consumer_assigned_partitions") == len(running.consumer.consumer.assignment())
        assert running.sample("touchline_consumer_rebalances_total", event="assigned") == 1
    assert running.sample("touchline_consumer_lag_messages", partition=partition) is None
    assert running.sample("touchline_consumer_assigned_partitions") == 0
