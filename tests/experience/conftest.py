"""What tests of several workers on one database share."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from services.chassis.database import engine_for
from services.chassis.migrating import upgrade
from services.experience.adapters.database import MIGRATIONS
from tests.experience.service import ELEVEN
from tests.experience.workers import Worker


@pytest.fixture
def address(postgresql):
    address = postgresql.database()
    engine = engine_for(address)
    upgrade(engine, MIGRATIONS, where="here")
    engine.dispose()
    return address


@pytest.fixture
def workers(address) -> Iterator[tuple[Worker, Worker]]:
    both = Worker(address), Worker(address)
    with both[0].transaction() as transaction:
        transaction.epoch(ELEVEN)  # else the first of them to do anything would keep the other waiting
    yield both
    for each in both:
        each.engine.dispose()


@pytest.fixture
def beside() -> Iterator[Callable[..., Future]]:
    """Does something in another thread."""
    with ThreadPoolExecutor(4) as threads:
        yield threads.submit
