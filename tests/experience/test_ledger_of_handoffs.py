"""What the ledger says of a hand-off, whole, and what one that the customer does not see tells of its promise."""

import pytest

from services.experience.domain.concept import ServiceConcept
from services.experience.domain.handoffs import InternalHandoff, handoffs_in, internal_handoffs, visible_handoffs
from services.experience.domain.ledger import Line
from services.experience.domain.phrase import phrase
from tests.experience.builders import at, happened

CONCEPT = ServiceConcept()
DAY = 24 * 60
HANDOFF = CONCEPT.handoff._replace(call="till")


def offered(minute, name="h", *, visible=True, to_unit="till", **data):
    return happened(
        "handoff.offered", minute, handoff_id=name, customer_visible=visible, from_unit="sales", to_unit=to_unit, **data
    )


def accepted(minute, name="h", **data):
    return happened("handoff.accepted", minute, handoff_id=name, **data)


def declined(minute, name="h"):
    return happened("handoff.declined", minute, handoff_id=name, reason="busy")


def seen(*happenings, minutes=60, left_at=None, gave_up_at=None):
    left, gave_up = (None if each is None else at(each) for each in (left_at, gave_up_at))
    return visible_handoffs(handoffs_in(happenings), CONCEPT, now=at(minutes), left_at=left, gave_up_at=gave_up)


def handoff(state, **changes):
    """A hand-off that the customer sees, offered in minute 0 and expected to take five, as the ledger has it."""
    return Line("handoff/h", HANDOFF, state, at(0), "service concept", due=at(5))._replace(**changes)


@pytest.mark.parametrize(
    ("happenings", "more", "line"),
    [
        ([], {"minutes": 5}, handoff("open", settled=False)),
        ([], {"minutes": 10}, handoff("overdue", ratio=0.5, experienced=600.0, settled=False)),
        ([], {"minutes": 3 * DAY}, handoff("overdue", ratio=5 / DAY, experienced=DAY * 60.0, settled=False)),
        ([accepted(10)], {}, handoff("short", ratio=0.5, experienced=600.0, at=at(10))),
        ([accepted(5)], {}, handoff("met", ratio=1.0, experienced=300.0, at=at(5))),
        ([], {"left_at": 10}, handoff("short", ratio=0.5, experienced=600.0, at=at(10))),
        ([], {"left_at": 0}, handoff("exceeded", ratio=300.0, experienced=1.0, at=at(0))),
        ([], {"left_at": -1, "minutes": 5}, handoff("open", settled=False)),
        ([], {"left_at": 10, "gave_up_at": 10}, handoff("never", ratio=0.0, at=at(10))),
        (
            [declined(3)],
            {},
            handoff(
                "never", began_at=at(3), due=None, at=at(3), ratio=0.0, experienced=0.0,
                told=phrase("outcome.handoff_declined", unit="till"),
            ),
        ),
        (
            [accepted(5, context_passed=False)],
            {},
            handoff("short", ratio=0.8, experienced=300.0, at=at(5), told=phrase("outcome.told_again")),
        ),
        ([accepted(5, context_passed=True)], {}, handoff("met", ratio=1.0, experienced=300.0, at=at(5))),
    ],
)  # fmt: skip
def test_a_hand_off_that_the_customer_sees(happenings, more, line):
    assert seen(offered(0), *happenings, **more) == [line]


def test_to_tell_everything_again_is_no_better_for_coming_early():
    (line,) = seen(offered(0), accepted(1, context_passed=False))

    assert (line.ratio, line.state) == (0.8, "short")


def test_its_own_due_time_comes_before_the_concepts():
    (line,) = seen(offered(0, due=at(20)), accepted(10))

    assert (line.ratio, line.due, line.standard.expected) == (2.0, at(20), 1200.0)


@pytest.mark.parametrize(
    ("again", "state", "ratio"),
    [
        ([offered(3, "i"), accepted(10, "i")], "short", 0.5),
        ([offered(3, "i"), accepted(4, "i")], "met", 1.0),
        ([offered(3, "i")], "overdue", 5 / 60),
        ([offered(3, "i"), declined(4, "i")], "never", 0.0),
        ([offered(2, "i"), accepted(10, "i")], "never", 0.0),
        ([offered(3, "i", visible=False), accepted(4, "i")], "never", 0.0),
        ([offered(3, "i", about="p"), accepted(4, "i")], "never", 0.0),
        ([offered(3, "z"), declined(4, "z"), offered(5, "j"), accepted(10, "j")], "short", 0.5),
        # Of two that were offered at once, the last by its name.
        ([offered(3, "z", id="1"), accepted(10, "z"), offered(3, "j", id="2"), accepted(4, "j")], "short", 0.5),
        ([offered(3, "i"), accepted(10, "i", context_passed=False)], "short", 0.5),
    ],
)
def test_declined_and_offered_again_it_waits_on_for_whoever_takes_over(again, state, ratio):
    line = seen(offered(0), declined(3), *again)[0]

    assert (line.id, line.state, line.ratio) == ("handoff/h", state, pytest.approx(ratio))


def test_what_was_accepted_is_over_whatever_else_is_handed_on_afterwards():
    line = seen(offered(0), accepted(10), offered(12, "i"), accepted(40, "i"))[0]

    assert (line.state, line.ratio) == ("short", 0.5)


def test_what_the_customer_does_not_see_is_no_line_and_an_answer_waits_for_its_offer():
    assert seen(offered(0, visible=False), accepted(2)) == []
    assert seen(accepted(2)) == []
    assert [line.id for line in seen(offered(0, visible=False), offered(1, "i"))] == ["handoff/i"]


def unseen(*happenings, minutes=60):
    return internal_handoffs(handoffs_in(happenings), now=at(minutes))


@pytest.mark.parametrize(
    ("happenings", "minutes", "slipped", "accepted_at"),
    [
        ([offered(0, visible=False)], 60, False, None),
        ([offered(0, visible=False, due=at(60))], 60, False, None),
        ([offered(0, visible=False, due=at(60))], 61, True, None),
        ([offered(0, visible=False, due=at(9)), accepted(9)], 60, False, 9),
        ([offered(0, visible=False, due=at(9)), accepted(10)], 60, True, 10),
        ([offered(0, visible=False), accepted(10)], 60, False, 10),
        ([offered(0, visible=False), declined(10)], 60, True, None),
    ],
)
def test_a_hand_off_that_the_customer_does_not_see_has_slipped_when_it_is_late_or_declined(
    happenings, minutes, slipped, accepted_at
):
    when = None if accepted_at is None else at(accepted_at)

    assert unseen(*happenings, minutes=minutes) == [InternalHandoff(None, "till", slipped=slipped, accepted_at=when)]


def test_of_what_another_unit_took_over_only_that_counts():
    first, again = offered(0, visible=False, about="p"), offered(5, "i", visible=False, to_unit="depot", about="p")

    assert unseen(first, declined(4), again, accepted(6, "i")) == [
        InternalHandoff("p", "depot", slipped=False, accepted_at=at(6))
    ]
    assert [each.to_unit for each in unseen(first, declined(4), again)] == ["till", "depot"]
    assert [each.to_unit for each in unseen(first, declined(4), again, declined(6, "i"))] == ["till", "depot"]
    # Accepted, it counts, whatever else is handed on afterwards.
    assert [each.accepted_at for each in unseen(first, accepted(4), again, accepted(6, "i"))] == [at(4), at(6)]
    assert unseen(offered(0)) == []
    assert len(unseen(offered(0), offered(1, "i", visible=False))) == 1
