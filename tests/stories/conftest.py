"""The stage of the stories: broker, all services, a manager's phone and a clock that is turned by hand."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest

from services.commands.concept_files import CONCEPTS
from services.commands.whole import Whole, whole

OPENING = datetime(2026, 3, 7, 8, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
async def services() -> AsyncIterator[Whole]:
    """Everything running, for one file of stories: joining a consumer group takes the broker 5 s."""
    async with whole(start=OPENING, concepts=[CONCEPTS / "hardware-shop.yaml"]) as services:
        yield services
