"""What the alerts of all stories say in every language is written down for people to read: it is what they say."""

from collections.abc import Awaitable, Callable, Iterator
from itertools import chain
from pathlib import Path
from typing import Any

import pytest

from services.commands.stories import STORIES, Played, Story
from services.commands.story_alerts import document
from touchline_contracts.phrases import Phrase
from touchline_contracts.words import catalogue, languages

pytestmark = [pytest.mark.anyio, pytest.mark.live]

WRITTEN = Path(__file__).parents[2] / "docs" / "alerts-in-words.md"
WRITE_IT = "write it anew: touchline play --all --alerts > docs/alerts-in-words.md"
Play = Callable[[Story], Awaitable[Played]]


async def test_the_document_says_what_the_alerts_say(played: Play) -> None:
    told = document([(story, await played(story)) for story in STORIES.values()])

    assert WRITTEN.read_text(encoding="utf-8") == told, WRITE_IT


@pytest.mark.parametrize("story", STORIES.values(), ids=STORIES)
async def test_all_that_an_alert_says_can_be_said_in_every_language(story: Story, played: Play) -> None:
    outcome = await played(story)

    for message in chain.from_iterable(outcome.messages.values()):
        alert = message["data"]
        for phrase, english in [(alert["phrase"], alert["headline"]), *_why(alert)]:
            said = {catalogue(each).say(Phrase.model_validate(phrase)) for each in languages()}
            assert len(said) == len(languages()), f"said alike in two languages: {english}"


def _why(alert: dict[str, Any]) -> Iterator[tuple[dict[str, Any], str]]:
    return zip(alert["why_phrases"], alert["why"], strict=True)
