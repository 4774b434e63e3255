"""Mystery shoppers against sensors and staff: the disagreement, the weight it proposes, and the one that is argued."""

from datetime import timedelta

import pytest

from services.experience.domain.concept import Importance, ServiceConcept
from services.experience.domain.happening import in_order
from services.experience.domain.store_assessment import assess_store
from services.experience.domain.store_attention import next_look
from tests.experience.builders import STORE, at, happened, promised, rated, standing, within

DAY = 60 * 24
CONCEPT = ServiceConcept(greeting=within(60, "greeting"), manner=rated(4, "manner"))


def visit(journey="visit-1", *, manner=None, greeted=1.0, left=30):
    door = {} if manner is None else {"manner": manner}
    return [
        happened("customer.arrived", 0, journey=journey, channel="door"),
        happened("customer.greeted", greeted, journey=journey, **door),
        happened("customer.left", left, journey=journey, outcome="served"),
    ]


def report(minutes=2 * DAY, journey="visit-1", **scores):
    return happened("mystery_visit.reported", minutes, journey=journey, scores=scores, visited_at=at(0))


def compared(*happenings, minutes=3 * DAY, concept=CONCEPT):
    store = assess_store(STORE, in_order(happenings), concept, now=at(minutes))
    return {(each.touchpoint, each.observer): each for each in store.disagreements}


def test_a_visit_of_which_no_shopper_has_reported_is_compared_with_nothing():
    assert compared(*visit(manner=5)) == {}


def test_what_the_door_said_of_its_manner_is_compared_with_what_the_shopper_found():
    found = compared(*visit(manner=5), report(greeting=1))["greeting", "greeting"]

    assert (found.reported, found.shoppers, found.difference, found.visits) == (5, 1, 4, 1)


def test_a_door_that_tells_only_the_time_is_compared_by_how_long_the_wait_was():
    # As expected is a 4: 60 s within 60 s are a 4, 120 s are a 2; nothing is worse than 1 or better than 5.
    for minutes, score in ((1.0, 4), (2.0, 2), (0.1, 5), (20.0, 1)):
        found = compared(*visit(greeted=minutes), report(greeting=2))["greeting", "greeting"]
        assert found.reported == pytest.approx(score)


def test_a_greeting_is_compared_by_its_wait_only_where_one_is_known_of_at_least_a_second():
    _, greeted, left = visit(greeted=0.0)
    impatient = ServiceConcept(greeting=within(1, "greeting"))

    assert compared(greeted, left, report(greeting=2)) == {}
    assert compared(*visit(greeted=0.0), report(greeting=2), concept=ServiceConcept()) == {}
    assert compared(*visit(greeted=0.0), report(greeting=2), concept=impatient)["greeting", "greeting"].reported == 4


def test_staff_and_sensors_are_compared_and_the_shoppers_own_words_are_not():
    def observed(observer, score):
        return happened("conduct.observed", 5, touchpoint="till", aspect="courtesy", score=score, observer=observer)

    told = [observed("colleague", 5), observed("sensor", 3), observed("customer", 1), observed("shopper", 1)]
    found = compared(*visit(), *told, report(till=2))

    assert {observer: each.reported for (_, observer), each in found.items()} == {"colleague": 5, "sensor": 3}


def test_deliveries_and_areas_are_compared_too():
    delivered = happened("delivery.completed", 5, condition="as_ordered", manner=4)
    clean = happened("cleanliness.checked", 6, area="toilet", score=0)

    found = compared(*visit(), delivered, clean, report(delivery=4, toilet=1))

    assert found["delivery", "delivery"].difference == 0
    assert found["toilet", "cleanliness"].difference == 0  # shoppers know no 0


def test_the_weight_proposed_falls_with_the_square_of_the_differences_and_one_visit_condemns_nobody():
    first = (*visit("a", manner=5), report(journey="a", greeting=3))
    second = (*visit("b", manner=5), report(journey="b", greeting=1))

    # Three visits in agreement are given to everybody: 1 / (1 + 4 / 4), then 1 / (1 + (4 + 16) / 5).
    assert compared(*first)["greeting", "greeting"].proposed_weight == pytest.approx(1 / 2)
    both = compared(*first, *second)["greeting", "greeting"]
    assert both.proposed_weight == pytest.approx(1 / 5)
    assert (both.visits, both.reported, both.shoppers) == (2, 5, 2)


def test_a_report_that_comes_again_corrects_the_first():
    found = compared(*visit(manner=5), report(greeting=1), report(2 * DAY + 1, greeting=5))

    assert found["greeting", "greeting"].shoppers == 5


def test_reports_of_more_than_ninety_days_ago_do_not_count_any_more():
    told = (*visit(manner=5), report(greeting=1))

    assert compared(*told, minutes=2 * DAY + 90 * DAY - 1)
    assert not compared(*told, minutes=2 * DAY + 90 * DAY)


def test_a_report_that_comes_while_the_visit_runs_is_kept_secret_until_it_closes():
    told = in_order([*visit(manner=5), report(35, greeting=1)])

    running = assess_store(STORE, told, CONCEPT, now=at(40))
    assert running.disagreements == ()
    closes_at = at(30) + CONCEPT.quiet_time
    assert next_look(running) == closes_at
    assert assess_store(STORE, told, CONCEPT, now=closes_at).disagreements != ()


def test_a_visit_that_runs_or_was_not_reported_hides_none_that_can_be_spoken_of():
    unreported, running = visit("a"), [*visit("b", left=2 * DAY), report(2 * DAY, journey="b", greeting=1)]
    told = in_order([*unreported, *running, *visit("c", manner=5), report(journey="c", greeting=1)])

    store = assess_store(STORE, told, CONCEPT, now=at(2 * DAY))

    assert [(each.observer, each.visits) for each in store.disagreements] == [("greeting", 1)]


def test_a_visit_with_an_open_promise_is_looked_at_again_when_the_concept_would_stop_waiting():
    told = in_order([*visit(), promised(5, due=9 * DAY), report(35, greeting=1)])

    store = assess_store(STORE, told, CONCEPT, now=at(60))

    assert store.visits_close_at == at(60) + CONCEPT.expires_after


def test_the_weight_that_the_concept_gives_an_observer_is_shown_beside_the_proposed_one():
    concept = ServiceConcept(manner=rated(4, "manner"), observers={"greeting": 0.5})

    assert compared(*visit(manner=5), report(greeting=1), concept=concept)["greeting", "greeting"].weight == 0.5


def conduct(score, observer):
    return happened("conduct.observed", 5, touchpoint="till", aspect="courtesy", score=score, observer=observer)


def test_what_an_observer_of_less_weight_reports_is_felt_as_nearer_to_as_expected():
    def kv(concept, observer="sensor"):
        return standing(
            [happened("customer.arrived", 0, channel="door"), conduct(2, observer)], concept, minutes=6
        ).evaluation.kv

    half = ServiceConcept(observers={"sensor": 0.5})

    # Half the weight is the square root of the ratio: 2 / 4 is felt as .707, as a score of 2.828 would be.
    as_felt = standing(
        [happened("customer.arrived", 0, channel="door"), conduct(4 * 0.5**0.5, "customer")], minutes=6
    ).evaluation.kv
    assert kv(half) == pytest.approx(as_felt)
    assert kv(ServiceConcept()) < kv(half) < 1
    assert kv(half, observer="customer") == kv(ServiceConcept())


def test_the_ledger_still_says_what_was_reported():
    concept = ServiceConcept(observers={"sensor": 0.5})

    (line,) = standing([conduct(2, "sensor")], concept, minutes=6).lines

    assert (line.ratio, line.experienced) == (0.5, 2)


@pytest.mark.parametrize(
    ("observer", "told"),
    [
        ("greeting", [happened("customer.greeted", 1, manner=2)]),
        ("greeting", [happened("customer.greeted", 9)]),
        ("delivery", [happened("delivery.completed", 1, condition="as_ordered", manner=2)]),
        ("cleanliness", [happened("cleanliness.checked", 1, area="toilet", score=2)]),
        ("colleague", [conduct(2, "colleague")]),
    ],
)
def test_every_observer_can_be_given_less_weight(observer, told):
    concept = {
        "greeting": within(60, "greeting"),
        "manner": rated(4, "manner"),
        "cleanliness": {"*": rated(4)},
    }
    story = [happened("customer.arrived", 0, channel="door"), *told]

    in_full = standing(story, ServiceConcept(**concept), minutes=30)
    less = standing(story, ServiceConcept(**concept, observers={observer: 0.5}), minutes=30)

    assert in_full.evaluation.kv < less.evaluation.kv < 1


def test_a_must_be_fails_only_by_as_much_as_its_observer_counts():
    must_be = {"courtesy": rated(4, "courtesy", kind=Importance.MUST_BE)}
    half = ServiceConcept(conduct=must_be, observers={"sensor": 0.5})

    def failed(concept, score):
        return standing([conduct(score, "sensor")], concept, minutes=6).weighed[0].failed_must_be

    assert failed(ServiceConcept(conduct=must_be), 3)  # .75 is below adequate, .8
    assert not failed(half, 3)  # .866 is not


def test_nothing_is_due_of_visits_that_have_closed():
    told = in_order([*visit(manner=5), report(greeting=1)])

    assert next_look(assess_store(STORE, told, CONCEPT, now=at(3 * DAY))) is None
    assert CONCEPT.quiet_time < timedelta(days=1)
