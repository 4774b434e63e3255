"""When something came to be wrong: by the times at which things happened, however late that is noticed."""

from datetime import timedelta

import pytest

from services.experience.domain.attention import lines_at_risk
from services.experience.domain.cause import PRECISION, came_to_be_so, cause_of
from services.experience.domain.concept import ServiceConcept
from services.experience.domain.happening import in_order
from services.experience.domain.track_record import no_records
from tests.experience.builders import at, happened, promised, standing, within
from tests.experience.service import ELEVEN, PROMISE, Service
from touchline_contracts.cleanliness import DefectNoticed

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
ARRIVED = happened("customer.arrived", 0, channel="door")
CONCEPT = ServiceConcept(greeting=within(60, "a greeting"))
LONG = promised(due=60 * 24 * 100, promise_id="long")
"""Keeps a journey open: it ends when nothing more is expected of it."""


def cause(happenings, minutes, named="promise/p"):
    """When the line that needs attention came to need it."""
    own = in_order(happenings)
    assessment = standing(own, CONCEPT, minutes=minutes)
    (line,) = (each for each in lines_at_risk(assessment, {}) if each.id == named)
    return cause_of(line, assessment, own, [], no_records)


@pytest.mark.parametrize("days", [1, 2, 9, 20])
def test_a_promise_broke_when_it_was_due_however_late_that_is_noticed(days):
    noticed = days * 24 * 60

    assert at(180) <= cause([LONG, promised(due=180)], noticed) <= at(180) + PRECISION


def test_somebody_said_no_when_they_did_and_not_when_it_was_heard():
    declined = happened("promise.declined", 60 * 24, promise_id="p", by_unit="warehouse", reason="none left")
    promise = promised(due=60 * 24 * 9)

    assert at(60 * 24) <= cause([promise, declined], 60 * 24 * 5) <= at(60 * 24) + PRECISION


def test_what_gets_worse_came_to_be_so_when_it_did():
    """It was unconfirmed before the due time, which somebody was told of; now it is broken."""
    day, due = 60 * 24, 60 * 24 * 5

    assert cause([promised(due=due)], 4 * day) < at(3 * day)
    assert at(due) <= cause([promised(due=due)], due + 120) <= at(due + 120)


def test_what_is_noticed_within_the_hour_came_to_be_so_when_it_is_noticed():
    assert cause([ARRIVED], 45, "greeting") == at(45)


@pytest.mark.parametrize("hours", [0.5, 1.5, 3, 30, 1000, 5000.25])
def test_the_instant_is_found_to_the_hour_and_never_too_early(hours):
    now, first = at(60 * 6000), at(0)
    true = now - hours * HOUR
    asked = []

    def was_so(instant):
        asked.append(instant)
        return instant >= true

    found = came_to_be_so(was_so, now=now, first=first)

    assert true <= found <= true + PRECISION
    assert len(asked) <= 30


def test_what_was_so_before_and_then_was_not_counts_from_the_last_time():
    now = at(60 * 1000)

    found = came_to_be_so(lambda instant: instant >= now - 5 * HOUR or instant < now - 40 * HOUR, now=now, first=at(0))

    assert now - 5 * HOUR <= found <= now - 4 * HOUR


def test_an_evaluation_says_when_what_is_wrong_came_to_be_so():
    service = Service()
    long = PROMISE.model_copy(update={"promise_id": "long", "due": ELEVEN + 100 * DAY})
    service.take_in(service.event(long, ELEVEN), service.event(PROMISE, ELEVEN), now=ELEVEN + 9 * DAY)

    (attention,) = service.latest().attention
    assert attention.since == ELEVEN + 9 * DAY
    assert PROMISE.due <= attention.cause_at <= PROMISE.due + PRECISION


def test_an_evaluation_of_a_store_says_so_too():
    service = Service()
    tile = DefectNoticed(defect_id="tile", area="entrance", severity="major")
    service.take_in(service.store_wide(tile, ELEVEN), now=ELEVEN + 90 * DAY)

    (attention,) = service.stands().attention
    critical = ELEVEN + 10 / 3 * DAY  # 3 a day, critical from 10 on
    assert (attention.severity, attention.since) == ("critical", ELEVEN + 90 * DAY)
    assert critical <= attention.cause_at <= critical + timedelta(seconds=1)
