"""The broker of a live test: each test that asks for it runs on the embedded broker and on Apache Kafka."""

from collections.abc import AsyncIterator

import pytest

from tests.brokers import BOTH, Broker, need_apache_kafka, running


@pytest.fixture(scope="module", params=BOTH)
def kind(request, missing) -> str:
    """Which of the two brokers this is about."""
    if request.param == "apache":
        need_apache_kafka(missing)
    return str(request.param)


@pytest.fixture(scope="module")
async def broker(kind, anyio_backend) -> AsyncIterator[Broker]:
    """A broker of this file's own, so that topics and groups can have the names that the services give them."""
    async with running(kind) as broker:
        yield broker
