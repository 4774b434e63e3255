"""How a journey stands: its ledger, its evaluation, where it is heading, and when to look at it again."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from itertools import product
from math import exp, fsum, log

from services.experience.domain.concept import ServiceConcept
from services.experience.domain.evaluation import Evaluation, Weighed, evaluate, weigh
from services.experience.domain.forecast import chance_of_dissatisfaction, chance_of_keeping, dissatisfied_as_expected
from services.experience.domain.handoffs import Handoff, handoffs_in, internal_handoffs, visible_handoffs
from services.experience.domain.happening import Happening, by_area
from services.experience.domain.journey import Course, closes_at, course_of
from services.experience.domain.ledger import Line
from services.experience.domain.moments import moment_lines, surrounding_lines
from services.experience.domain.problems import problem_lines, put_right
from services.experience.domain.promises import promise_lines
from services.experience.domain.track_record import TrackRecord, TrackRecords, no_records
from services.experience.domain.waits import delivery_wait_lines, greeting_lines, stage_lines

MOST_OPEN_PROMISES = 4
"""Of more open promises than this, the surest are taken at their expected value: 16 possible endings are enough."""
MOST_TO_RESTORE = 10
"""A journey that more lines than this have spoilt is not brought back by naming them all."""


@dataclass(frozen=True, kw_only=True)
class Assessment:
    """How one journey stands at `as_of`. Lines are in the order in which their expectations arose."""

    as_of: datetime
    course: Course
    concept: ServiceConcept
    lines: tuple[Line, ...]
    weighed: Sequence[Weighed]
    """The lines that have come out, as they are felt."""
    forecast: Evaluation
    risk: float
    """Probability, 0 to 1, that this customer ends dissatisfied."""
    record: TrackRecord
    """What was settled before, which forecast and risk rest on."""
    dissatisfied_at_one: float
    """Log-odds that this customer ends dissatisfied although all goes as expected."""
    closes_at: datetime | None

    @cached_property
    def evaluation(self) -> Evaluation:
        """V and KV of what has come out so far."""
        return evaluate(self.weighed, self.concept.parameters)

    @property
    def closed(self) -> bool:
        """Whether nothing more is expected of the journey."""
        return self.closes_at is not None and self.closes_at <= self.as_of

    @property
    def ratio(self) -> float | None:
        """The bare KP / KL of the journey: weighted geometric mean of what has come out; None before anything has."""
        known = [(line.ratio, line.standard.weight) for line in self.lines if line.ratio is not None]
        if not known:
            return None
        if any(ratio == 0 for ratio, _ in known):
            return 0.0
        total = fsum(weight for _, weight in known)
        return exp(fsum(weight * log(ratio) for ratio, weight in known) / total)


def assess(
    happenings: Sequence[Happening],
    surroundings: Sequence[Happening],
    concept: ServiceConcept,
    *,
    now: datetime,
    records: TrackRecords = no_records,
) -> Assessment | None:
    """How the journey stands at `now`, from all that happened until then; None when nothing has.

    `happenings` are the journey's own, `surroundings` its store's, both in order (`in_order`); `records` says what had
    been settled before in other journeys. What happens after `now`
    is not known yet. A journey that has closed stands as it stood when it closed, whenever it is asked for: clocks
    that nobody stopped do not run on, and what the store looks like later is not met any more.
    """
    known = [happening for happening in happenings if happening.at <= now]
    course = course_of(known)
    if course is None:
        return None
    told = by_area(known)
    handoffs = handoffs_in(told["handoff"])
    met = [each for each in surroundings if each.at <= now]
    lines = _lines(known, told, handoffs, met, concept, course, now=now)
    end = closes_at(course, lines, concept)
    if end is not None and end < now:
        if not _stands_since(end, known, lines):
            return assess(happenings, surroundings, concept, now=end, records=records)
        now = end
    record = records(now)
    lines = [
        line
        if line.signs is None
        else line._replace(
            chance=chance_of_keeping(concept.promise(line.signs.what), concept.outlook, line.signs, record)
        )
        for line in lines
    ]
    handoff_share = max((line.handoff_share for line in lines if line.is_promise), default=0.0)
    at_one = dissatisfied_as_expected(concept.outlook, record, handoffs=len(handoffs), handoff_share=handoff_share)
    parameters, adequate = concept.parameters, concept.adequate
    certain = {
        line.id: weigh(line, line.ratio, line.at or now, parameters, adequate)
        for line in lines
        if line.ratio is not None
    }
    weighed = list(certain.values())
    forecast, risk = _outlook(lines, certain, concept, at_one, now=now)
    return Assessment(
        as_of=now,
        course=course,
        concept=concept,
        lines=tuple(lines),
        weighed=weighed,
        forecast=forecast,
        risk=risk,
        record=record,
        dissatisfied_at_one=at_one,
        closes_at=end,
    )


def risk_alone(line: Line, assessment: Assessment) -> float:
    """The risk if this line were the only one of the journey."""
    return _outlook([line], {}, assessment.concept, assessment.dissatisfied_at_one, now=assessment.as_of)[1]


def fewest_to_restore(assessment: Assessment) -> list[str]:
    """The fewest lines that, had they come out as expected, would bring the journey back to 1; the dearest first.

    None when nothing is to be brought back, and none when more than `MOST_TO_RESTORE` would have to be.
    """
    remaining, evaluation = assessment.weighed, assessment.evaluation
    chosen: list[str] = []
    while evaluation.value < 0:
        if len(chosen) == MOST_TO_RESTORE:
            return []
        _, worst = min([(part, line) for line, part in evaluation.contributions.items()])
        chosen.append(worst)
        remaining = [each for each in remaining if each.line != worst]
        if not any(each.value < 0 or each.failed_must_be for each in remaining):
            break  # what is left hurts nobody
        evaluation = evaluate(remaining, assessment.concept.parameters)
    return chosen


def _stands_since(end: datetime, known: Sequence[Happening], lines: Iterable[Line]) -> bool:
    """Whether these lines stood at `end` already as they do now: nothing happened after it, and no clock ran on."""
    return known[-1].at <= end and all(
        line.settled and not line.id.startswith(("cleanliness/", "defect/")) for line in lines
    )


def _lines(
    known: list[Happening],
    told: Mapping[str, list[Happening]],
    handoffs: list[Handoff],
    surroundings: Iterable[Happening],
    concept: ServiceConcept,
    course: Course,
    *,
    now: datetime,
) -> list[Line]:
    left_at, gave_up_at = course.left_at, course.gave_up_at
    lines = [
        *greeting_lines(known, concept, now=now, gone_at=left_at),
        *stage_lines(told["stage"], concept, now=now, left_at=left_at, gave_up_at=gave_up_at),
        *delivery_wait_lines(known, concept, now=now, gone_at=gave_up_at),
        *moment_lines([*told["conduct"], *told["delivery"], *told["recognition"]], concept),
        *visible_handoffs(handoffs, concept, now=now, left_at=left_at, gave_up_at=gave_up_at),
        *surrounding_lines([*told["cleanliness"], *told["defect"]], concept, began_at=course.began_at, ended_at=now),
        *promise_lines(known, concept, now=now, internal=internal_handoffs(handoffs, now=now)),
    ]
    if course.in_store:
        theirs = surrounding_lines(surroundings, concept, began_at=course.began_at, ended_at=left_at or now)
        seen = {line.id for line in lines}
        lines += [line for line in theirs if line.id not in seen]
    lines = put_right(lines, told["problem"], concept) + problem_lines(told["problem"], concept, lines, now=now)
    return sorted(lines, key=lambda line: (line.began_at, line.id))


def _outlook(
    lines: Sequence[Line],
    certain: Mapping[str, Weighed],
    concept: ServiceConcept,
    at_one: float,
    *,
    now: datetime,
) -> tuple[Evaluation, float]:
    """The forecast evaluation, and the risk over all the ways in which the open promises may end.

    `certain`: lines that have come out, as they are felt, as far as they were weighed before. `at_one`: the log-odds
    that the customer ends dissatisfied although all goes as expected.
    """
    parameters, adequate, outlook = concept.parameters, concept.adequate, concept.outlook
    fixed: list[Weighed] = []
    uncertain: list[tuple[float, Weighed, Weighed]] = []
    for line in lines:
        if line.chance is not None:
            kept = weigh(line._replace(state="kept"), 1.0, line.due or now, parameters, adequate)
            broken = weigh(line._replace(state="broken"), outlook.broken_ratio, line.due or now, parameters, adequate)
            uncertain.append((line.chance, kept, broken))
        elif line.prospect is None and line.id in certain:
            fixed.append(certain[line.id])
        else:
            heading_for = line.ratio if line.prospect is None else line.prospect
            # What runs within its standard is expected to come out as expected.
            fixed.append(weigh(line, 1.0 if heading_for is None else heading_for, line.at or now, parameters, adequate))
    uncertain.sort(key=lambda each: (abs(each[0] - 0.5), each[1].line))
    expected = [
        kept._replace(value=chance * kept.value + (1 - chance) * broken.value) for chance, kept, broken in uncertain
    ]
    forecast = evaluate([*fixed, *expected], parameters)
    if not uncertain:
        return forecast, chance_of_dissatisfaction(forecast.value, at_one, outlook)
    spread, sure = uncertain[:MOST_OPEN_PROMISES], expected[MOST_OPEN_PROMISES:]
    risk = 0.0
    for ending in product((True, False), repeat=len(spread)):
        probability = 1.0
        outcome = [*fixed, *sure]
        for keeps, (chance, kept, broken) in zip(ending, spread, strict=True):
            probability *= chance if keeps else 1 - chance
            outcome.append(kept if keeps else broken)
        risk += probability * chance_of_dissatisfaction(evaluate(outcome, parameters).value, at_one, outlook)
    return forecast, risk
