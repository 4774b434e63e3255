"""Waiting: for a greeting, for each stage of service, for all of them together, for the delivery."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from services.experience.domain.concept import ANY, ServiceConcept
from services.experience.domain.happening import Happening, escaped
from services.experience.domain.journey import ELSEWHERE
from services.experience.domain.ledger import Line, rated, waited
from services.experience.domain.parameters import Parameters
from services.experience.domain.phrase import phrase

CLOCKS_APART = timedelta(minutes=1)
"""By how much the clocks of a door and a tablet may disagree about what came first."""

Stage = tuple[Happening, datetime | None, bool | None]
"""How a stage began, when it ended (None: it runs), and whether the wait was explained."""


def greeting_lines(
    happenings: list[Happening], concept: ServiceConcept, *, now: datetime, gone_at: datetime | None
) -> list[Line]:
    """The wait for a greeting, and how it was given. Who left without one was never greeted.

    Nobody stands at a door to greet those who call or write.
    """
    arrived = next((happening for happening in happenings if happening.kind == "customer.arrived"), None)
    greeted = [happening for happening in happenings if happening.kind == "customer.greeted"]
    lines = []
    if concept.greeting is not None and arrived is not None and arrived.data["channel"] not in ELSEWHERE:
        earliest = arrived.at - CLOCKS_APART
        greeted_at = next((happening.at for happening in greeted if happening.at >= earliest), None)
        until = concept.followed_until(arrived.at, now)
        line = waited("greeting", concept.greeting, arrived.at, greeted_at, now=until, gave_up_at=gone_at)
        lines.append(line._replace(trust=concept.trust_in("greeting")))
    if concept.manner is not None:
        lines += [
            rated(
                f"manner/{happening.label}",
                concept.manner,
                happening.data["manner"],
                happening.at,
                trust=concept.trust_in("greeting" if happening.kind == "customer.greeted" else "delivery"),
            )
            for happening in happenings
            if happening.get("manner") is not None
        ]
    return lines


def stage_lines(
    happenings: list[Happening],
    concept: ServiceConcept,
    *,
    now: datetime,
    left_at: datetime | None,
    gave_up_at: datetime | None,
) -> list[Line]:
    """A line per stage that the concept has a standard for, and one for the budget that all of them share."""
    lines = []
    spent = timedelta()
    running = False
    stages = _stages(happenings, left_at if gave_up_at is None else None)
    for started, ended_at, explained in stages:
        name = started.data["stage"]
        until = concept.followed_until(started.at, now)
        end = ended_at or gave_up_at or until
        spent += max(end - started.at, timedelta())
        running = running or (ended_at is None and gave_up_at is None)
        standard = concept.stages.get(name) or concept.stages.get(ANY)
        if standard is None:
            continue
        told = started.get("told_seconds")
        if told is not None:  # a shorter announcement narrows the expectation; a longer one cannot widen the concept's
            standard = standard._replace(expected=min(standard.expected, told))
        if name not in concept.stages:
            standard = standard._replace(touchpoint=f"stage:{name}", label=name.replace("_", " "))
        line_id = f"stage/{escaped(name)}/{started.label}"
        felt = _felt(explained=explained, parameters=concept.parameters)
        line = waited(line_id, standard, started.at, ended_at, now=until, felt=felt, gave_up_at=gave_up_at)
        if explained is not None and ended_at is not None:
            code = "outcome.took_explained" if explained else "outcome.took_unexplained"
            line = line._replace(told=phrase(code, took=ended_at - started.at))
        lines.append(line)
    unfinished = any(ended_at is None for _, ended_at, _ in stages)
    if concept.journey_budget is not None and stages:
        first = stages[0][0].at
        line = waited(
            "stages/all", concept.journey_budget, first, None if running else first + spent, now=first + spent
        )
        late = concept.journey_budget.expected - spent.total_seconds()
        design = line.state == "short" and all(each.state in ("met", "exceeded") for each in lines)
        if gave_up_at is not None and unfinished and line.state != "short":
            return lines  # nobody is quick who has not come to the end
        lines.append(
            line._replace(
                # The clock that matters stands still between stages: what is left counts from now.
                due=(now + timedelta(seconds=late)) if running and late > 0 else line.due,
                at=None if running else max(ended or gave_up_at or now for _, ended, _ in stages),
                gap="design" if design else line.gap,
            )
        )
    return lines


def delivery_wait_lines(
    happenings: Iterable[Happening], concept: ServiceConcept, *, now: datetime, gone_at: datetime | None
) -> list[Line]:
    """From arrival to delivery, for journeys whose stages nobody reports."""
    arrived_at = delivered_at = None
    for happening in happenings:
        if happening.kind == "customer.arrived":
            arrived_at = arrived_at or happening.at
        elif happening.kind == "delivery.completed":
            delivered_at = delivered_at or happening.at
        elif happening.kind == "stage.started":
            return []
    if concept.delivery_wait is None or arrived_at is None:
        return []
    until = concept.followed_until(arrived_at, now)
    return [waited("delivery/wait", concept.delivery_wait, arrived_at, delivered_at, now=until, gave_up_at=gone_at)]


def _felt(*, explained: bool | None, parameters: Parameters) -> float:
    if explained is None:
        return 1.0
    return parameters.explained_wait if explained else parameters.unexplained_wait


def _stages(happenings: Iterable[Happening], left_at: datetime | None) -> list[Stage]:
    """The stages in the order they began. One that nobody ended was over when the customer, served, had left."""
    stages: list[Stage] = []
    finishes: dict[str, list[Happening]] = {}
    for happening in happenings:
        if happening.kind == "stage.finished":
            finishes.setdefault(happening.data["stage"], []).append(happening)
    for started in happenings:
        if started.kind != "stage.started":
            continue
        waiting = finishes.get(started.data["stage"], [])
        finished = next((happening for happening in waiting if happening.at >= started.at), None)
        if finished is not None:
            waiting.remove(finished)
            told = finished.get("explained")
            explained = started.get("explained") if told is None else told
            stages.append((started, finished.at, explained))
        else:
            ended_at = left_at if left_at is not None and left_at >= started.at else None
            stages.append((started, ended_at, started.get("explained")))
    return stages
