"""What the tests of the console share: the running services, and a browser."""

import shutil
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import timedelta
from itertools import count

import pytest
from playwright.async_api import Browser

from tests.console.site import Site, chromium, site


@pytest.fixture(scope="module")
async def console() -> AsyncIterator[Site]:
    """Everything running, for the tests of a module, and beside no others: each has stores and a day of its own."""
    async with site() as running:
        yield running


@pytest.fixture(scope="module")
async def browser(missing: Callable[[str, str], None]) -> AsyncIterator[Browser]:
    """The browser of this machine."""
    if shutil.which("chromium") is None:
        missing("chromium", "apt-get install chromium")
    async with chromium() as running:
        yield running


@pytest.fixture(scope="module")
def _days() -> Iterator[int]:
    return count(1)


@pytest.fixture
def later(_days: Iterator[int]) -> timedelta:
    """By how much the story is moved: the clock of the services never goes back."""
    return timedelta(days=next(_days))
