"""The experience service without Kafka: its use cases over a database in memory, and what they publish."""

from datetime import UTC, datetime, timedelta
from typing import Any

from services.experience.adapters.concept_file import concept_from_lineage
from services.experience.adapters.database import StoredTransaction
from services.experience.adapters.messages import evaluation_message, look_again_message, store_message
from services.experience.adapters.tables import METADATA
from services.experience.entrypoints.translation import happening_from
from services.experience.ports import Incoming
from services.experience.usecases import Experience
from tests.databases import in_memory
from touchline_contracts import EVALUATIONS, AnyEvent, new_event, parse_event
from touchline_contracts.concepts import ConceptPublished
from touchline_contracts.evaluations import JourneyEvaluated
from touchline_contracts.fields import Fields
from touchline_contracts.promises import PromiseMade
from touchline_contracts.stores import StoreEvaluated

ELEVEN = datetime(2026, 3, 7, 11, 0, tzinfo=UTC)
PROMISE = PromiseMade(promise_id="p", what="goods", due=ELEVEN + timedelta(hours=3), fulfilled_by="warehouse")
CONFIRM_BY = ELEVEN + timedelta(minutes=45)
"""A quarter of the promise's three hours, which is the default."""


class Service:
    """The use cases over a database in memory, with what they published."""

    def __init__(self) -> None:
        self.rows = in_memory(METADATA)
        self.restart()
        self.numbers = iter(range(1_000_000))

    def restart(self) -> None:
        """Forget all that is not in the database."""
        self.experience = Experience(
            decode=lambda body: happening_from(parse_event(body)),
            read_concept=concept_from_lineage,
            tell=evaluation_message,
            tell_store=store_message,
            tell_again=look_again_message,
        )

    def event(
        self, data: Fields, at: datetime, *, id: str = "", journey: str | None = "j", replay: bool = False
    ) -> AnyEvent:
        number = id or f"e-{next(self.numbers)}"
        return new_event(data, id=number, source="/till", store="riga-1", subject=journey, time=at, replay=replay)

    def take_in(self, *events: AnyEvent, now: datetime, behind: bool = False) -> int:
        incoming = [Incoming(happening=happening_from(each), body=each.to_json()) for each in events]
        self.outcome = self.experience.take_in(StoredTransaction(self.rows), incoming, now=now, behind=behind)
        return len(self.outcome.fresh)

    def look_again(self, now: datetime) -> int:
        self.outcome = self.experience.look_again(StoredTransaction(self.rows), now=now, limit=100)
        return len(self.outcome.told)

    def published(self, topic: str = EVALUATIONS.name) -> list[AnyEvent]:
        """What was published of journeys."""
        return [event for event in self._unsent(topic) if event.subject is not None]

    def of_store(self) -> list[AnyEvent]:
        """What was published of the store as a whole."""
        return [event for event in self._unsent(EVALUATIONS.name) if event.subject is None]

    def _unsent(self, topic: str) -> list[AnyEvent]:
        unsent = StoredTransaction(self.rows).unsent(10_000)
        return [parse_event(each.value or b"") for _, each in unsent if each.topic == topic]

    def latest(self) -> JourneyEvaluated:
        data: JourneyEvaluated = self.published()[-1].data
        return data

    def store_wide(self, data: Fields, at: datetime, *, id: str = "", replay: bool = False) -> AnyEvent:
        """An event about the store as a whole."""
        return self.event(data, at, id=id, journey=None, replay=replay)

    def publish(self, at: datetime, version: int = 1, store: str = "riga-1", **more: Any) -> AnyEvent:
        """The publication of a concept called c."""
        document = {"concept": "c", "version": version, "title": "c", **more}
        event = self.store_wide(ConceptPublished(concept=document, version=version), at)
        return event.model_copy(update={"store": store, "partitionkey": store})

    def stands(self) -> StoreEvaluated:
        """How the store as a whole stands, as was published last."""
        data: StoreEvaluated = self.of_store()[-1].data
        return data

    def deadline(self) -> datetime | None:
        """When something has to be looked at again."""
        return StoredTransaction(self.rows).next_deadline()

    def run_to(self, instant: datetime) -> None:
        """Let the clock run: look again whenever a deadline comes."""
        for _ in range(1000):
            due = self.deadline()
            if due is None or due > instant:
                return
            self.look_again(due)
        raise AssertionError(f"the clock never gets past {due}")
