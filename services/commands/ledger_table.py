"""A journey's evaluation on a terminal: the ledger as a table, what it comes to in sentences, and what to do."""

from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from touchline_contracts.evaluations import Attention, JourneyEvaluated, LedgerLine
from touchline_contracts.words import Catalogue
from touchline_contracts.words.explanation import (
    AS_EXPECTED,
    expected_of,
    explanation,
    outcome_of,
    rounded_parts,
)


def journey_in_words(store: str, name: str, journey: JourneyEvaluated, words: Catalogue) -> RenderableType:
    """The ledger of one journey, what it comes to, and what somebody should do now."""
    title = words.words(
        "ledger.title",
        store=store,
        journey=name,
        state=journey.journey_state,
        concept=journey.concept,
        version=journey.concept_version,
        as_of=journey.as_of,
    )
    return Group(
        ledger(journey, words, title=title),
        *(Text(paragraph) for paragraph in explanation(journey, words)),
        *(Text(f"  ! {_to_do(each, words)}", style="bold red") for each in journey.attention),
        Text(""),
    )


def ledger(journey: JourneyEvaluated, words: Catalogue, *, title: str | None = None) -> Table:
    """The lines of a journey, and what they add up to."""
    parts = rounded_parts(journey)
    table = Table(title=title, title_justify="left", title_style="bold", expand=title is None)
    table.add_column(words.words("ledger.expected"), words.words("ledger.together"), ratio=3)
    table.add_column(words.words("ledger.outcome"), ratio=3)
    table.add_column("KP/KL", "" if journey.ratio is None else _number(words, "ratio", journey.ratio), justify="right")
    table.add_column(words.words("ledger.part"), _number(words, "part", sum(parts.values())), justify="right")
    table.show_footer = bool(journey.lines)
    for line in journey.lines:
        part = parts[line.line]
        style = "" if abs(part) <= AS_EXPECTED else "red" if part < 0 else "green"
        table.add_row(
            Text(expected_of(line, words)),
            Text("; ".join([outcome_of(line, words), *_notes(line, journey.lines, words)])),
            "" if line.ratio is None else _number(words, "ratio", line.ratio),
            Text("" if line.ratio is None else _number(words, "part", part), style=style),
        )
    if not journey.lines:
        table.add_row(words.words("ledger.nothing"), "", "", "")
    return table


def _notes(line: LedgerLine, lines: Sequence[LedgerLine], words: Catalogue) -> list[str]:
    """Of a shortfall the gap that it came from; of a problem what it cost, and what had fallen short before it."""
    notes = []
    if line.gap is not None and line.contribution < -AS_EXPECTED:
        notes.append(words.words("ledger.gap", gap=line.gap))
    notes += [
        words.words("ledger.cost", amount=cost.amount, currency=cost.currency, cost_class=cost.cost_class)
        for cost in line.costs or ()
    ]
    for cause in lines:
        if cause.line == line.cause:
            said = {"expected": expected_of(cause, words), "outcome": outcome_of(cause, words)}
            notes.append(words.words("ledger.cause", **said))
    return notes


def _to_do(attention: Attention, words: Catalogue) -> str:
    """What is wrong, what to do, whom to call, until when."""
    said = [words.said(attention.phrase, attention.headline).rstrip(".") + ".", words.text(attention.remedy)]
    if attention.call is not None:
        said.append(words.words("ledger.call", unit=attention.call))
    if attention.until is not None:
        said.append(words.words("ledger.until", until=attention.until))
    return " ".join(part for part in said if part)


def _number(words: Catalogue, what: str, number: float) -> str:
    return words.words(f"ledger.number_{what}", number=number)
