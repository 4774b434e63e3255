"""The whole service against a plain reference: whatever is heard of, in whatever order, with rollbacks and restarts.

What it cannot catch: what the reference does not know either (stages, deliveries, hand-offs), and the words.
"""

import json
from datetime import UTC, datetime, timedelta
from functools import partial

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from pytest import approx  # noqa: PT013  # read many times
from sqlalchemy import delete

from services.chassis.tables import OUTGOING
from services.experience.adapters.database import StoredTransaction
from services.experience.domain.track_record import EVERYWHERE
from tests.experience.generated.news import ago, batches, documents
from tests.experience.reference.journeys import Reference, Told, at_risk
from tests.experience.service import Service
from touchline_contracts import EVALUATIONS, TOUCHPOINTS, parse_event
from touchline_contracts.kinds import BY_TYPE

MINUTE = timedelta(minutes=1)
BEGIN = datetime(2026, 3, 7, 22, 0, tzinfo=UTC)
"""Not long before midnight, as a day is what track records count in."""
JOURNEYS = ("one", "two", "three")
DATA = {name.removeprefix("touchline.").removesuffix(".v1"): kind.data for name, kind in BY_TYPE.items()}


class ServiceAgainstReference(RuleBasedStateMachine):
    """Each step goes through the real use cases and store; then what was published is compared."""

    def __init__(self):
        super().__init__()
        self.service, self.reference = Service(), Reference()
        self.now = BEGIN
        self.count = 0
        self.seen = 0
        """Messages that were compared."""
        self.named = {}
        """By journey: since when a line has been named, and whether it was retracted."""
        self.sent = []

    def teardown(self):
        self.service.rows.connection.close()

    # What happens.

    @initialize(document=documents)
    def a_concept_is_published(self, document):
        self.publish("brand", document, stores=[])

    @rule(journey=st.sampled_from(JOURNEYS), batch=batches, again=st.booleans())
    def something_happens(self, journey, batch, again):
        told = [self.told(kind, data, minutes, journey) for (kind, data), minutes in batch]
        self.take_in(told, repeated=self.sent[-3:] if again else ())

    @rule(score=st.one_of(st.none(), st.integers(0, 5)), minutes=ago)
    def somebody_looks_at_the_toilet(self, score, minutes):
        if score is None:
            told = self.told("cleanliness.repaired", {"area": "toilet"}, minutes, None)
        else:
            told = self.told("cleanliness.checked", {"area": "toilet", "score": score}, minutes, None)
        self.take_in([told])

    @rule(minutes=st.sampled_from([0, 1, 10, 60, 240, 1_500]))
    def time_goes_by(self, minutes):
        until = self.now + minutes * MINUTE
        while (deadline := StoredTransaction(self.service.rows).next_deadline()) and deadline <= until:
            self.now = max(self.now, deadline)
            assert self.service.look_again(self.now) or self.service.outcome.stores
            self.compare()
        self.now = until
        self.nobody_has_been_forgotten()

    @rule(name=st.sampled_from(["own", "heir", "brand", "all"]), document=documents, minutes=ago)
    def a_new_version_is_published(self, name, document, minutes):
        if name == "heir":
            document = {**document, "extends": "brand"}
        stores = {"own": ["riga-1"], "heir": ["riga-1"], "brand": [], "all": None}[name]
        self.publish("own" if name == "heir" else name, document, stores=stores, minutes=minutes)

    @rule()
    def everything_comes_again(self):
        published = len(self.messages())
        self.service.take_in(*reversed(self.sent), now=self.now)
        assert len(self.messages()) == published

    @rule(journey=st.sampled_from(JOURNEYS), batch=batches, comes_again=st.booleans())
    def a_transaction_is_rolled_back(self, journey, batch, comes_again):
        self.service.rows.connection.commit()
        told = [self.told(kind, data, minutes, journey) for (kind, data), minutes in batch]
        self.service.take_in(*map(self.event, told), now=self.now)
        self.service.rows.connection.rollback()
        self.service.experience.forget()
        if comes_again:
            self.take_in(told)

    @rule()
    def the_service_is_restarted(self):
        self.service.restart()

    # How it is told, and compared.

    def told(self, kind, data, minutes, journey):
        self.count += 1
        happened_at = self.now - minutes * MINUTE
        if isinstance(data.get("due"), int):
            data = {**data, "due": happened_at + data["due"] * MINUTE}
        return Told(f"e{self.count:04}", kind, happened_at, journey, data)

    def event(self, told):
        return self.service.event(DATA[told.kind](**told.data), told.at, id=told.number, journey=told.journey)

    def publish(self, name, document, *, stores, minutes=0):
        self.count += 1
        document = {"concept": name, "version": self.count, "title": name, "stores": stores, **document}
        document = {key: value for key, value in document.items() if value is not None}
        store = "riga-1" if stores else "*"
        event = self.told("concept.published", {"concept": document, "version": self.count}, minutes, None)
        self.reference.published.add(event.at, store, document)
        event = self.event(event).model_copy(update={"store": store})
        self.sent.append(event)
        self.service.take_in(event, now=self.now)
        self.compare()
        self.look_where_it_is_told_to()

    def take_in(self, told, repeated=()):
        for each in told:
            self.reference.hear(each)
        events = [self.event(each) for each in told]
        self.sent += events
        self.service.take_in(*events, *repeated, now=self.now)
        own = [each for each in told if each.journey]
        self.compare({own[0].journey: min(each.at for each in own)} if own else {})
        self.look_where_it_is_told_to()

    def look_where_it_is_told_to(self):
        """The service tells itself which journeys to look at again."""
        asked = self.messages(TOUCHPOINTS.name)
        if asked:
            self.service.take_in(*map(parse_event, asked), now=self.now)
            self.service.rows.change(delete(OUTGOING).where(OUTGOING.c.topic == TOUCHPOINTS.name))
            self.compare()

    def messages(self, topic=EVALUATIONS.name):
        unsent = StoredTransaction(self.service.rows).unsent(100_000)
        return [each.value for _, each in unsent if each.topic == topic]

    def compare(self, news=()):
        """Compare what was published of journeys since the last time; `news`: when the first of their news happened."""
        published = self.messages()
        for body in published[self.seen :]:
            message = json.loads(body)
            if message["type"] == "touchline.journey.evaluated.v1":
                self.compare_journey(message["subject"], message["data"], dict(news).get(message["subject"]))
        self.seen = len(published)

    def compare_journey(self, journey, data, news_from):
        record = self.reference.record(journey, self.now)
        stands = self.reference.stands(journey, self.now, record=record)
        lines = {line["line"]: line for line in data["lines"]}
        near = partial(approx, rel=1e-6, abs=1e-9)

        assert set(lines) == {row.name for row in stands.rows}
        for row in stands.rows:
            assert lines[row.name].get("ratio") == (None if row.x is None else near(row.x)), row
            assert lines[row.name]["contribution"] == near(stands.parts.get(row.name, 0.0)), row
            assert lines[row.name]["forecast_contribution"] == near(stands.forecast_parts[row.name]), row
        assert (data["journey_state"] == "closed") == stands.closed
        assert data["risk"] == near(stands.risk)
        self.compare_notices(journey, data, stands, news_from)

    def compare_notices(self, journey, data, stands, news_from):
        notices = self.named.setdefault(journey, {})
        flagged = {line for line, (_, state) in notices.items() if state == "named"}
        named = at_risk(stands, flagged)
        for line, (since, state) in list(notices.items()):
            late = news_from is not None and news_from <= since
            if line in named:
                notices[line] = (since if state == "named" else stands.at, "named")
            elif state != "retracted" and late and self.unfounded(journey, line, since):
                notices[line] = (since, "retracted")
            elif state == "named":
                notices[line] = (since, "cleared")
        for line in named - notices.keys():
            notices[line] = (stands.at, "named")

        assert {each["line"] for each in data["attention"]} == named
        assert set(data["retracted"]) == {line for line, (_, state) in notices.items() if state == "retracted"}

    def unfounded(self, journey, line, since):
        """Whether nobody would have been told then, had all been known."""
        record = self.reference.record(journey, self.now)
        stands = self.reference.stands(journey, since, record=record)
        return stands is None or stands.risk <= 0.25 or stands.forecast_parts.get(line, 0.0) >= -0.05

    def nobody_has_been_forgotten(self):
        """Silence is news: what needs attention by the clock alone has been told within seconds."""
        for journey, notices in self.named.items():
            told = {line for line, (_, state) in notices.items() if state == "named"}
            before, now = (
                self.reference.stands(journey, at, record=self.reference.record(journey, self.now))
                for at in (self.now - timedelta(seconds=3), self.now)
            )
            if before is not None and not now.closed:
                assert at_risk(before, told) & at_risk(now, told) <= told

    @invariant()
    def what_was_settled_is_counted_once(self):
        counted, everywhere = {}, {}
        for _, subject, day, good in self.reference.settled(self.now):
            here = counted.setdefault((subject, day.isoformat()), [0, 0])
            here[0 if good else 1] += 1
            if subject == "promise":
                there = everywhere.setdefault(("unit", day.isoformat()), [0, 0])
                there[0 if good else 1] += 1
        rows = StoredTransaction(self.service.rows).settled_in(["riga-1", EVERYWHERE])
        kept = {
            (store, subject[0], day.isoformat()): list(settled) for store, subject, day, settled in rows if any(settled)
        }

        assert kept == {
            **{("riga-1", *key): numbers for key, numbers in counted.items()},
            **{(EVERYWHERE, *key): numbers for key, numbers in everywhere.items()},
        }


TestServiceAgainstReference = ServiceAgainstReference.TestCase
TestServiceAgainstReference.settings = settings(stateful_step_count=12)
