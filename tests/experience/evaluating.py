"""What `touchline evaluate` makes of a journey, and what happens in the journeys that its stories tell."""

import json
from collections.abc import Iterable
from typing import Any

from typer.testing import CliRunner

from services.commands.main import app
from tests.experience.builders import CONCEPTS, as_lines, at, told

ADEQUATE = 0.8
"""The lower edge of the zone of tolerance in every concept that is shipped."""
ANYWHERE = ("hardware-shop", "restaurant")
"""The concepts for stories that no concept was written for."""
MONTHS = 60 * 24 * 90
"""So many minutes after the start everything is over, whatever the concept."""
ARRIVED = (told("customer.arrived", -8, channel="door"),)
COMES = (*ARRIVED, told("customer.greeted", -7))


def evaluated(events: Iterable[dict[str, Any]], concept: str, minutes: float = MONTHS) -> dict[str, Any]:
    """How the one journey of these events stands so many minutes after the start, by `touchline evaluate`."""
    arguments = [
        "evaluate",
        "-",
        "--concept",
        str(CONCEPTS / f"{concept}.yaml"),
        "--at",
        at(minutes).isoformat(),
        "--json",
    ]
    result = CliRunner().invoke(app, arguments, input=as_lines(events))
    assert result.exit_code == 0, result.output
    journey: dict[str, Any]
    (journey,) = [json.loads(line) for line in result.stdout.splitlines()]
    return journey


def leaves(minutes):
    """The customer leaves, served."""
    return told("customer.left", minutes, outcome="served")


def conduct(minutes, score, aspect="courtesy"):
    """How a customer found that they were treated."""
    return told("conduct.observed", minutes, touchpoint="desk", aspect=aspect, score=score, observer="customer")


def problem(minutes, touchpoint, severity="minor", kind="defect", **more):
    """Something went wrong at a touchpoint."""
    return told(
        "problem.reported",
        minutes,
        problem_id=f"{touchpoint}-{minutes}",
        touchpoint=touchpoint,
        kind=kind,
        severity=severity,
        **more,
    )


def solved(minutes, reported, outcome="restored"):
    """A problem is solved."""
    return told("problem.resolved", minutes, problem_id=reported["data"]["problem_id"], outcome=outcome)


def line(journey, begin):
    """The one line of an evaluated journey whose id begins so."""
    (found,) = [each for each in journey["lines"] if each["line"].startswith(begin)]
    return found


def reasons(journey):
    """Why an evaluated journey asks for attention."""
    return [each["reason"] for each in journey["attention"]]
