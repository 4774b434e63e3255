"""What the experience service makes of stores as a whole: looked at when something concerns them, or by the clock."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from services.experience.adapters.database_census import store_figures
from services.experience.adapters.database_values import micros
from services.experience.adapters.tables import MATTERS
from tests.experience.service import ELEVEN, PROMISE, Service
from touchline_contracts.cleanliness import CleanlinessChecked, DefectNoticed, DefectRepaired
from touchline_contracts.greeting import CustomerArrived
from touchline_contracts.recovery import ProblemReported

DAY = timedelta(days=1)
MAJOR = DefectNoticed(defect_id="tile", area="entrance", severity="major")
"""3 a day: an alert after two days, a critical one after three and a third."""


@pytest.fixture
def service() -> Iterator[Service]:
    service = Service()
    yield service
    service.rows.connection.close()


def test_what_happens_in_journeys_alone_says_nothing_of_the_store(service: Service) -> None:
    service.take_in(service.event(CustomerArrived(channel="door"), ELEVEN), service.event(PROMISE, ELEVEN), now=ELEVEN)

    assert service.of_store() == []


def test_a_defect_is_told_at_once_with_the_store_as_key_and_no_subject(service: Service) -> None:
    service.take_in(service.store_wide(MAJOR, ELEVEN), now=ELEVEN)

    (event,) = service.of_store()
    assert (event.type, event.key, event.subject, event.id) == (
        "touchline.store.evaluated.v1",
        "riga-1",
        None,
        f"riga-1:{micros(ELEVEN)}:1",
    )
    assert [(each.line, each.severity, each.since) for each in event.data.defects] == [("defect/tile", "major", ELEVEN)]


def test_an_event_that_comes_again_says_nothing_anew(service: Service) -> None:
    noticed = service.store_wide(MAJOR, ELEVEN)
    service.take_in(noticed, now=ELEVEN)
    service.take_in(noticed, now=ELEVEN + timedelta(hours=1))

    assert len(service.of_store()) == 1


def test_all_being_as_it_should_be_is_no_news(service: Service) -> None:
    service.take_in(service.store_wide(CleanlinessChecked(area="toilet", score=5), ELEVEN), now=ELEVEN)

    assert service.of_store() == []


def test_by_the_clock_alone_neglect_grows_alerts_and_becomes_critical(service: Service) -> None:
    service.take_in(service.store_wide(MAJOR, ELEVEN), now=ELEVEN)

    service.run_to(ELEVEN + 2 * DAY - timedelta(seconds=2))
    assert service.stands().attention == []
    service.run_to(ELEVEN + 2 * DAY + timedelta(seconds=1))
    (warned,) = service.stands().attention
    service.run_to(ELEVEN + 4 * DAY)
    (critical,) = service.stands().attention

    assert (warned.line, warned.reason, warned.severity) == ("neglect", "neglected", "warning")
    assert (critical.severity, critical.since) == ("critical", warned.since)
    assert service.stands().neglect == pytest.approx(12)
    assert service.deadline() is None  # as bad as it gets
    versions = [event.data.version for event in service.of_store()]
    assert versions == list(range(1, len(versions) + 1))


def test_a_repair_takes_the_alert_away(service: Service) -> None:
    service.take_in(service.store_wide(MAJOR, ELEVEN), now=ELEVEN)
    service.run_to(ELEVEN + 3 * DAY)
    assert service.stands().attention

    noon = ELEVEN + 3 * DAY
    service.take_in(service.store_wide(DefectRepaired(defect_id="tile"), noon), now=noon)

    assert (service.stands().neglect, service.stands().attention, service.stands().retracted) == (0, [], [])
    assert service.deadline() is None


def test_a_late_repair_that_disproves_an_alert_retracts_it(service: Service) -> None:
    service.take_in(service.store_wide(MAJOR, ELEVEN), now=ELEVEN)
    service.run_to(ELEVEN + 3 * DAY)

    repaired = service.store_wide(DefectRepaired(defect_id="tile"), ELEVEN + DAY)
    service.take_in(repaired, now=ELEVEN + 3 * DAY)

    assert (service.stands().attention, service.stands().retracted) == ([], ["neglect"])


def test_what_is_left_for_months_is_not_forgotten(service: Service) -> None:
    service.take_in(service.store_wide(MAJOR, ELEVEN), now=ELEVEN)
    service.run_to(ELEVEN + 5 * DAY)
    later = ELEVEN + 100 * DAY
    service.restart()

    service.take_in(service.store_wide(CleanlinessChecked(area="toilet", score=1), later), now=later)

    assert [each.line for each in service.stands().defects] == ["defect/tile"]


def test_what_was_repaired_long_ago_stays_so_when_late_news_comes_from_before(service: Service) -> None:
    service.take_in(service.store_wide(MAJOR, ELEVEN), now=ELEVEN)
    repaired = service.store_wide(DefectRepaired(defect_id="tile"), ELEVEN + DAY)
    service.take_in(repaired, now=ELEVEN + DAY)

    other = DefectNoticed(defect_id="lamp", area="entrance", severity="minor")
    service.take_in(service.store_wide(other, ELEVEN + DAY / 2), now=ELEVEN + 2 * DAY)

    assert [each.line for each in service.stands().defects] == ["defect/lamp"]


def test_the_third_slip_of_a_day_in_three_journeys_is_the_stores(service: Service) -> None:
    slip = ProblemReported(problem_id="shell", touchpoint="breakfast", kind="defect", severity="minor")
    for number in range(3):
        at = ELEVEN + number * timedelta(hours=1)
        service.take_in(service.event(slip, at, journey=f"guest-{number}"), now=at)

    assert [len(event.data.attention) for event in service.of_store()] == [0, 0, 1]
    (attention,) = service.stands().attention
    assert (attention.line, attention.reason) == ("slips/breakfast/defect", "repeated")
    service.run_to(ELEVEN + DAY)
    assert service.stands().attention == []


def test_a_major_problem_is_its_customers_and_says_nothing_of_the_store(service: Service) -> None:
    broken = ProblemReported(problem_id="broken", touchpoint="product", kind="defect", severity="major")

    service.take_in(*[service.event(broken, ELEVEN, journey=f"guest-{n}") for n in range(5)], now=ELEVEN)

    assert service.of_store() == []
    assert service.rows.value(select(func.count()).select_from(MATTERS)) == 0


def test_history_is_seen_and_calls_nobody(service: Service) -> None:
    last_year = ELEVEN - 365 * DAY
    slip = ProblemReported(problem_id="shell", touchpoint="breakfast", kind="defect", severity="minor")
    slips = [service.event(slip, last_year, journey=f"g-{number}", replay=True) for number in range(5)]

    service.take_in(service.store_wide(MAJOR, last_year, replay=True), *slips, now=ELEVEN)

    (event,) = service.of_store()
    assert event.replay
    assert (event.data.neglect, event.data.attention) == (12, [])


def test_history_beside_what_happens_today_calls_nobody_either(service: Service) -> None:
    old = service.store_wide(MAJOR, ELEVEN - 365 * DAY, replay=True)
    new = service.store_wide(DefectNoticed(defect_id="lamp", area="hall", severity="minor"), ELEVEN)

    service.take_in(old, new, now=ELEVEN)

    assert not service.of_store()[-1].replay
    assert service.stands().attention == []
    service.run_to(ELEVEN + 30 * DAY)
    assert service.stands().attention == []


def test_of_a_backlog_a_store_is_looked_at_a_little_later(service: Service) -> None:
    service.take_in(service.store_wide(MAJOR, ELEVEN - 2 * DAY), now=ELEVEN, behind=True)
    assert service.of_store() == []
    repaired = service.store_wide(DefectRepaired(defect_id="tile"), ELEVEN - DAY)
    lamp = service.store_wide(DefectNoticed(defect_id="lamp", area="hall", severity="minor"), ELEVEN)
    service.take_in(repaired, lamp, now=ELEVEN, behind=True)

    service.run_to(ELEVEN + timedelta(seconds=1))

    # Once, and with all that had been read by then: what was repaired meanwhile has alarmed nobody.
    assert [[each.line for each in event.data.defects] for event in service.of_store()] == [["defect/lamp"]]
    assert service.stands().attention == []


def test_a_store_that_cannot_be_evaluated_is_put_off_and_keeps_nobody_waiting(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    service.take_in(service.store_wide(MAJOR, ELEVEN), now=ELEVEN)
    service.take_in(service.event(PROMISE, ELEVEN), now=ELEVEN)

    def fails(*_: Any, **__: Any) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("services.experience.stores.assess_store", fails)
    due = ELEVEN + timedelta(hours=6)
    told = service.look_again(due)

    assert told == 1  # the journey, whose promise was due before
    assert service.deadline() is not None
    assert service.deadline() > due
    monkeypatch.undo()
    service.look_again(due + timedelta(hours=1))
    assert service.stands().neglect == pytest.approx(3 * 7 / 24)


def test_the_most_neglected_stores_are_counted_and_those_with_nothing_left_are_not(service: Service) -> None:
    service.take_in(service.store_wide(MAJOR, ELEVEN - DAY), now=ELEVEN)
    assert store_figures(service.rows) == [("riga-1", 3.0, 0)]

    service.take_in(service.store_wide(DefectRepaired(defect_id="tile"), ELEVEN), now=ELEVEN)
    assert store_figures(service.rows) == []
