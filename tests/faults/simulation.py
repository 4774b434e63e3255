"""Kafka, both services and a manager's phone in one thread: what is not in Kafka or in a database is gone at a crash.

The services' own reading, use cases and stores run here; what is simulated is the log, the clock, the loop around
them and the receiver. The real loop, with a real Kafka, is what tests/live is about.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import MetaData, event

from services.alerts.adapters.database import StoredTransaction as AlertTransaction
from services.alerts.adapters.tables import METADATA as ALERT_TABLES
from services.alerts.adapters.telling import alert_message, deliveries, notice_message
from services.alerts.delivery import Delivery
from services.alerts.entrypoints.kafka import take_in as take_in_evaluations
from services.alerts.entrypoints.reading import set_aside as set_evaluation_aside
from services.alerts.usecases import Alerts
from services.chassis.bookkeeping import Fenced, Outgoing, Record, TopicIdentity
from services.chassis.database import engine_for, rows_of
from services.chassis.rows import Rows
from services.chassis.store import TRANSIENT, Unavailable
from services.chassis.tables import BOOKKEEPING
from services.experience.adapters.concept_file import concept_from_lineage
from services.experience.adapters.database import StoredTransaction as ExperienceTransaction
from services.experience.adapters.messages import evaluation_message, look_again_message, store_message
from services.experience.adapters.tables import METADATA as EXPERIENCE_TABLES
from services.experience.entrypoints.reading import read, set_aside
from services.experience.entrypoints.translation import happening_from
from services.experience.usecases import Experience
from tests.faults.simulated import At, Crash, Log
from touchline_contracts import EVALUATIONS, TOUCHPOINTS, Topic, parse_event

PHONE, OTHER_PHONE = "webhook", "webhook-2"
NEXT_PHONE = {PHONE: OTHER_PHONE, OTHER_PHONE: None}
PATIENCE = timedelta(seconds=5)
"""How long the phone is left alone after it has taken nothing."""
LEASE = timedelta(days=365)
"""Longer than all that is played: with one process, what a crash has interrupted waits for nothing."""


class Process:
    """One process of a service. A crash loses all but its database."""

    reads: Topic
    tables: MetaData
    transaction: Callable[[Rows], Any]

    def __init__(self, log: Log, database: Path) -> None:
        self.log, self.database = log, database
        self.partitions: set[int] = set()
        self.fenced = 0
        """How often it has found that another one has gone on."""
        self.start()

    def start(self) -> None:
        """Open the database, making it where there is none, and go on where it stands."""
        self.engine = engine_for(self.database)
        # That a commit survives a power cut is not tried here.
        event.listen(self.engine, "connect", lambda each, _: each.execute("pragma synchronous = off"))
        with self.engine.begin() as connection:
            for each in (BOOKKEEPING, self.tables):
                each.create_all(connection)
        self.identity = TopicIdentity("simulated", self.reads.name, "1")
        self.seek()

    def stop(self) -> None:
        """Be gone, for good or until it is started again."""
        self.engine.dispose()

    def crash(self) -> None:
        """Lose everything but the database, and start again."""
        self.stop()
        self.start()

    def assign(self, partitions: Iterable[int]) -> None:
        """Kafka has given it other partitions."""
        self.partitions = set(partitions)
        self.seek()

    def seek(self) -> None:
        """Go where the database says."""
        self.stored = dict(self.ask(lambda each: each.next_offsets(self.identity)))

    def ask(self, question: Callable[[Any], Any]) -> Any:
        """Look something up in the database."""
        with self.engine.begin() as connection:
            return question(self.transaction(rows_of(connection)))

    def empty(self, *tables: str) -> None:
        """Lose all that is in some tables."""
        with self.engine.begin() as connection:
            for table in tables:
                connection.exec_driver_sql(f"delete from {table}")  # names of ours

    def read(self, now: datetime, *, limit: int = 1000, crash: At = At.NOWHERE, backlog: bool = False) -> int:
        """Take in what there is of each of its partitions; a full batch is a backlog. Returns how much that was."""
        taken = 0
        for partition in sorted(self.partitions):
            records = self.log.read(self.reads.name, partition, self.stored.get(partition, 0), limit)
            try:
                taken += len(records)
                self._take(records, now, crash, behind=backlog or len(records) == limit)
            except Fenced:
                self.fenced += 1
                self.seek()
        return taken

    def send(self, _: datetime, *, limit: int = 1000, crash: At = At.NOWHERE) -> int:
        """Send what was left behind to be sent. Returns how much that was."""
        unsent = self.ask(lambda each: each.unsent(limit))
        if crash is At.BEFORE_COMMIT:
            raise Crash
        for _, message in unsent:
            self.log.append(message)
        if crash is At.AFTER_COMMIT and unsent:
            raise Crash
        self.transact(lambda each: each.forget_sent(number for number, _ in unsent))
        return len(unsent)

    def transact(self, work: Callable[[Any], Any], crash: At = At.NOWHERE) -> Any:
        """Do work in a transaction."""
        try:
            with self.engine.begin() as connection:
                transaction = self.transaction(rows_of(connection))
                transaction.compacted = {EVALUATIONS.name}
                result = work(transaction)
                if crash is At.ROLLED_BACK:
                    raise Unavailable("database or disk is full")  # noqa: TRY301  # as from within the work
                if crash is At.BEFORE_COMMIT:
                    raise Crash  # noqa: TRY301  # as from within the work
        except BaseException:
            self.forget()
            raise
        if crash is At.AFTER_COMMIT:
            raise Crash
        return result

    def take_in(self, transaction: Any, records: Sequence[Record], now: datetime, *, behind: bool) -> None:
        """What the service does with records."""
        raise NotImplementedError

    def letter(self, record: Record, error: Exception, now: datetime) -> Outgoing:
        """The dead letter of a record that cannot be handled."""
        raise NotImplementedError

    def forget(self) -> None:
        """A transaction was rolled back."""

    def _take(self, records: Sequence[Record], now: datetime, crash: At, *, behind: bool) -> None:
        if not records:
            return
        partition, to = records[-1].partition, records[-1].offset + 1

        def move(transaction: Any) -> None:
            transaction.advance(self.identity, partition, expected=self.stored.get(partition), to=to)

        def work(transaction: Any) -> None:
            move(transaction)
            self.take_in(transaction, records, now, behind=behind)

        try:
            self.transact(work, crash)
        except (Fenced, Crash, *TRANSIENT):
            raise
        except Exception as error:  # noqa: BLE001  # as the real reader does
            if len(records) > 1:
                for each in records:
                    self._take([each], now, crash, behind=behind)
                return
            letter = self.letter(records[0], error, now)
            self.transact(lambda each: (move(each), each.send([letter])), crash)
        self.stored[partition] = to


class ExperienceProcess(Process):
    """A worker of the experience service."""

    reads, tables, transaction = TOUCHPOINTS, EXPERIENCE_TABLES, ExperienceTransaction

    def start(self) -> None:
        super().start()
        self.experience = Experience(
            decode=lambda body: happening_from(parse_event(body)),
            read_concept=concept_from_lineage,
            tell=evaluation_message,
            tell_store=store_message,
            tell_again=look_again_message,
        )

    def take_in(self, transaction: Any, records: Sequence[Record], now: datetime, *, behind: bool) -> None:
        incoming, letters = read(records, now)
        transaction.set_aside(letters)
        self.experience.take_in(transaction, incoming, now=now, behind=behind)

    def letter(self, record: Record, error: Exception, now: datetime) -> Outgoing:
        return set_aside(record, error, now)

    def forget(self) -> None:
        self.experience.forget()

    def look_again(self, now: datetime, *, limit: int = 100, crash: At = At.NOWHERE) -> int:
        """Look at what is due. Returns at how much."""
        outcome = self.transact(lambda each: self.experience.look_again(each, now=now, limit=limit), crash)
        return len(outcome.told) + len(outcome.stores)


class AlertProcess(Process):
    """The alert service."""

    reads, tables, transaction = EVALUATIONS, ALERT_TABLES, AlertTransaction

    def __init__(self, log: Log, database: Path) -> None:
        self.received: list[Delivery] = []
        """What has come out of the manager's phones; no crash of ours changes that."""
        self.alerts = Alerts(
            announce=alert_message,
            notify=lambda told, _: deliveries(told, [PHONE], "http://127.0.0.1", now=told.at),
            pass_on=notice_message,
        )
        super().__init__(log, database)

    def start(self) -> None:
        super().start()
        for phone in NEXT_PHONE:
            self.transact(lambda each, phone=phone: each.take_back(phone))

    def take_in(self, transaction: Any, records: Sequence[Record], now: datetime, *, behind: bool) -> None:
        take_in_evaluations(self.alerts, transaction, records, now)

    def letter(self, record: Record, error: Exception, now: datetime) -> Outgoing:
        return set_evaluation_aside(record, error, now)

    def deliver(self, now: datetime, *, limit: int = 100, crash: At = At.NOWHERE) -> int:
        """Send the phones what is due, once it is marked; the first one may refuse. Returns how much was due."""
        return sum(self._deliver(phone, now, limit, crash) for phone in NEXT_PHONE)

    def _deliver(self, phone: str, now: datetime, limit: int, crash: At) -> int:
        claimed = self.transact(
            lambda each: each.claim(each.due_deliveries(phone, now, limit), now=now, until=now + LEASE)
        )
        if claimed and crash is At.BEFORE_COMMIT:
            raise Crash
        refused = phone == PHONE and crash is At.ROLLED_BACK
        for delivery in () if refused else claimed:
            self.received.append(delivery)
            if crash is At.AFTER_COMMIT:
                raise Crash
        self.transact(lambda each: self._note(each, phone, [one.delivery_id for one in claimed], now, refused=refused))
        return len(claimed)

    def _note(self, transaction: Any, phone: str, names: Sequence[str], now: datetime, *, refused: bool) -> None:
        arrived, in_vain = ((), names) if refused else (names, ())
        for name in in_vain:
            transaction.try_again(name, tried_at=now, next_at=now + PATIENCE)
        if NEXT_PHONE[phone] is not None:
            transaction.pass_on(phone, NEXT_PHONE[phone], now=now, arrived=arrived)
        for name in arrived:
            transaction.delivered(name)

    def lose_all_but_what_was_told(self) -> None:
        """Begin anew with the evaluations; what was delivered is never forgotten."""
        self.empty(*({*self.tables.tables, *BOOKKEEPING.tables} - {"deliveries"}))
        self.seek()
