"""`touchline concept fit`: the outlook of a concept from what customers said. Proposes, and publishes nothing."""

from dataclasses import fields
from pathlib import Path
from typing import Annotated

import typer
import yaml
from rich.console import Console
from rich.table import Table

from services.commands.concept_reading import read_file
from services.commands.evaluate import latest
from services.commands.event_file import NoFile, read_happenings
from services.commands.fitting.proposal import proposed
from services.commands.fitting.samples import Learnt, learn
from services.commands.fitting.surprise import surprise
from services.commands.grade import NOT_IN_THE_SERVICES, NOT_INSTALLED
from services.commands.grading.weighing import NoWeights, read_weights
from services.commands.journeys import Journeys
from services.experience.adapters.concept_file import ConceptError
from services.experience.domain.concept import ServiceConcept
from services.experience.domain.parameters import Outlook

told = Console(stderr=True)


def fit(
    events: Annotated[str, typer.Argument(metavar="EVENTS.ndjson", help="One CloudEvent per line; `-`: stdin.")],
    concept: Annotated[Path, typer.Option("--concept", metavar="FILE", help="The service concept to begin with.")],
    first_share: Annotated[
        float,
        typer.Option(
            "--first-share",
            min=0.01,
            max=1.0,
            help="Learn from this share of the journeys, those that began first; the others show how good it is. "
            "Grade them alone: `touchline grade --since 70%`.",
        ),
    ] = 0.7,
    weights: Annotated[
        Path | None,
        typer.Option("--weights", metavar="FILE", help="CSV journey,weight: how many journeys one of a sample means."),
    ] = None,
) -> None:
    """Propose numbers for the outlook of a concept, learnt from journeys whose customers have said how it was.

    On stdout: the sections `outlook` and `promises` as they would stand in the concept file. On stderr: what changes,
    and whether the proposal would have been less surprised by journeys that it has not learnt from. Nothing is
    published: a manager puts the numbers into a new version of the concept, or does not.
    """
    try:
        before = read_file(concept).concept
        happenings, unreadable = read_happenings(events)
        counts = {} if weights is None else read_weights(weights)
    except (ConceptError, NoFile, NoWeights) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from None
    with told.status(f"Reading {len(happenings):,} events ..."):
        journeys = Journeys(happenings, before, until=latest(happenings))
        keys = sorted(journeys, key=lambda key: (journeys.happenings[key][0].at, key))
        first, rest = keys[: round(len(keys) * first_share)], keys[round(len(keys) * first_share) :]
        learnt = learn(journeys, first, counts)
        try:
            after = proposed(before, learnt)
        except ModuleNotFoundError as error:
            if (error.name or "").partition(".")[0] not in NOT_IN_THE_SERVICES:
                raise
            typer.echo(NOT_INSTALLED, err=True)
            raise typer.Exit(2) from None
        except ValueError as error:
            typer.echo(f"{events}: {error}", err=True)
            raise typer.Exit(2) from None
        kept_apart = surprise(journeys, rest, counts), surprise(journeys.under(after), rest, counts)
    typer.echo(_as_written(before, after, learnt))
    told.print(_changes(before, after))
    if kept_apart[0] is not None and kept_apart[1] is not None:
        told.print(
            f"Mean surprise (log loss) at the verdicts of the {len(rest):,} journeys that began later: "
            f"{kept_apart[0]:.4f} with the concept as it is, {kept_apart[1]:.4f} with the proposal.",
            highlight=False,
        )
    if unreadable:
        raise typer.Exit(1)


def _as_written(before: ServiceConcept, after: ServiceConcept, learnt: Learnt) -> str:
    """The sections as they would stand in a concept file: what has changed alone."""
    outlook = {name: new for name, old, new in _changed(before.outlook, after.outlook)}
    promises = {
        what: {"kept_before": kind.kept_before, "broken_before": kind.broken_before}
        for what, kind in after.promises.items()
        if kind != before.promises.get(what)
    }
    sections = {name: section for name, section in (("outlook", outlook), ("promises", promises)) if section}
    head = (
        f"# Proposed for {before.name} version {before.version + 1}, from {len(learnt.kept):,} looks at open promises "
        f"and {len(learnt.dissatisfied):,} verdicts. Not published.\n"
    )
    return head + yaml.safe_dump(sections, sort_keys=False, allow_unicode=True).rstrip()


def _changes(before: ServiceConcept, after: ServiceConcept) -> Table:
    table = Table("parameter", "now", "proposed", title="What would change", title_justify="left")
    for name, old, new in _changed(before.outlook, after.outlook):
        table.add_row(f"outlook.{name}", f"{old:g}", f"{new:g}")
    for what, kind in after.promises.items():
        old_kind = before.promise(what)
        for name in ("kept_before", "broken_before"):
            if getattr(kind, name) != getattr(old_kind, name):
                table.add_row(f"promises.{what}.{name}", f"{getattr(old_kind, name):g}", f"{getattr(kind, name):g}")
    return table


def _changed(before: Outlook, after: Outlook) -> list[tuple[str, float, float]]:
    pairs = [(each.name, getattr(before, each.name), getattr(after, each.name)) for each in fields(Outlook)]
    return [(name, old, new) for name, old, new in pairs if old != new]
