"""Any order of findings, actions, steps of the clock and crashes: what may never happen to an alert, never does.

What is told is compared with a model that knows of nobody but whoever acted last. It cannot catch two workers at once.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from services.alerts.actions import Actions
from services.alerts.adapters.database import StoredTransaction
from services.alerts.adapters.tables import METADATA
from services.alerts.adapters.telling import alert_message, deliveries, notice_message
from services.alerts.domain.action import acknowledge, close, release, snooze
from services.alerts.domain.alert import Act, Snooze, State
from services.alerts.domain.repeating import STILL_WORTH_IT, Repeating
from services.alerts.usecases import Alerts
from tests.alerts.builders import NOON, alert, broken, evaluated, finding
from tests.databases import in_memory
from touchline_contracts import AnyEvent, parse_event

MINUTE = timedelta(minutes=1)
QUARTER = 15 * MINUTE
REPEATING = Repeating(every={"critical": QUARTER})
ID = alert().alert_id
TELLING = {"announce": alert_message, "notify": lambda told, _: deliveries(told, ["webhook"], "https://a")}
FINDINGS = st.sampled_from(
    [(), (finding(),), (finding(headline="other words"),), (finding(reason="declined"),), (broken(),)]
)
CRASHES = st.sampled_from([False, False, True])
BY = st.sampled_from(["anna", "ben"])


class LifeOfAnAlert(RuleBasedStateMachine):
    """One alert, whoever does whatever about it."""

    @initialize()
    def begin(self) -> None:
        self.rows = in_memory(METADATA)
        self.alerts = Alerts(**TELLING, pass_on=notice_message, repeating=REPEATING)
        self.actions = Actions(**TELLING, repeating=REPEATING)
        self.now, self.version, self.heard = NOON, 0, 0
        self.events: list[AnyEvent] = []
        # The model: what the last events say.
        self.open = False
        self.held_by: str | None = None
        self.put_off_until = None
        self.in_a_row = 0
        self.last_told = self.last_evaluated = NOON
        self.replayed = False

    def transact(self, work: Callable[[StoredTransaction], Any], *, crashes: bool) -> Any:
        """Work in a transaction, which comes to nothing when the process dies before its end."""
        result = work(StoredTransaction(self.rows))
        if crashes:
            self.rows.connection.rollback()
            result = work(StoredTransaction(self.rows))
        self.rows.connection.commit()
        for event in self._new_events():
            self._hear(event)
        return result

    def _new_events(self) -> list[AnyEvent]:
        unsent = StoredTransaction(self.rows).unsent(1000)
        self.rows.connection.rollback()
        new = [parse_event(message.value) for _, message in unsent[self.heard :]]
        self.heard = len(unsent)
        return new

    def _hear(self, event: AnyEvent) -> None:
        self.events.append(event)
        step = event.kind.name.removeprefix("alert.")
        if step == "repeated":
            assert self.open, "told again after its end"
            assert self.held_by is None, "told again although somebody has it"
            assert self.put_off_until is None or self.put_off_until <= self.now, "told again during a snooze"
            if self.put_off_until is None:
                self.in_a_row += 1
                assert self.now >= self.last_told + QUARTER, "told again too soon"
                assert self.in_a_row <= REPEATING.at_most, "told again too often"
            else:
                self.in_a_row = 0
            assert event.data.times == self.in_a_row
        if step == "escalated":
            self.put_off_until, self.in_a_row = None, 0
        elif step == "acknowledged":
            self.held_by, self.put_off_until = event.data.by, None
        elif step == "snoozed":
            self.held_by, self.put_off_until = None, event.data.until
        elif step != "repeated":
            self.held_by = self.put_off_until = None
            self.in_a_row = 0 if step == "opened" else self.in_a_row
        if step == "repeated":
            self.put_off_until = None
        self.open = step in {"opened", "escalated", "repeated", "acknowledged", "released", "snoozed"}
        self.last_told = self.now

    @rule(findings=FINDINGS, crashes=CRASHES, twice=st.booleans(), replay=st.sampled_from([False, False, False, True]))
    def an_evaluation_comes(self, findings, crashes, twice, replay) -> None:
        self.version += 1
        self.last_evaluated = self.now
        self.replayed = self.replayed or replay
        batch = [evaluated(*findings, version=self.version, replay=replay)] * (1 + twice)
        self.transact(lambda each: self.alerts.take_in(each, batch, now=self.now), crashes=crashes)

    @rule(minutes=st.integers(1, 40))
    def time_passes(self, minutes) -> None:
        self.now += minutes * MINUTE

    @rule(crashes=CRASHES)
    def somebody_looks_what_is_due(self, crashes) -> None:
        self.transact(lambda each: self.actions.repeat(each, now=self.now), crashes=crashes)
        known = self._alert()
        if known is not None and known.state is State.OPEN and known.repeat_at is not None:
            assert known.repeat_at > self.now, "due, and not told"

    @rule(action=st.sampled_from([acknowledge, release, close]), by=BY, crashes=CRASHES, twice=st.booleans())
    def somebody_acts(self, action, by, crashes, twice) -> None:
        for _ in range(1 + twice):
            before = len(self.events)
            self._act(lambda each: action(each, Act(by=by, at=self.now)), crashes=crashes)
        assert not twice or len(self.events) == before, "the same twice was told twice"

    @rule(by=BY, minutes=st.integers(-5, 90), crashes=CRASHES)
    def somebody_puts_it_off(self, by, minutes, crashes) -> None:
        until = self.now + minutes * MINUTE
        self._act(lambda each: snooze(each, Snooze(by=by, at=self.now, until=until)), crashes=crashes)

    def _act(self, do, *, crashes: bool) -> None:
        self.transact(lambda each: self.actions.act(each, ID, do, now=self.now), crashes=crashes)

    def _alert(self):
        case = StoredTransaction(self.rows).case(ID)
        self.rows.connection.rollback()
        return None if case is None else case.alert

    @invariant()
    def each_step_is_told_once_and_none_is_left_out(self) -> None:
        steps = [int(event.id.split("/")[1]) for event in self.events]
        assert steps == list(range(1, len(steps) + 1))

    @invariant()
    def what_is_kept_is_what_was_told(self) -> None:
        known = self._alert()
        if known is None:
            return
        assert (known.state is State.OPEN) == self.open
        if self.open:
            assert (known.acknowledged and known.acknowledged.by) == self.held_by
            assert (known.snoozed and known.snoozed.until) == self.put_off_until
            self._is_told_again_in_time(known)
        else:
            assert known.repeat_at is None

    def _is_told_again_in_time(self, known) -> None:
        """What has gone wrong, and nobody has, is due a quarter of an hour after it was told last."""
        if self.put_off_until is not None:
            assert known.repeat_at in {self.put_off_until, None}
        elif self.held_by is not None:
            assert known.repeat_at is None
        elif known.finding.severity == "critical" and known.repeat_at is None:
            until = known.finding.until
            too_late = until is not None and self.now + QUARTER > until + STILL_WORTH_IT
            assert self.replayed or too_late or self.in_a_row == REPEATING.at_most, "nobody is told again"
        elif known.finding.severity == "critical":
            # By other words it may not be too late any more.
            assert known.repeat_at in {self.last_told + QUARTER, self.last_evaluated + QUARTER}

    @invariant()
    def what_called_somebody_waits_to_be_delivered_once(self) -> None:
        """The channel was given what calls or ends, and of no step twice."""
        due = self.rows.connection.exec_driver_sql("select step from deliveries order by step").all()
        self.rows.connection.rollback()
        quiet = {"acknowledged", "released", "snoozed"}
        loud = [each for each in self.events if each.kind.name.removeprefix("alert.") not in quiet]
        assert [row[0] for row in due] == [int(each.id.split("/")[1]) for each in loud]


TestLifeOfAnAlert = LifeOfAnAlert.TestCase
TestLifeOfAnAlert.settings = settings(stateful_step_count=30)
