"""`touchline play STORY`: a story through the whole path, with the ledger of each of its branches."""

import asyncio
import json
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from services.commands.concept_files import CONCEPTS
from services.commands.playing import Moment, Played, play_story
from services.commands.stories import STORIES, Story
from services.commands.whole import whole

console = Console()
progress = Console(stderr=True)


def play(
    name: Annotated[str, typer.Argument(metavar="STORY", help="One of: " + ", ".join(STORIES) + ".")],
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as one JSON object.")] = False,
) -> None:
    """Play a story through the real services, and print the ledger of each branch."""
    story = STORIES.get(name)
    if story is None:
        progress.print(f"There is no story {name!r}. The stories: {', '.join(STORIES)}.")
        raise typer.Exit(2)
    progress.print("Starting broker and services in this process (about 6 s) ...")
    played = asyncio.run(_play(story, as_json=as_json))
    if as_json:
        console.print_json(json.dumps(_as_json(played)), indent=None, highlight=False)
    else:
        _print(played)


async def _play(story: Story, *, as_json: bool) -> Played:
    first = min(story.at(step.time) for branch in story.branches for step in branch.steps)

    def tell(moment: Moment) -> None:
        style = "yellow" if moment.is_alert else "default"
        progress.print(
            f"{moment.at:%H:%M}  {moment.branch}  {moment.words}", style=style, highlight=False, soft_wrap=True
        )

    async with whole(start=first, concepts=[CONCEPTS / f"{story.concept}.yaml"]) as services:
        return await play_story(story, services, (lambda _: None) if as_json else tell)


def _print(played: Played) -> None:
    for branch in played.story.branches:
        evaluation = played.evaluations[branch.name]
        table = Table("expectation", "said by", "what came of it", "state", "adds to ln KV", title_justify="left")
        table.title = f"{branch.name}: {branch.words}"
        for line in evaluation.lines:
            table.add_row(
                line.expectation.text,
                line.expectation.said_by,
                line.outcome.text if line.outcome else "-",
                line.state,
                f"{line.contribution:+.3f}",
            )
        console.print(table)
        steps = ", ".join(played.steps(branch.name)) or "none"
        grade = played.grade(branch.name)
        console.print(
            f"   KV = {evaluation.kv:.3f} (1 is as expected, {evaluation.adequate:g} is adequate)   "
            f"alert: {steps}{f' -> {grade}' if grade else ''}\n",
            highlight=False,
        )


def _as_json(played: Played) -> dict[str, Any]:
    return {
        "story": played.story.name,
        "branches": {
            branch.name: {
                "words": branch.words,
                "journey": played.story.journey(branch),
                "kv": played.evaluations[branch.name].kv,
                "grade": played.grade(branch.name),
                "alerts": [json.loads(event.to_json()) for event in played.alerts[branch.name]],
                "evaluation": json.loads(played.evaluations[branch.name].model_dump_json()),
            }
            for branch in played.story.branches
        },
    }
