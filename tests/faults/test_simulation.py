"""Whatever crashes wherever: nothing is lost, nothing is counted or told twice, nothing that is due is forgotten."""

import json
import shutil
import tempfile
from collections import Counter
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pytest import approx  # noqa: PT013  # reads as a sentence
from sqlalchemy import func, select

from services.alerts.adapters.tables import ALERTS
from services.alerts.domain.alert import State
from services.chassis.bookkeeping import Outgoing
from services.chassis.store import Unavailable
from services.experience.adapters.concept_file import concept_from_lineage
from services.experience.adapters.tables import EVENTS
from services.experience.domain.assessment import assess
from services.experience.domain.happening import in_order
from services.experience.domain.surroundings import Surroundings
from services.experience.domain.track_record import no_records
from services.experience.entrypoints.translation import happening_from
from services.experience.usecases import LONGEST_PUT_OFF
from tests.faults.simulated import PARTITIONS, At, Crash, Log
from tests.faults.simulation import OTHER_PHONE, PHONE, AlertProcess, ExperienceProcess
from tests.faults.steps import STEPS
from touchline_contracts import DEAD_LETTERS, EVALUATIONS, TOUCHPOINTS, new_event, parse_event
from touchline_contracts.concepts import ConceptPublished
from touchline_contracts.kinds import BY_TYPE

BEGIN = datetime(2026, 3, 7, 10, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
DATA = {name.removeprefix("touchline.").removesuffix(".v1"): kind.data for name, kind in BY_TYPE.items()}
# Without track records, so that a journey can be worked out again from its own events.
DOCUMENT = {
    "concept": "c", "version": 1, "title": "c", "greeting": {"within": "2m"},
    "cleanliness": {"toilet": {"expected": 4}}, "outlook": {"store_record": 0.0, "customers_record": 0.0},
    "store": {"neglect_alert": 0.5, "slips": 2},
}  # fmt: skip
CONCEPT = concept_from_lineage([DOCUMENT])


class Simulation:
    """The whole system; every method is something that may happen next."""

    def __init__(self):
        self.folder = Path(tempfile.mkdtemp(prefix="simulation-"))
        self.log, self.now, self.count = Log(), BEGIN, 0
        self.workers = [ExperienceProcess(self.log, self.folder / "experience.db") for _ in range(2)]
        self.alerts = AlertProcess(self.log, self.folder / "alerts.db")
        self.alerts.assign(range(PARTITIONS))
        self.workers[0].assign(range(PARTITIONS))
        self.told, self.bad = {}, []
        self.stood = {}
        """By partition, the offset at which the experience service stood."""
        self.died_sending = 0
        self.tell(ConceptPublished(concept=DOCUMENT, version=1), BEGIN - timedelta(days=30), None, store="*")

    def close(self):
        for process in (*self.workers, self.alerts):
            process.stop()
        shutil.rmtree(self.folder)

    # What happens in the stores.

    def tell_batch(self, journey, batch):
        for (kind, data), minutes in batch:
            at = self.now - minutes * MINUTE
            due = {"due": at + data["due"] * MINUTE} if "due" in data else {}
            self.tell(DATA[kind](**{**data, **due}), at, journey, replay=journey.startswith("old-"))

    def look_at_the_toilet(self, score, minutes):
        self.tell(DATA["cleanliness.checked"](area="toilet", score=score), self.now - minutes * MINUTE, None)

    def send_again(self, which):
        self.log.append(list(self.told.values())[which % len(self.told)])

    def send_what_nobody_can_read(self, journey, body):
        self.bad.append(body)
        self.log.append(Outgoing(TOUCHPOINTS.name, f"riga-1/{journey}".encode(), body))

    def let_time_go_by(self, minutes):
        self.now += minutes * MINUTE

    # What the services do, and where they die.

    def work(self, what, worker, limit, crash):
        alerts, _, name = what.rpartition(": ")
        process = self.alerts if alerts else self.workers[worker]
        received = len(self.alerts.received)
        try:
            with suppress(Unavailable):
                getattr(process, name)(self.now, limit=limit, crash=crash)
        except Crash:
            process.crash()
            self.died_sending += len(self.alerts.received) - received

    def hand_partitions_over(self, first, noticed):
        """Not noticed: the other worker hangs, and goes on afterwards as if nothing had been."""
        self.workers[1].assign(set(range(PARTITIONS)) - first)
        if noticed:
            self.workers[0].assign(first)
        else:
            self.workers[0].partitions |= first

    def read_again_from_the_beginning(self, evaluations):
        for each in [self.alerts] if evaluations else self.workers:
            each.empty("offsets")
            each.seek()
        self.stood = {} if not evaluations else self.stood

    def build_the_alert_service_anew(self):
        self.alerts.lose_all_but_what_was_told()

    def let_the_first_phone_refuse(self):
        """For long enough to have the other one told as well."""
        for _ in range(2):
            self.bring_it_to_the_alert_service()
            self.alerts.deliver(self.now, crash=At.ROLLED_BACK)
            self.now += MINUTE

    def die_telling(self, crash):
        self.bring_it_to_the_alert_service()
        self.work("alerts: deliver", 0, 1000, crash)

    def bring_it_to_the_alert_service(self):
        for worker in self.workers:
            worker.read(self.now)
            worker.look_again(self.now)
            worker.send(self.now)
        self.alerts.read(self.now)

    def lose_the_database_of_the_experience_service(self):
        """With all that was left to be sent. What Kafka has is read again, into an empty one."""
        self.now += MINUTE
        for worker in self.workers:
            worker.stop()
        for file in self.folder.glob("experience.db*"):
            file.unlink()
        for worker in self.workers:
            worker.start()
        self.stood = {}

    def lose_it_while_nothing_happens(self):
        """What Kafka has is a backlog then: nobody is called again for what was told, nor for what is not read yet."""
        self.work_off()
        received, before = len(self.alerts.received), self.calls()
        self.lose_the_database_of_the_experience_service()
        self.workers[0].read(self.now, backlog=True)
        self.work_off()
        calls = [json.loads(each.body) for each in self.alerts.received[received:]]
        called_for = {
            (each["data"]["alert_id"], each["data"]["severity"])
            for each in calls
            if each["type"] in {"alert.opened", "alert.escalated"}
        }
        assert called_for == self.calls() - before

    def work_off(self):
        self.workers[0].assign(range(PARTITIONS))
        self.workers[1].assign(())
        for worker in self.workers:
            worker.read(self.now)
        self.now += LONGEST_PUT_OFF
        self.come_to_rest()
        received = len(self.alerts.received)
        self.read_again_from_the_beginning(evaluations=True)
        self.come_to_rest()
        assert len(self.alerts.received) == received
        self.nothing_is_lost()
        self.every_journey_stands_as_it_should()
        self.the_store_stands_as_it_should()
        self.everybody_was_told_once()

    def come_to_rest(self):
        for _ in range(200):
            moved = sum(each.read(self.now) + each.send(self.now) + each.look_again(self.now) for each in self.workers)
            if not moved + self.alerts.read(self.now) + self.alerts.send(self.now) + self.alerts.deliver(self.now):
                return
        raise AssertionError("it never comes to rest")

    # What is promised.

    def nobody_goes_back(self):
        """A worker that was overtaken writes nothing."""
        worker = self.workers[0]
        stands = dict(worker.ask(lambda each: each.next_offsets(worker.identity)))
        assert all(stands.get(partition, 0) >= offset for partition, offset in self.stood.items())
        self.stood = stands

    def nothing_is_lost(self):
        identities = (EVENTS.c.store, EVENTS.c.source, EVENTS.c.id)
        counted = select(EVENTS.c.id, func.count()).group_by(*identities)
        kept = self.workers[0].ask(lambda each: each.rows.all(counted))
        assert dict(map(tuple, kept)) == dict.fromkeys(self.told, 1)
        letters = Counter(each.value for each in self.log.all(DEAD_LETTERS.name))
        assert letters.keys() == set(self.bad)

    def every_journey_stands_as_it_should(self):
        latest = {}
        for message in self.log.all(EVALUATIONS.name):
            event = parse_event(message.value)
            if event.subject and event.data.edition >= latest.get(event.subject, event.data).edition:
                latest[event.subject] = event.data
        happenings = [happening_from(parse_event(each.value)) for each in self.told.values()]
        store_wide = in_order(each for each in happenings if each.journey is None)
        journeys = {each.journey for each in happenings if each.journey is not None}
        for journey in journeys:
            own = in_order(each for each in happenings if each.journey == journey)
            told = latest.get(journey)
            closed = told is not None and told.journey_state == "closed"
            now = self.now if told is None or closed else told.as_of
            again = assess(own, Surroundings(store_wide).met(own[0].at, now), CONCEPT, now=now, records=no_records)
            if again is None:  # nothing but what a customer said of a journey that nobody has heard of
                assert told is None
                continue
            assert told.events == len(own)
            assert (told.kv, closed) == (approx(again.evaluation.kv), again.closed)
            self.alerts_are_those_that_it_asks_for(journey, told)
        deadline = self.workers[0].ask(lambda each: each.next_deadline())
        assert deadline is None or deadline > self.now

    def alerts_are_those_that_it_asks_for(self, journey, told):
        known = self.alerts.ask(lambda each: each.alerts_of([("riga-1", journey)]))
        if journey.startswith("old-"):
            assert not known
        elif told.journey_state == "open":
            assert self.open_alerts(journey) == {each.line for each in told.attention}

    def the_store_stands_as_it_should(self):
        records = self.workers[0].ask(lambda each: each.stores(["riga-1"]))
        named = {line for each in records.values() for line, is_ in each.notices.items() if is_.state == "named"}
        assert self.open_alerts("") == named

    def calls(self):
        """For what somebody is called at the moment, and how urgently."""
        wanted = select(ALERTS.c.alert_id, ALERTS.c.severity).where(ALERTS.c.state == State.OPEN.value)
        return set(map(tuple, self.alerts.ask(lambda each: each.rows.all(wanted))))

    def open_alerts(self, journey):
        known = self.alerts.ask(lambda each: each.alerts_of([("riga-1", journey)])).get(("riga-1", journey), {})
        return {line for line, alert in known.items() if alert.state is State.OPEN}

    def everybody_was_told_once(self):
        steps = self.alerts.ask(lambda each: each.rows.all(select(ALERTS.c.alert_id, ALERTS.c.steps)))
        ids = [each.delivery_id for each in self.alerts.received]
        assert len(ids) - len(set(ids)) <= self.died_sending
        first = {}
        for each in self.alerts.received:
            first.setdefault((each.channel, each.alert_id, each.step), len(first))
        for alert, last in steps:
            everything = list(range(1, last + 1))
            on_the_other = [step for channel, of, step in first if (channel, of) == (OTHER_PHONE, alert)]
            assert [step for channel, of, step in first if (channel, of) == (PHONE, alert)] == everything
            # Whoever is told something of it is told all the rest.
            assert on_the_other == everything[len(everything) - len(on_the_other) :]
        assert {of for _, of, _ in first} == {alert for alert, _ in steps}

    def tell(self, data, at, journey, *, store="riga-1", replay=False):
        self.count += 1
        number = f"e{self.count:04}"
        event = new_event(data, id=number, source="/till", store=store, subject=journey, time=at, replay=replay)
        self.told[number] = Outgoing(TOUCHPOINTS.name, event.key.encode(), event.to_json())
        self.log.append(self.told[number])


@given(steps=st.lists(STEPS, min_size=30, max_size=120))
@settings(
    max_examples=min(settings().max_examples, 100),
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example],
)
def test_whatever_crashes_wherever_all_that_is_promised_holds(steps):
    simulation = Simulation()
    try:
        for name, *arguments in [*steps, ("work_off",)]:
            getattr(simulation, name)(*arguments)
            simulation.nobody_goes_back()
    finally:
        simulation.close()
