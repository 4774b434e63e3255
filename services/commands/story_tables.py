"""Stories on a terminal: what happens, the ledger of each branch, and whether everything came out that had to."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import groupby
from typing import Any

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from services.commands.ledger_table import ledger
from services.commands.playing import Moment
from services.commands.stories import Branch, Ending, Played, Story
from services.commands.stories.played import steps_of
from touchline_contracts.words import Catalogue
from touchline_contracts.words.explanation import expected_of, explanation, outcome_of

CLOCK = len("15:03:30")
DAY_AND_CLOCK = len("+1 15:03:30")


def list_of(stories: Iterable[Story]) -> Table:
    """The stories, a line each."""
    table = Table.grid(padding=(0, 2))
    for story in stories:
        table.add_row(story.name, story.title)
    return table


def heading(story: Story) -> Group:
    """What a story is about: its title, its concept, and how it can go."""
    table = Table.grid(padding=(0, 2))
    for branch in story.branches:
        table.add_row(Text(branch.name, style="bold"), branch.words)
    concepts = ", ".join(dict.fromkeys(story.concept_of(branch) for branch in story.branches))
    return Group(Text(f"{story.name}: {story.title}", style="bold"), f"service concept: {concepts}\n", table, "")


def moments_in_words(story: Story, moments: Iterable[Moment]) -> Table:
    """What happens at an instant; what happens in several branches is told once."""
    has_days = any(" " in step.heard for branch in story.branches for step in branch.steps) or " " in story.until
    table = Table.grid(padding=(0, 2))
    table.add_column(width=DAY_AND_CLOCK if has_days else CLOCK)
    table.add_column(width=2 * len(story.branches) - 1)
    table.add_column(ratio=1)
    branches: dict[Moment, list[str]] = {}
    for moment in moments:
        branches.setdefault(replace(moment, branch=""), []).append(moment.branch)
    for moment, names in branches.items():
        words = f"{moment.who}: {moment.words}" if moment.is_alert and moment.who else moment.words
        style = "yellow" if moment.is_alert else ""
        table.add_row(moment.time, " ".join(dict.fromkeys(names)), Text(words, style=style))
    return table


def report(story: Story, played: Played, words: Catalogue) -> Group:
    """The ledger of each branch in the language of `words`, and what had to come out."""
    alike: dict[tuple[Branch, str], list[tuple[str, Ending]]] = {}
    for branch in story.branches:
        for who in story.customers(branch):
            ending = played.endings.get((branch.name, who))
            if ending is not None:
                alike.setdefault((branch, _shown(ending, words)), []).append((who, ending))
    ledgers: list[RenderableType] = []
    for (branch, _), endings in alike.items():
        ledgers += [_ledger(branch, ", ".join(who for who, _ in endings), endings[0][1], words), ""]
    return Group(*ledgers, Text("What had to come out", style="bold"), _expected(story, played))


def overview(stories: Sequence[tuple[Story, Played]]) -> Group:
    """All stories: each branch with its KV, its alerts and their grade, and what had to come out."""
    table = Table("story, KV, alerts", "what had to come out, and whether it did", show_lines=True)
    for story, played in stories:
        endings = Table.grid(padding=(0, 1))
        for (name, who), ending in played.endings.items():
            endings.add_row(f"{name} {who}".strip(), f"{ending.kv:.3f}", alerts_in_words(ending))
        for name, alerts in played.of_store.items():
            if alerts:
                endings.add_row(name, "store", ", ".join(steps_of(alerts)))
        table.add_row(Group(Text(story.name, style="bold"), endings), _expected(story, played))
    seen = [expected.seen(played).so for story, played in stories for expected in story.expected]
    return Group(table, f"{sum(seen)} of {len(seen)} came out, in {len(stories)} stories.")


def all_came_out(stories: Iterable[tuple[Story, Played]]) -> bool:
    """Whether everything came out that had to."""
    return all(expected.seen(played).so for story, played in stories for expected in story.expected)


def alerts_in_words(ending: Ending) -> str:
    """The steps of a journey's alerts, and what became of them."""
    if not ending.alerts:
        return "no alert"
    told = [step for step, _ in groupby(ending.steps)]
    return ", ".join(told) + (f": {ending.grade}" if ending.grade else "")


def as_json(story: Story, played: Played) -> dict[str, Any]:
    """A story that was played, for programs."""
    return {
        "story": story.name,
        "expected": [
            {"words": seen.words, "came_out": seen.so} for seen in (each.seen(played) for each in story.expected)
        ],
        "journeys": [
            {
                "branch": name,
                "journey": ending.journey,
                "kv": ending.kv,
                "grade": ending.grade,
                "alerts": [json.loads(event.to_json()) for event in ending.alerts],
                "evaluation": json.loads(ending.evaluation.model_dump_json(by_alias=True, exclude_none=True)),
            }
            for (name, _), ending in played.endings.items()
        ],
        "stores": {
            name: [json.loads(event.to_json()) for event in alerts]
            for name, alerts in played.of_store.items()
            if alerts
        },
    }


def _expected(story: Story, played: Played) -> Table:
    table = Table.grid(padding=(0, 1))
    for expected in story.expected:
        seen = expected.seen(played)
        words = seen.words if seen.so or not seen.why else f"{seen.words} ({seen.why})"
        table.add_row(Text("✓", style="green") if seen.so else Text("✗", style="bold red"), words)
    return table


def _shown(ending: Ending, words: Catalogue) -> str:
    """All that is shown of an ending: those of several customers that are alike are shown once."""
    lines = [f"{expected_of(line, words)} {outcome_of(line, words)}" for line in ending.evaluation.lines]
    return "\n".join([*lines, *explanation(ending.evaluation, words), alerts_in_words(ending)])


def _ledger(branch: Branch, who: str, ending: Ending, words: Catalogue) -> Group:
    title = Text(f"{branch.name}{f', {who}' if who else ''}: {branch.words}", style="bold")
    alerts = f"Alert {alerts_in_words(ending)}." if ending.alerts else "Nobody was alerted."
    said = [*explanation(ending.evaluation, words), alerts]
    return Group(title, ledger(ending.evaluation, words), *(Padding(paragraph, (0, 1)) for paragraph in said))
