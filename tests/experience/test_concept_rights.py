"""What every customer has a right to although no concept says so, and how a concept finds what it does not name."""

import pytest

from services.experience.domain.concept import Importance, PromiseStandard, ServiceConcept, Standard, Unit
from tests.experience.builders import at

GOODS, ANYTHING = PromiseStandard(label="goods"), PromiseStandard(label="anything", weight=0.5)


def test_how_customers_are_treated_is_expected_without_any_concept():
    remedy = "Have a colleague take over, and put it right with the customer before they leave."

    assert ServiceConcept().conduct == {
        aspect: Standard(aspect, label, Unit.SCORE, expected, kind, remedy=remedy)
        for aspect, label, expected, kind in [
            ("courtesy", "courtesy", 4, Importance.PERFORMANCE),
            ("competence", "a competent answer", 4, Importance.MUST_BE),
            ("ownership", "somebody who takes it on", 4, Importance.MUST_BE),
            ("interest", "interest in the customer", 3, Importance.PERFORMANCE),
        ]
    }


@pytest.mark.parametrize(
    ("named", "what", "found"),
    [
        ({"goods": GOODS, "*": ANYTHING}, "goods", GOODS),
        ({"goods": GOODS, "*": ANYTHING}, "call_back", ANYTHING),
        ({"goods": GOODS}, "call_back_soon", PromiseStandard(label="call back soon")),
    ],
)
def test_a_promise_is_looked_after_by_its_kind_else_as_any_else_as_every_promise_is(named, what, found):
    assert ServiceConcept(promises=named).promise(what) == found


def test_who_is_not_named_among_the_observers_is_believed_in_full():
    concept = ServiceConcept(observers={"sensor": 0.3})

    assert [concept.trust_in(each) for each in ("sensor", "colleague", None)] == [0.3, 1.0, 1.0]


def test_a_wait_is_followed_for_as_long_as_the_concept_waits_for_news():
    day = 24 * 60

    assert [ServiceConcept().followed_until(at(5), at(minute)) for minute in (6, day + 5, day + 6)] == [
        at(6),
        at(day + 5),
        at(day + 5),
    ]
