"""Every story comes out as it has to. What has to come out stands in the story, and `touchline play` shows it."""

from collections.abc import Awaitable, Callable

import pytest

from services.commands.stories import STORIES, Expected, Played, Story

pytestmark = [pytest.mark.anyio, pytest.mark.live]


@pytest.mark.parametrize(
    ("story", "expected"),
    [
        pytest.param(story, expected, id=f"{story.name}: {expected.words}")
        for story in STORIES.values()
        for expected in story.expected
    ],
)
async def test_it_comes_out(story: Story, expected: Expected, played: Callable[[Story], Awaitable[Played]]) -> None:
    outcome = await played(story)

    seen = expected.seen(outcome)

    assert seen.so, seen.why or {where: (ending.kv, ending.steps) for where, ending in outcome.endings.items()}
