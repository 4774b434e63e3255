"""The experience service without Kafka: its use cases over a database in memory, and what they publish."""

import sqlite3
from datetime import UTC, datetime, timedelta

from services.chassis.sqlite import BOOKKEEPING_SCHEMA
from services.experience.adapters.concept_file import concept_from_document
from services.experience.adapters.messages import evaluation_message, look_again_message
from services.experience.adapters.sqlite import SCHEMA, SqliteTransaction
from services.experience.entrypoints.translation import happening_from
from services.experience.ports import Incoming
from services.experience.usecases import Experience
from touchline_contracts import EVALUATIONS, AnyEvent, new_event, parse_event
from touchline_contracts.evaluations import JourneyEvaluated
from touchline_contracts.fields import Fields
from touchline_contracts.promises import PromiseMade

ELEVEN = datetime(2026, 3, 7, 11, 0, tzinfo=UTC)
PROMISE = PromiseMade(promise_id="p", what="goods", due=ELEVEN + timedelta(hours=3), fulfilled_by="warehouse")
CONFIRM_BY = ELEVEN + timedelta(minutes=45)
"""A quarter of the promise's three hours, which is the default."""


class Service:
    """The use cases over a database in memory, with what they published."""

    def __init__(self) -> None:
        self.connection = sqlite3.connect(":memory:")
        for statement in (*BOOKKEEPING_SCHEMA, *SCHEMA):
            self.connection.execute(statement)
        self.restart()
        self.numbers = iter(range(1_000_000))

    def restart(self) -> None:
        """Forget all that is not in the database."""
        self.experience = Experience(
            decode=lambda body: happening_from(parse_event(body)),
            read_concept=concept_from_document,
            tell=evaluation_message,
            tell_again=look_again_message,
        )

    def event(
        self, data: Fields, at: datetime, *, id: str = "", journey: str | None = "j", replay: bool = False
    ) -> AnyEvent:
        number = id or f"e-{next(self.numbers)}"
        return new_event(data, id=number, source="/till", store="riga-1", subject=journey, time=at, replay=replay)

    def take_in(self, *events: AnyEvent, now: datetime) -> int:
        incoming = [Incoming(happening=happening_from(each), body=each.to_json()) for each in events]
        self.outcome = self.experience.take_in(SqliteTransaction(self.connection), incoming, now=now)
        return len(self.outcome.fresh)

    def look_again(self, now: datetime) -> int:
        self.outcome = self.experience.look_again(SqliteTransaction(self.connection), now=now, limit=100)
        return len(self.outcome.told)

    def published(self, topic: str = EVALUATIONS.name) -> list[AnyEvent]:
        unsent = SqliteTransaction(self.connection).unsent(10_000)
        return [parse_event(each.value or b"") for _, each in unsent if each.topic == topic]

    def latest(self) -> JourneyEvaluated:
        data: JourneyEvaluated = self.published()[-1].data
        return data
