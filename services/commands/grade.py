"""`touchline grade`: how good forecasts and alerts were, beside what customers said afterwards."""

import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from services.commands.concept_reading import read_file
from services.commands.evaluate import latest
from services.commands.event_file import NoFile, read_happenings
from services.commands.grading.in_words import grade_in_words
from services.commands.grading.judged import Ungradable
from services.commands.grading.measuring import Moment, measure
from services.commands.grading.selecting import read_since
from services.commands.grading.sent import read_sent
from services.commands.grading.watching import on_screen
from services.commands.grading.weighing import NoWeights, read_weights
from services.commands.journeys import Journeys
from services.commands.moment import NoMoment, read_moment
from services.experience.adapters.concept_file import ConceptError

NOT_INSTALLED = (
    "This needs scikit-learn and matplotlib, which the services do not: "
    "install them with `pip install 'touchline[grading]'`, in a checkout with `make setup`."
)

NOT_IN_THE_SERVICES = ("numpy", "sklearn", "matplotlib")


def grade(
    events: Annotated[str, typer.Argument(metavar="EVENTS.ndjson", help="One CloudEvent per line; `-`: stdin.")],
    concept: Annotated[
        Path, typer.Option("--concept", metavar="FILE", help="The service concept, for every store and date.")
    ],
    at: Annotated[
        str | None,
        typer.Option(
            "--at",
            metavar="TIME|SHARE",
            help="Forecasts as they stood then, and the alerts until then: a time such as 2026-11-21T13:59:00+02:00, "
            "or a share of each journey's longest promise such as 80%. Without it: at each journey's end.",
        ),
    ] = None,
    since: Annotated[
        str | None,
        typer.Option(
            "--since",
            metavar="DATE|SHARE",
            help="Only journeys that began then or later, or after this share of all, such as 70%: "
            "nothing is to be graded on what it was fitted on.",
        ),
    ] = None,
    weights: Annotated[
        Path | None,
        typer.Option(
            "--weights",
            metavar="FILE.csv",
            help="For a sample: how many journeys each stands for, in the columns journey and weight.",
        ),
    ] = None,
    alerts: Annotated[
        Path | None,
        typer.Option(
            "--alerts",
            metavar="FILE.ndjson",
            help="The alert events that were really sent; without it the alerts that would have been.",
        ),
    ] = None,
    picture: Annotated[
        Path | None,
        typer.Option("--picture", metavar="FILE.svg", help="Draw it on one page, as .svg, .png or .pdf."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object, with every store.")] = False,
) -> None:
    """Grade forecasts and alerts against what customers said afterwards (feedback.given).

    A customer's first verdict is the truth; journeys without one are counted and left out. Each forecast knows only
    what had happened by its moment, in the journey and in all others. Alerts are those that would have been raised had
    every event come when it happened. Stores and months with fewer than 5 verdicts are not shown.

    Lines that cannot be read are named on stderr, the rest is graded, and the exit code is 1. It is 2 when there is
    nothing to grade.
    """
    try:
        # scikit-learn takes a second to import: only who grades waits for it, and only they need to have it.
        from services.commands.grading.grading import graded  # noqa: PLC0415
        from services.commands.grading.picture import draw, form_of  # noqa: PLC0415
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in NOT_IN_THE_SERVICES:
            raise
        typer.echo(NOT_INSTALLED, err=True)
        raise typer.Exit(2) from None
    try:
        if picture is not None:
            form_of(picture)
        moment = None if at is None else read_moment(at)
        from_when = None if since is None else read_since(since)
        weighed = None if weights is None else read_weights(weights)
        sent, unreadable_alerts = (None, 0) if alerts is None else read_sent(alerts)
        the_concept = read_file(concept).concept
        happenings, unreadable = read_happenings(events)
        last = latest(happenings)
        measured = measure(
            Journeys(happenings, the_concept, until=last),
            Moment(moment, last),
            since=from_when,
            weights=weighed or {},
            sent=sent,
            watch=on_screen,
        )
        result = graded(measured, the_concept, moment=at or "the end", weights=weighed)
        if picture is not None:
            draw(measured.judged, result, picture)
    except (NoMoment, ConceptError, NoFile, NoWeights, Ungradable) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from None
    if as_json:
        sys.stdout.write(result.model_dump_json() + "\n")
    else:
        Console().print(grade_in_words(result))
    if unreadable or unreadable_alerts:
        raise typer.Exit(1)
