"""What the ledger says of a wait, whole: for a greeting, a stage, all stages together, and the delivery."""

from datetime import timedelta

import pytest

from services.experience.domain.concept import ServiceConcept
from services.experience.domain.ledger import Line
from services.experience.domain.parameters import Parameters
from services.experience.domain.phrase import phrase
from services.experience.domain.waits import delivery_wait_lines, greeting_lines, stage_lines
from tests.experience.builders import at, happened, rated, within

MINUTE, TEN, FIFTEEN = within(60, "a greeting"), within(600, "the stage"), within(900, "all stages")
CONCEPT = ServiceConcept(
    greeting=MINUTE,
    manner=rated(4, "manner"),
    stages={"bar": TEN},
    journey_budget=FIFTEEN,
    delivery_wait=within(1200, "the delivery"),
    observers={"greeting": 0.5, "delivery": 0.2},
)
ARRIVED = happened("customer.arrived", 0, channel="door")


def wait(line_id, standard, **changes):
    """A wait that began in minute 0 and runs within its standard, as the ledger has it."""
    due = at(standard.expected / 60)
    line = Line(line_id, standard, "open", at(0), "service concept", due=due, settled=False)
    return line._replace(**changes)


def ended(minutes, ratio, state="short"):
    return {"state": state, "ratio": ratio, "at": at(minutes), "experienced": minutes * 60.0, "settled": True}


def runs(minutes, ratio):
    return {"state": "overdue", "ratio": pytest.approx(ratio), "experienced": minutes * 60.0}


NEVER = {"state": "never", "ratio": 0.0, "settled": True}


def greetings(*happenings, minutes=60, gone_at=None, concept=CONCEPT):
    return greeting_lines(list(happenings), concept, now=at(minutes), gone_at=gone_at)


def greeted(minute, **data):
    return happened("customer.greeted", minute, id="g", **data)


@pytest.mark.parametrize(
    ("happenings", "minutes", "gone_at", "changes"),
    [
        ([], 1, None, {}),
        ([], 2, None, runs(2, 0.5)),
        # Nobody follows a wait for longer than the concept waits for news.
        ([], 48 * 60, None, runs(24 * 60, 1 / 1440)),
        ([greeted(2)], 60, None, ended(2, 0.5)),
        ([greeted(1)], 60, None, ended(1, 1.0, "met")),
        ([greeted(0.5)], 60, None, ended(0.5, 2.0, "exceeded")),
        ([greeted(2)], 60, at(9), ended(2, 0.5)),
        ([], 60, at(9), NEVER | {"at": at(9)}),
        # The clock of the door may be a minute behind; what is earlier was another greeting.
        ([greeted(-1)], 60, None, ended(0, 60.0, "exceeded") | {"at": at(-1), "experienced": 1.0}),
        ([greeted(-1.1), greeted(2)], 60, None, ended(2, 0.5)),
    ],
)
def test_the_wait_for_a_greeting(happenings, minutes, gone_at, changes):
    assert greetings(ARRIVED, *happenings, minutes=minutes, gone_at=gone_at) == [
        wait("greeting", MINUTE, trust=0.5, **changes)
    ]


@pytest.mark.parametrize("channel", ["phone", "chat", "web"])
def test_nobody_is_greeted_at_a_door_who_calls_or_writes(channel):
    assert greetings(happened("customer.arrived", 0, channel=channel)) == []


def test_without_a_standard_or_an_arrival_there_is_no_wait_for_a_greeting():
    assert greetings(ARRIVED, concept=ServiceConcept()) == []
    assert greetings(greeted(2)) == []


def test_manner_is_rated_at_the_greeting_and_the_delivery_each_as_far_as_its_observer_is_trusted():
    delivered = happened("delivery.completed", 9, id="d", condition="as_ordered", manner=5)

    assert greetings(greeted(2, manner=2), greeted(3), delivered) == [
        Line(
            f"manner/{name}@/till", CONCEPT.manner, state, at(minute), "service concept",
            ratio=score / 4, experienced=score, at=at(minute), trust=trust,
        )
        for name, minute, score, state, trust in [("g", 2, 2, "short", 0.5), ("d", 9, 5, "exceeded", 0.2)]
    ]  # fmt: skip


def started(minute, stage="bar", name="s", **data):
    return happened("stage.started", minute, id=name, stage=stage, **data)


def finished(minute, stage="bar", **data):
    return happened("stage.finished", minute, stage=stage, **data)


def stages(*happenings, minutes=60, left_at=None, gave_up=False, **changes):
    concept = ServiceConcept(**{"stages": {"bar": TEN}, **changes})
    gone = None if left_at is None else at(left_at)
    return stage_lines(happenings, concept, now=at(minutes), left_at=gone, gave_up_at=gone if gave_up else None)


@pytest.mark.parametrize(
    ("happenings", "minutes", "gone", "changes"),
    [
        ([], 10, {}, {}),
        ([], 20, {}, runs(20, 0.5)),
        ([], 48 * 60, {}, runs(24 * 60, 10 / 1440)),
        ([finished(20)], 60, {}, ended(20, 0.5)),
        ([finished(0)], 60, {}, ended(0, 600.0, "exceeded") | {"experienced": 1.0}),
        ([finished(-1), finished(20)], 60, {}, ended(20, 0.5)),
        # Served and gone, it was over; gone without being served, it never came to an end.
        ([], 60, {"left_at": 40}, ended(40, 0.25)),
        ([], 60, {"left_at": 40, "gave_up": True}, NEVER | {"at": at(40)}),
        ([finished(20)], 60, {"left_at": 40, "gave_up": True}, ended(20, 0.5)),
        ([], 20, {"left_at": -1}, runs(20, 0.5)),
        ([], 60, {"left_at": 0}, ended(0, 600.0, "exceeded") | {"experienced": 1.0}),
    ],
)
def test_the_wait_for_a_stage(happenings, minutes, gone, changes):
    assert stages(started(0), *happenings, minutes=minutes, **gone) == [wait("stage/bar/s@/till", TEN, **changes)]


def test_each_end_belongs_to_the_first_begin_before_it_that_has_none():
    lines = stages(
        started(0), started(5, name="t"), started(6, "oven", name="o"), finished(8), finished(9), finished(9, "oven")
    )

    assert [(line.id, line.began_at, line.at) for line in lines] == [
        ("stage/bar/s@/till", at(0), at(8)),
        ("stage/bar/t@/till", at(5), at(9)),
    ]


def test_a_stage_that_the_concept_does_not_name_is_measured_by_its_standard_for_any():
    slow = started(0, "slow oven/2")
    any_stage = TEN._replace(touchpoint="stage:slow oven/2", label="slow oven/2")

    assert stages(slow) == []
    assert stages(slow, finished(20, "slow oven/2"), stages={"*": TEN}) == [
        wait("stage/slow oven%2F2/s@/till", any_stage, **ended(20, 0.5))
    ]
    (line,) = stages(started(0, "slow_oven"), stages={"*": TEN})
    assert line.standard.label == "slow oven"


@pytest.mark.parametrize(("told_seconds", "expected"), [(300, 300), (900, 600)])
def test_a_shorter_wait_that_was_announced_is_what_was_expected_and_a_longer_one_is_not(told_seconds, expected):
    (line,) = stages(started(0, told_seconds=told_seconds))

    assert line.standard.expected == expected


@pytest.mark.parametrize(
    ("at_begin", "at_end", "felt", "code"),
    [
        (None, True, 0.85, "outcome.took_explained"),
        (True, None, 0.85, "outcome.took_explained"),
        (True, False, 1.15, "outcome.took_unexplained"),
        (False, None, 1.15, "outcome.took_unexplained"),
    ],
)
def test_an_explained_wait_feels_shorter_and_an_unexplained_one_longer(at_begin, at_end, felt, code):
    (line,) = stages(started(0, explained=at_begin), finished(20, explained=at_end))

    assert line.ratio == pytest.approx(10 / (20 * felt))
    assert line.told == phrase(code, took=timedelta(minutes=20))


@pytest.mark.parametrize(("explained", "ratio"), [(True, 10 / (20 * 0.85)), (False, 10 / (20 * 1.15)), (None, 0.5)])
def test_how_a_wait_feels_counts_while_it_runs(explained, ratio):
    (line,) = stages(started(0, explained=explained), minutes=20)

    assert (line.ratio, line.told) == (pytest.approx(ratio), None)


def test_however_well_it_was_explained_what_takes_too_long_is_no_gain():
    (line,) = stages(started(0, explained=True), minutes=11, parameters=Parameters(explained_wait=0.5))

    assert (line.state, line.ratio) == ("overdue", 1.0)


def budget(*happenings, minutes=60, standard=FIFTEEN, **gone):
    """The line for all stages together, of stages that have no standard of their own, if there is one."""
    return stages(*happenings, minutes=minutes, stages={}, journey_budget=standard, **gone)


def test_all_stages_together_may_take_what_the_budget_says_and_the_time_between_them_is_free():
    told = [started(0), finished(6), started(30, name="t"), finished(42)]

    assert budget(*told) == [
        wait(
            "stages/all",
            FIFTEEN,
            state="short",
            at=at(42),
            experienced=18 * 60.0,
            ratio=900 / 1080,
            settled=True,
            gap="design",
        )
    ]
    assert stages() == []


def test_while_a_stage_runs_what_is_left_of_the_budget_counts_from_now():
    told = [started(0), finished(6), started(30, name="t")]

    assert budget(*told, minutes=34) == [wait("stages/all", FIFTEEN, due=at(34 + 5))]
    assert budget(*told, minutes=38.99) == [wait("stages/all", FIFTEEN, due=at(39))]
    assert budget(*told, minutes=39) == [wait("stages/all", FIFTEEN)]
    assert budget(*told, minutes=54) == [wait("stages/all", FIFTEEN, **runs(30, 0.5))]


def test_who_gives_up_waiting_is_not_served_quickly():
    told = [started(0), finished(6), started(30, name="t")]

    assert budget(*told, left_at=32, gave_up=True) == []
    late = {"state": "short", "experienced": 36 * 60.0, "ratio": 900 / 2160, "settled": True, "gap": "design"}
    assert budget(*told, left_at=60, gave_up=True) == [wait("stages/all", FIFTEEN, at=at(60), **late)]
    (finished_before,) = budget(*told[:2], left_at=60, gave_up=True)
    assert (finished_before.state, finished_before.at) == ("exceeded", at(6))


@pytest.mark.parametrize(
    ("ends", "gap"), [((10, 10), "design"), ((8, 10), "design"), ((4, 4), None), ((4, 14), None), ((9, 5), None)]
)
def test_it_is_the_design_when_every_stage_is_in_time_and_the_whole_is_too_long(ends, gap):
    first, second = ends
    told = [started(0), finished(first), started(20, name="t"), finished(20 + second)]

    assert stages(*told, journey_budget=FIFTEEN)[-1].gap == gap


def deliveries(*happenings, minutes=60, gone_at=None, concept=CONCEPT):
    return delivery_wait_lines(happenings, concept, now=at(minutes), gone_at=gone_at)


def delivered(minute):
    return happened("delivery.completed", minute, condition="as_ordered")


@pytest.mark.parametrize(
    ("happenings", "minutes", "gone_at", "changes"),
    [
        ([], 20, None, {}),
        ([], 40, None, runs(40, 0.5)),
        ([], 48 * 60, None, runs(24 * 60, 20 / 1440)),
        ([delivered(40), delivered(50)], 60, None, ended(40, 0.5)),
        ([], 60, at(30), NEVER | {"at": at(30)}),
        ([happened("customer.arrived", 5, channel="door"), delivered(20)], 60, None, ended(20, 1.0, "met")),
    ],
)
def test_the_wait_for_a_delivery(happenings, minutes, gone_at, changes):
    standard = CONCEPT.delivery_wait
    assert deliveries(ARRIVED, *happenings, minutes=minutes, gone_at=gone_at) == [
        wait("delivery/wait", standard, **changes)
    ]


def test_where_stages_are_reported_nobody_came_or_nothing_is_expected_there_is_no_wait_for_a_delivery():
    assert deliveries(ARRIVED, started(1), delivered(40)) == []
    assert deliveries(delivered(40)) == []
    assert deliveries(ARRIVED, delivered(40), concept=ServiceConcept()) == []
