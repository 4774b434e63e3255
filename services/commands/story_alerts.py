"""What the alerts of stories say to people: a lock screen and a chat message each, in the languages that are asked for.

It is Markdown, so that what all stories say can be read, and argued with, as a document.
"""

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from services.alerts.adapters.rendering import Message, rendered
from services.commands.stories import Played, Story
from services.commands.stories.times import spoken
from touchline_contracts.words import languages

TITLE = """# Alerts in words
What the alerts of the [stories](stories.md) say in each [language](words.md): on a lock screen, and those that want
something in a chat, too (there with a link). `touchline play --all --alerts` has written it, and a test compares.

The concepts of the stories are in English, and what a concept says stays as it is: names of what was promised and of
units, most remedies. What branches of a story have in common is told once; `…` is where a message is cut.
"""
_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_BETWEEN = " · "


def document(stories: Iterable[tuple[Story, Played]]) -> str:
    """The alerts of all stories in all languages: docs/alerts-in-words.md."""
    return f"{TITLE}\n{alerts_as_told(stories, languages())}"


def alerts_as_told(stories: Iterable[tuple[Story, Played]], said_in: Sequence[str]) -> str:
    """Every alert of these stories in these languages. What several branches have in common is told once."""
    return "\n".join(line for story, played in stories for line in _of_story(story, played, said_in))


def _of_story(story: Story, played: Played, said_in: Sequence[str]) -> Iterator[str]:
    yield f"## {story.name}: {story.title}\n"
    known: set[str] = set()
    for branch in story.branches:
        # Alerts that are told at the same instant arrive in any order.
        bodies = [_as_told(message, played.later) for message in played.messages.get(branch.name, ())]
        for body in sorted(bodies, key=lambda each: (each["timestamp"], each["data"]["alert_id"])):
            alert = body["data"]
            said = {language: rendered(json.dumps(body).encode(), UTC, language) for language in said_in}
            # The place and the link name the branch: without them it is the same message.
            content = _BETWEEN.join(_without(each.subject, alert) for each in said.values())
            if content in known:
                continue
            known.add(content)
            at = spoken(datetime.fromisoformat(body["timestamp"]))
            yield f"**{branch.name}, {at}: {body['type'].rpartition('.')[2]}**\n"
            yield from _quoted(said, alert)
    if not known:
        yield "Nobody is alerted.\n"


def _quoted(said: dict[str, Message], alert: dict[str, Any]) -> Iterator[str]:
    yield "```"
    for language, message in said.items():
        yield f"{language}  {message.subject}"
    # Of what is over there is no more to say.
    if not alert["closed_at"]:
        for language, message in said.items():
            lines = message.chat.removesuffix(alert["link"]).rstrip().splitlines()
            yield f"\n{language}  " + "\n    ".join(lines)
    yield "```\n"


def _as_told(message: dict[str, Any], later: timedelta) -> dict[str, Any]:
    """A message with the days of the story, and not those on which it was played."""

    def earlier(found: re.Match[str]) -> str:
        return (date.fromisoformat(found[0]) - later).isoformat()

    moved: dict[str, Any] = json.loads(_DATE.sub(earlier, json.dumps(message)))
    return moved


def _without(subject: str, alert: dict[str, Any]) -> str:
    named = {alert["store"], alert["journey"]}
    return _BETWEEN.join(each for each in subject.split(_BETWEEN) if each.split(", ")[0] not in named)
