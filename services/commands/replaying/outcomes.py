"""What came of a history: the latest evaluation of each of its journeys, and the alerts that were raised for them."""

from dataclasses import dataclass, field

from aiokafka import ConsumerRecord
from pydantic import BaseModel, ConfigDict, ValidationError

from services.commands.replaying.history import History


class _Line(BaseModel):
    model_config = ConfigDict(extra="ignore")
    line: str
    state: str


class _Evaluation(BaseModel):
    model_config = ConfigDict(extra="ignore")
    version: int
    epoch: int = 0
    events: int
    lines: list[_Line]

    @property
    def edition(self) -> tuple[int, int]:
        return (self.epoch, self.version)


class _Told(BaseModel):
    """The part of journey.evaluated that is needed here: there may be many, and reading them whole takes long."""

    model_config = ConfigDict(extra="ignore")
    data: _Evaluation


class _Alert(BaseModel):
    """The part of an alert's events that is needed here."""

    model_config = ConfigDict(extra="ignore")
    id: str
    type: str
    replay: bool = False


PAGES = ("touchline.alert.opened.", "touchline.alert.escalated.")
"""The types that somebody is called for, without their version."""


@dataclass(kw_only=True)
class Outcomes:
    """What is known so far of the journeys of a history."""

    history: History
    latest: dict[bytes, _Evaluation] = field(default_factory=dict)
    """By Kafka key; of each journey the one with the highest edition."""
    done: set[bytes] = field(default_factory=set)
    """The journeys whose latest evaluation counts all of their events."""
    contradicting: int = 0
    """Evaluations that bear the edition of another one and say something else."""
    pages: set[str] = field(default_factory=set)
    """Alerts opened or escalated, by the ids of these events, for which somebody was paged."""
    _seen: dict[tuple[bytes, tuple[int, int]], int] = field(default_factory=dict)

    @property
    def complete(self) -> bool:
        """Whether every journey has been evaluated with all of its events."""
        return len(self.done) >= self.history.evaluable

    @property
    def missing(self) -> list[str]:
        """The journeys that have not been, as store/journey_id."""
        journeys = self.history.journeys.items()
        return sorted(key.decode() for key, each in journeys if each.evaluable and key not in self.done)

    @property
    def counting_more(self) -> int:
        """Journeys whose evaluation counts more events than the file holds of them."""
        return sum(each.events > self.history.journeys[key].events for key, each in self.latest.items())

    def take_evaluation(self, record: ConsumerRecord) -> bool:
        """Take in a record of the evaluations topic; whether it told anything new of this history."""
        past = self.history.journeys.get(record.key or b"")
        if past is None or record.value is None:
            return False
        try:
            told = _Told.model_validate_json(record.value).data
        except ValidationError:
            return False  # nobody's evaluation of anything
        said = hash(record.value)
        before = self._seen.setdefault((record.key, told.edition), said)
        self.contradicting += before != said
        latest = self.latest.get(record.key)
        if latest is not None and latest.edition >= told.edition:
            return False
        self.latest[record.key] = told
        if told.events >= past.events and past.evaluable:
            self.done.add(record.key)
        return True

    def take_alert(self, record: ConsumerRecord) -> None:
        """Take in a record of the alerts topic."""
        if (record.key or b"") not in self.history.journeys or record.value is None:
            return
        try:
            alert = _Alert.model_validate_json(record.value)
        except ValidationError:
            return  # nobody's alert
        if alert.type.startswith(PAGES) and not alert.replay:
            self.pages.add(alert.id)
