"""Problems and their recovery: owned, put right, or failing a second time."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta

from services.experience.domain.concept import Importance, ProblemStandard, ServiceConcept, Standard, Unit
from services.experience.domain.happening import Happening
from services.experience.domain.ledger import Cost, Line
from services.experience.domain.phrase import phrase

SEVERITIES = ("minor", "major", "critical", "beyond_critical")
FELL_SHORT = ("short", "never", "broken")


def problem_lines(
    happenings: Iterable[Happening], concept: ServiceConcept, others: Iterable[Line], *, now: datetime
) -> list[Line]:
    """A line for each problem (`problem.*`): its loss, lifted by how well and how fast it was put right.

    `others`: the journey's other lines as they came out, one of which may be the cause.

    A problem that comes back at a touchpoint where one had been put right, or whose recovery was refused, is a double
    deviation and weighs one severity more (Bitner, Booms and Tetreault 1990; Maxham and Netemeyer 2002).
    """
    told: dict[str, list[Happening]] = defaultdict(list)
    for happening in happenings:
        told[happening.data["problem_id"]].append(happening)
    others = list(others)
    lines: list[Line] = []
    recovered_at: dict[str, datetime] = {}
    for problem_id, story in told.items():
        reported = next((happening for happening in story if happening.kind == "problem.reported"), None)
        if reported is None:
            continue
        place = reported.data["touchpoint"]
        again = place in recovered_at and recovered_at[place] <= reported.at
        line = _line(problem_id, reported, story, concept, now=now, again=again)
        lines.append(line._replace(costs=_costs(story), cause=_cause(reported, others)))
        resolved = _resolved(story)
        if line.state == "resolved" and resolved is not None:
            recovered_at[place] = max(resolved.at, recovered_at.get(place, resolved.at))
    return lines


def put_right(lines: list[Line], happenings: Iterable[Happening], concept: ServiceConcept) -> list[Line]:
    """The lines, with those lifted whose touchpoint had a problem that was put right afterwards. Never lowers one."""
    reported = {each.data["problem_id"]: each for each in happenings if each.kind == "problem.reported"}
    recoveries = [
        (reported[each.data["problem_id"]].data["touchpoint"], each.at, each)
        for each in happenings
        if each.kind == "problem.resolved" and each.data["problem_id"] in reported and each.data["outcome"] != "refused"
    ]
    if not recoveries:
        return lines
    lifted = []
    for line in lines:
        for place, at, resolved in recoveries:
            if (
                _is_at(line, place)
                and not line.is_promise
                and line.at is not None
                and line.at <= at
                and line.ratio is not None
            ):
                took = at - reported[resolved.data["problem_id"]].at
                better = recovered(line.ratio, line.standard.polarity, resolved.data["outcome"], took, concept)
                line = line._replace(ratio=better, put_right=True)  # noqa: PLW2901
        lifted.append(line)
    return lifted


def recovered(ratio: float, polarity: int, outcome: str, took: timedelta, concept: ServiceConcept) -> float:
    """The ratio after a recovery: the outcome takes away a share of the loss, halved with every `resolve_within`.

    At most `recovery_cap`, and never below what it was.
    """
    problems, cap = concept.problems, concept.parameters.recovery_cap
    worth = {"restored": problems.restored, "compensated": problems.compensated}.get(outcome, 0.0)
    lift: float = worth * 0.5 ** (max(took, timedelta()) / problems.resolve_within)
    if polarity < 0:
        return 1 / recovered(1 / ratio, 1, outcome, took, concept) if ratio > 0 else ratio
    if ratio >= cap:
        return ratio
    # A ratio of 0 has no logarithm: what was never done is lifted in proportion instead.
    return cap * (ratio / cap) ** (1 - lift) if ratio > 0 else cap * lift


def _line(
    problem_id: str, reported: Happening, story: list[Happening], concept: ServiceConcept, *, now: datetime, again: bool
) -> Line:
    problems = concept.problems
    owned_at = next((happening.at for happening in story if happening.kind == "problem.owned"), None)
    resolved = _resolved(story)
    refused = resolved is not None and resolved.data["outcome"] == "refused"
    severity = reported.data["severity"]
    ratio = _ratio(problems, severity, one_up=again or refused)
    unit = next((happening.data["by_unit"] for happening in story if happening.kind == "problem.owned"), None)
    place, kind = reported.data["touchpoint"], reported.data["kind"]
    problem = phrase("problem.again" if again else "problem.at", what=f"{severity}_{kind}", place=place)
    line = Line(
        id=f"problem/{problem_id}",
        standard=Standard(
            touchpoint=place,
            label=phrase(f"expected.no_{kind}", place=place),
            unit=Unit.DONE,
            kind=Importance.PERFORMANCE,
            weight=problems.weight,
            remedy=problems.remedy,
            call=unit or problems.call,
        ),
        state="reported",
        began_at=reported.at,
        at=reported.at,
        due=reported.at + (problems.own_within if owned_at is None else problems.resolve_within),
        said_by="service concept",
        ratio=ratio,
        told=phrase("problem.owned", problem=problem, unit=unit) if unit else phrase("problem.nobody", problem=problem),
        critical=again or refused or severity == "critical",
        severity=_as_it_weighs(severity, one_up=again or refused),
        gap="performance",
    )
    if resolved is not None:
        took = resolved.at - reported.at
        outcome = resolved.data["outcome"]
        lifted = recovered(ratio, 1, outcome, took, concept)
        return line._replace(
            state="refused" if refused else "resolved",
            # What is left of the loss was felt when it happened; were it the last impression, recovery could do harm.
            at=resolved.at if lifted >= 1 or refused else reported.at,
            ratio=lifted,
            told=phrase(f"problem.{outcome}", problem=problem, took=max(took, timedelta())),
        )
    # In time, a problem is expected to be put right: whoever owns it may do so any moment, and nobody can before it is
    # owned. Too late, what is lost is taken for lost.
    due = line.due or now
    expected_at = due if owned_at is None else now
    prospect = recovered(ratio, 1, "restored", expected_at - reported.at, concept) if now < due else None
    return line._replace(state="owned" if owned_at else "reported", settled=False, prospect=prospect)


def _resolved(story: list[Happening]) -> Happening | None:
    return next((happening for happening in reversed(story) if happening.kind == "problem.resolved"), None)


def _ratio(problems: ProblemStandard, severity: str, *, one_up: bool) -> float:
    step = SEVERITIES.index(severity) + (1 if one_up else 0)
    ratio: float = getattr(problems, SEVERITIES[step])
    return ratio


def _as_it_weighs(severity: str, *, one_up: bool) -> str:
    """The severity of a problem, one up for a double deviation; there is no word above critical."""
    return SEVERITIES[min(SEVERITIES.index(severity) + (1 if one_up else 0), SEVERITIES.index("critical"))]


def _costs(story: Iterable[Happening]) -> tuple[Cost, ...]:
    """What was booked for a problem, when it was reported and when it was resolved."""
    booked = (happening.get("cost") for happening in story)
    return tuple(Cost(each.amount, each.currency, each.cost_class) for each in booked if each is not None)


def _cause(reported: Happening, others: Iterable[Line]) -> str | None:
    """What had fallen short at the problem's touchpoint when it was reported, the latest of it."""
    place = reported.data["touchpoint"]
    short = [
        (line.at, line.id)
        for line in others
        if line.state in FELL_SHORT and _is_at(line, place) and line.at is not None and line.at <= reported.at
    ]
    return max(short)[1] if short else None


def _is_at(line: Line, place: str) -> bool:
    return place in (line.standard.touchpoint, line.id, line.id.split("/", 1)[0])
