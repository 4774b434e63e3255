"""The stage of the stories: broker, all services, a manager's phone and a clock that is turned by hand."""

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from services.commands.playing import play_story
from services.commands.stories import Played, Story
from services.commands.stories.times import at
from services.commands.whole import Whole, whole


@pytest.fixture(scope="session")
async def services() -> AsyncIterator[Whole]:
    """Everything running, for all stories: joining a consumer group takes the broker 5 s."""
    async with whole(start=at("00:00")) as services:
        yield services


@pytest.fixture(scope="session")
def played(services: Whole) -> Callable[[Story], Awaitable[Played]]:
    """Plays a story, once: on a day of its own and in stores of its own."""
    known: dict[str, Played] = {}

    async def play(story: Story) -> Played:
        if story.name not in known:
            known[story.name] = await play_story(story, services)
        return known[story.name]

    return play
