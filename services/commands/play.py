"""`touchline play`: the stories, one of them with its ledgers, or all of them with what had to come out."""

import asyncio
import json
from functools import partial
from typing import Annotated

import typer
from rich.console import Console

from services.commands.language import LanguageOrNone
from services.commands.playing import Moment, play_story
from services.commands.stories import STORIES, Played, Story
from services.commands.stories.times import at
from services.commands.story_alerts import alerts_as_told, document
from services.commands.story_tables import all_came_out, as_json, heading, list_of, moments_in_words, overview, report
from services.commands.whole import whole
from touchline_contracts.words import ENGLISH, catalogue, languages

console = Console(highlight=False)
progress = Console(stderr=True, highlight=False)


def play(
    name: Annotated[
        str | None, typer.Argument(metavar="[STORY]", help="Which one; without it, the stories are listed.")
    ] = None,
    play_all: Annotated[bool, typer.Option("--all", help="Play all of them, and end with a table.")] = False,
    in_json: Annotated[
        bool, typer.Option("--json", help="Print what came out as JSON, one line for each story.")
    ] = False,
    alerts: Annotated[
        bool, typer.Option("--alerts", help="Print what each alert says to people; in all languages, or in one.")
    ] = False,
    language: LanguageOrNone = None,
) -> None:
    """Play a story through the real services: what happens, who is warned when, and the ledger of each branch.

    Ends with what had to come out. The exit code is 1 when something did not.
    """
    if name is None and not play_all:
        console.print(list_of(STORIES.values()))
        return
    if name is not None and (play_all or name not in STORIES):
        wrong = "Name a story or use --all, not both." if play_all else f"There is no story {name!r}."
        progress.print(f"{wrong} The stories: {', '.join(STORIES)}.")
        raise typer.Exit(2)
    chosen = list(STORIES.values()) if name is None else [STORIES[name]]
    progress.print("Starting broker and services in this process (about 6 s) ...")
    played = asyncio.run(_play(chosen, quiet=in_json or alerts))
    if in_json:
        for story, outcome in played:
            typer.echo(json.dumps(as_json(story, outcome)))
    elif alerts:
        in_full = name is None and language is None
        told = document(played) if in_full else alerts_as_told(played, [language] if language else languages())
        typer.echo(told, nl=False)
    elif name is None:
        console.print(overview(played))
    else:
        console.print(report(*played[0], catalogue(language or ENGLISH)))
    if not all_came_out(played):
        raise typer.Exit(1)


async def _play(stories: list[Story], *, quiet: bool) -> list[tuple[Story, Played]]:
    """Play stories one after the other on one stage; of a single one tell what happens, of several how far we are."""
    played = []
    async with whole(start=at("00:00")) as services:
        for number, story in enumerate(stories, 1):
            if quiet or len(stories) > 1:
                progress.print(f"{number:2} of {len(stories)}  {story.name}: {story.title}")
                played.append((story, await play_story(story, services)))
            else:
                progress.print(heading(story))
                played.append((story, await play_story(story, services, partial(_tell, story))))
                progress.print()
    return played


def _tell(story: Story, moments: list[Moment]) -> None:
    if moments:
        progress.print(moments_in_words(story, moments))
