"""What is told again while nobody looks after it: when, how often, and what puts an end to that."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from services.alerts.actions import AT_ONCE, Actions
from services.alerts.adapters.database import MIGRATIONS, StoredTransaction
from services.alerts.adapters.telling import alert_message, deliveries, notice_message
from services.alerts.domain.action import acknowledge, close, release, snooze
from services.alerts.domain.alert import Act, Snooze, State
from services.alerts.domain.repeating import STILL_WORTH_IT, Repeating
from services.alerts.entrypoints.repeating import Repeats
from services.alerts.usecases import Alerts
from tests.alerts.builders import NOON, alert, broken, evaluated, finding, standing
from tests.alerts.looking import opened
from tests.alerts.waiting import eventually
from tests.plans import plans_of, reading_whole_tables
from touchline_contracts import parse_event

MINUTE = timedelta(minutes=1)
QUARTER = 15 * MINUTE
REPEATING = Repeating(every={"critical": QUARTER})
ID = alert().alert_id
ACT = Act(by="anna", at=NOON)


class Told:
    """The use cases on a store of their own, and what they tell."""

    def __init__(self, store):
        telling = {"announce": alert_message, "notify": lambda told, _: deliveries(told, ["webhook"], "https://a")}
        self.store = store
        self.alerts = Alerts(**telling, pass_on=notice_message, repeating=REPEATING)
        self.actions = Actions(**telling, repeating=REPEATING)
        self.version = 0

    def evaluated(self, *findings, at=NOON, **changes):
        self.version += 1
        self.alerts.take_in(self.store, [evaluated(*findings, version=self.version, **changes)], now=at)

    def does(self, action, at, **more):
        act = (Snooze if more else Act)(by="anna", at=at, **more)
        return self.actions.act(self.store, ID, lambda each: action(each, act), now=at)

    def looks(self, at):
        return self.actions.repeat(self.store, now=at)

    def kinds(self):
        return [parse_event(message.value).kind.name.removeprefix("alert.") for _, message in self.store.unsent(100)]

    def sent(self):
        """What went out through the channel, in order."""
        ids = []
        while due := self.store.due_deliveries("webhook", NOON + timedelta(days=9), 100):
            for each in due:
                ids.append(each.delivery_id)
                self.store.delivered(each.delivery_id)
        return ids


@pytest.fixture
def told(rows):
    return Told(StoredTransaction(rows(MIGRATIONS)))


def test_what_has_gone_wrong_is_told_again_after_a_quarter_of_an_hour_and_not_a_moment_before(told):
    told.evaluated(broken())

    assert told.looks(NOON + QUARTER - timedelta(microseconds=1)) == []
    assert told.looks(NOON + QUARTER) == ["critical"]
    assert told.looks(NOON + QUARTER) == []
    assert told.kinds() == ["opened", "repeated"]
    assert told.sent() == [f"{ID}:1:webhook", f"{ID}:2:webhook"]


def test_it_is_told_again_in_its_latest_words(told):
    told.evaluated(broken())
    told.evaluated(replace(broken(), headline="Broken promise, and the customer is on the phone"))
    told.looks(NOON + QUARTER)

    event = parse_event(told.store.unsent(10)[-1][1].value)
    assert event.data.headline == "Broken promise, and the customer is on the phone"
    assert (event.data.times, event.data.repeated_at) == (1, NOON + QUARTER)


def test_a_warning_is_told_once(told):
    told.evaluated(finding())

    assert told.looks(NOON + timedelta(days=1)) == []


def test_it_is_told_again_four_times_and_then_left_alone(told):
    told.evaluated(broken())
    for number in range(1, 9):
        told.looks(NOON + number * QUARTER)

    assert told.kinds() == ["opened"] + ["repeated"] * 4


def test_what_was_not_looked_at_for_hours_is_told_again_once(told):
    told.evaluated(broken())

    assert told.looks(NOON + timedelta(hours=5)) == ["critical"]
    assert told.looks(NOON + timedelta(hours=5) + QUARTER - MINUTE) == []


@pytest.mark.parametrize("end", [acknowledge, close])
def test_it_is_not_told_again_once_somebody_has_said_that_he_has_it_or_that_it_is_over(told, end):
    told.evaluated(broken())
    told.does(end, NOON + MINUTE)

    assert told.looks(NOON + timedelta(days=1)) == []


def test_it_is_not_told_again_once_it_has_ended(told):
    told.evaluated(broken())
    told.evaluated(at=NOON + MINUTE)

    assert told.looks(NOON + timedelta(days=1)) == []


def test_who_gives_it_back_has_it_told_again(told):
    told.evaluated(broken())
    told.does(acknowledge, NOON + MINUTE)
    told.does(release, NOON + 20 * MINUTE)

    assert told.looks(NOON + 20 * MINUTE + QUARTER - MINUTE) == []
    assert told.looks(NOON + 20 * MINUTE + QUARTER) == ["critical"]


def test_a_snooze_holds_until_it_is_over_and_then_it_is_told_again_even_if_it_is_a_warning(told):
    told.evaluated(finding())
    told.does(snooze, NOON + MINUTE, until=NOON + 30 * MINUTE)

    assert told.looks(NOON + 29 * MINUTE) == []
    assert told.looks(NOON + 30 * MINUTE) == ["warning"]
    assert told.kinds() == ["opened", "snoozed", "repeated"]
    assert told.store.case(ID).alert.snoozed is None
    assert told.looks(NOON + timedelta(days=1)) == []


def test_what_gets_worse_during_a_snooze_is_told_at_once_and_again_as_anything_that_has_gone_wrong(told):
    told.evaluated(finding())
    told.does(snooze, NOON, until=NOON + timedelta(hours=3))
    told.evaluated(broken(), at=NOON + MINUTE)

    assert told.kinds() == ["opened", "snoozed", "escalated"]
    assert told.looks(NOON + MINUTE + QUARTER) == ["critical"]


def test_nothing_is_told_again_long_after_it_was_too_late_to_act(told):
    soon = replace(broken(), until=NOON + MINUTE)
    told.evaluated(soon)

    assert told.looks(NOON + MINUTE + STILL_WORTH_IT + MINUTE) == []
    assert told.store.case(ID).alert.repeat_at is None


def test_history_is_not_told_again(told):
    told.evaluated(broken())
    told.evaluated(broken(), replay=True)

    assert told.looks(NOON + timedelta(days=1)) == []


def test_a_rebuild_tells_nothing_again_however_long_it_stays(told, rows):
    told.evaluated(broken())
    told.does(acknowledge, NOON)
    assert len(told.sent()) == 1
    for table in ("alerts", "journeys", "ledgers", "stores", "notices"):
        told.store.rows.connection.exec_driver_sql(f"delete from {table}")
    told.evaluated(broken(), at=NOON + timedelta(hours=1))

    assert told.looks(NOON + timedelta(days=1)) == []
    assert told.sent() == []


def test_acts_reach_kafka_and_only_the_closing_reaches_the_channels(told):
    told.evaluated(broken())
    told.does(acknowledge, NOON)
    told.does(release, NOON)
    told.does(snooze, NOON, until=NOON + QUARTER)
    told.does(close, NOON)

    assert told.kinds() == ["opened", "acknowledged", "released", "snoozed", "closed"]
    assert told.sent() == [f"{ID}:1:webhook", f"{ID}:5:webhook"]


def test_how_long_it_took_until_somebody_had_it_is_known_the_first_time(told):
    told.evaluated(broken())

    assert told.does(acknowledge, NOON + 7 * MINUTE).taken_after == 7 * MINUTE
    assert told.does(acknowledge, NOON + 9 * MINUTE).taken_after is None
    assert told.does(close, NOON + 9 * MINUTE).taken_after is None


def test_what_is_due_is_found_without_reading_all_alerts(told):
    with plans_of(told.store.rows) as plans:
        told.store.to_repeat(NOON, 10)
        told.store.told_through([ID])

    assert len(plans) == 2
    assert reading_whole_tables(plans) == []
    assert any("alerts_to_repeat" in step for plan in plans.values() for step in plan)


def test_what_is_due_comes_the_longest_due_first_and_bounded(told):
    due = [alert(finding=broken(str(each)), repeat_at=NOON + each * MINUTE) for each in (3, 1, 2)]
    told.store.save_journeys([standing()])
    told.store.save_alerts([*due, alert(finding=broken("never"))])

    assert [each.alert.line for each in told.store.to_repeat(NOON + 2 * MINUTE, 9)] == ["1", "2"]
    assert [each.alert.line for each in told.store.to_repeat(NOON + 9 * MINUTE, 1)] == ["1"]


def test_without_a_span_nothing_is_told_again():
    assert Repeating().scheduled(alert(finding=broken()), NOON).repeat_at is None
    assert Repeating().again(alert(), NOON) == (alert(), None)
    assert REPEATING.scheduled(alert(finding=broken(), state=State.CLOSED), NOON).repeat_at is None


@pytest.mark.anyio
async def test_more_than_fits_one_transaction_is_told_in_several_and_counted(tmp_path):
    async with opened(tmp_path) as page:
        due = [alert(journey=f"visit-{each}", finding=broken(), repeat_at=NOON) for each in range(AT_ONCE + 1)]
        await page.has(*due)
        counted = []
        repeats = Repeats(
            page.service.durable.transact,
            page.clock,
            page.service.actions,
            has_read=lambda: True,
            committed=lambda severities, are_open: counted.append((len(severities), are_open["critical"].number)),
        )

        assert [await repeats.look(), await repeats.look(), await repeats.look()] == [AT_ONCE, 1, 0]
        assert counted == [(AT_ONCE, AT_ONCE + 1), (1, AT_ONCE + 1)]


@pytest.mark.anyio
async def test_nothing_is_told_again_before_what_was_there_at_the_start_has_been_read(tmp_path):
    async with opened(tmp_path) as page:
        await page.has(alert(finding=broken(), repeat_at=NOON))
        asked, told = [], []

        def has_read() -> bool:
            asked.append(None)
            return len(asked) > 3

        repeats = Repeats(
            page.service.durable.transact,
            page.clock,
            page.service.actions,
            has_read=has_read,
            committed=lambda severities, _: told.append((severities, len(asked))),
            look_seconds=0.01,
        )
        running = asyncio.create_task(repeats.run())
        await eventually(lambda: bool(told))
        running.cancel()
        await asyncio.wait([running])

    assert told == [(["critical"], 4)]


def test_what_was_too_late_and_is_not_by_its_latest_words_is_told_again(told):
    declined = replace(broken(), reason="declined", until=NOON)
    told.evaluated(declined)
    told.looks(NOON + STILL_WORTH_IT + MINUTE)
    late = NOON + STILL_WORTH_IT + QUARTER
    told.looks(late)
    assert told.store.case(ID).alert.repeat_at is None

    told.evaluated(broken(), at=late)

    assert told.store.case(ID).alert.repeat_at == late + QUARTER
