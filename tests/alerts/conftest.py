"""What tests of the page and of the API share."""

from collections.abc import AsyncIterator

import pytest

from tests.alerts.looking import Page, opened


@pytest.fixture
async def page(tmp_path) -> AsyncIterator[Page]:
    """The service without Kafka, running on a store of its own."""
    async with opened(tmp_path) as page:
        yield page
