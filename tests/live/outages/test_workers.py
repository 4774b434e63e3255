"""Two workers of one service share its work and its database, and one of them hangs, comes or goes."""

import sqlite3
import time
from contextlib import closing

import pytest

from tests.apache_kafka.broker import ApacheKafka
from tests.live.outages.stage import nothing_lost

pytestmark = [pytest.mark.anyio, pytest.mark.live]

EVENTS = 200
TAKEN_OVER_SECONDS = 45.0


async def test_a_worker_hangs_beyond_its_session_and_goes_on(play, tmp_path):
    async with ApacheKafka() as kafka, play(kafka.bootstrap_servers) as stage:
        _, worker = await stage.greeting_and_worker()
        other = await stage.start("experience", "experience-2")
        await other.until(ready=True)
        async with stage.traffic() as traffic:
            await traffic.more(EVENTS)
            pause_between_transactions(worker, tmp_path / "experience.db")
            since = time.monotonic()
            await stage.until_flowing(traffic, since=since, seconds=TAKEN_OVER_SECONDS)
            worker.resume()
            await traffic.more(2 * EVENTS)
            await worker.until(ready=True)
            await other.until(ready=True)

        nothing_lost(await stage.count(since=since))


async def test_a_second_worker_joins_and_leaves(play):
    async with ApacheKafka() as kafka, play(kafka.bootstrap_servers) as stage:
        _, worker = await stage.greeting_and_worker()
        async with stage.traffic() as traffic:
            await traffic.more(EVENTS)
            since = time.monotonic()
            other = await stage.start("experience", "experience-2")
            await other.until(ready=True)
            await stage.until_flowing(traffic, since=since)
            await traffic.more(EVENTS)
            left_at = time.monotonic()
            await other.end()
            await stage.until_flowing(traffic, since=left_at)
            await worker.until(ready=True)

        nothing_lost(await stage.count(since=since))
        stage.outcome.standstill_seconds = max(
            stage.outcome.standstill_seconds, stage.counting.standstill(stage.accepted, since=left_at)
        )


def pause_between_transactions(worker, database):
    """SQLite lets nobody else write while a worker hangs in the middle of a transaction: then it hangs for all."""
    worker.pause()
    while not can_be_written(database, within_seconds=0.5):  # the other worker may be writing at this moment
        worker.resume()
        # Paused at once again it would never come to the end of what it is writing.
        assert can_be_written(database, within_seconds=10.0)
        worker.pause()


def can_be_written(database, *, within_seconds):
    with closing(sqlite3.connect(database, timeout=within_seconds, isolation_level=None)) as connection:
        try:
            connection.execute("begin immediate")
        except sqlite3.OperationalError:
            return False
        connection.execute("rollback")
        return True
