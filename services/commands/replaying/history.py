"""The history in a file: its events as they are sent, and what is to be expected of each of its journeys."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from services.chassis.producing import Message
from services.commands.event_lines import BYTE_ORDER_MARK, read_lines
from services.experience.domain.journey import VERDICTS
from touchline_contracts import TOUCHPOINTS, AnyEvent

LARGEST_EVENT_BYTES = 256 * 1024
"""As much as the touchpoint services take."""
OUR_OWN = ("experience", "alerts")
"""Who tells what Touchline itself has found out: not history, but what will be made of it again."""
LOWEST, HIGHEST = 1.0, 5.0
"""The scale to which all feedback is brought, so that it has one mean."""


@dataclass(slots=True)
class PastJourney:
    """What the file holds of one journey."""

    events: int = 0
    """How many different ones."""
    evaluable: bool = False
    """Whether anything but verdicts was told of it."""
    delivered: bool = False
    """Whether what was ordered was delivered."""
    scored_at: datetime | None = None
    score: float | None = None
    """The customer's first verdict, brought to the scale from 1 to 5."""


@dataclass(frozen=True, kw_only=True)
class UnreadableLine:
    """A line that is not sent, and why."""

    line: int
    reason: str


@dataclass(kw_only=True)
class History:
    """What was read so far. Journeys are known by their Kafka key, store/journey_id."""

    lines: int = 0
    size: int = 0
    """In bytes."""
    repeated: int = 0
    """Events that the file holds more than once; they are sent again as well, and count once."""
    unreadable: list[UnreadableLine] = field(default_factory=list)
    journeys: dict[bytes, PastJourney] = field(default_factory=dict)
    _keys: dict[tuple[str, str, str], bytes] = field(default_factory=dict)

    @property
    def evaluable(self) -> int:
        """How many journeys will be evaluated."""
        return sum(journey.evaluable for journey in self.journeys.values())

    def read(self, lines: Iterable[bytes]) -> Iterator[Message]:
        """The events in `lines` as messages, marked as history. Lines that are no events are noted and left out."""
        line = b""

        def noted() -> Iterator[bytes]:
            nonlocal line
            for line in lines:
                self.lines += 1
                self.size += len(line)
                yield line

        for number, event in read_lines(noted()):
            reason = event if isinstance(event, str) else self._reason_against(event, len(line))
            if isinstance(event, str) or reason is not None:
                self.unreadable.append(UnreadableLine(line=number, reason=str(reason)))
                continue
            key = event.key.encode()
            self._note(event, key)
            yield Message(key, _as_history(line.removeprefix(BYTE_ORDER_MARK).strip(), event))

    def _reason_against(self, event: AnyEvent, size: int) -> str | None:
        """Why an event is not sent, though it can be read."""
        if size > LARGEST_EVENT_BYTES:
            return f"an event may have at most {LARGEST_EVENT_BYTES:,} bytes, got {size:,}"
        if event.kind is not None and (event.kind.teller in OUR_OWN or event.kind.topic is not TOUCHPOINTS):
            return f"{event.type} is told by Touchline itself; leave it out, it will be told anew"
        known = self._keys.get(event.identity)
        if known is not None and known != event.key.encode():
            return (
                f"the id {event.id} of {event.source} is taken by an event of {known.decode()}: "
                "an id stands for one event for ever; give this one another"
            )
        return None

    def _note(self, event: AnyEvent, key: bytes) -> None:
        if event.identity in self._keys:
            self.repeated += 1
            return
        self._keys[event.identity] = key
        if event.subject is None:
            return
        journey = self.journeys.setdefault(key, PastJourney())
        journey.events += 1
        kind = event.kind.name if event.kind is not None else event.type
        journey.evaluable |= kind not in VERDICTS
        if kind == "delivery.completed" and event.data.condition == "as_ordered":
            journey.delivered = True
        if kind == "feedback.given" and (journey.scored_at is None or event.time < journey.scored_at):
            given = event.data
            share = (given.score - given.scale_min) / (given.scale_max - given.scale_min)
            journey.scored_at, journey.score = event.time, LOWEST + share * (HIGHEST - LOWEST)


def _as_history(body: bytes, event: AnyEvent) -> bytes:
    """The event's JSON with `replay` set to true, and else as it was written."""
    if event.replay:
        return body
    if b'"replay"' not in body:
        return body[:-1].rstrip() + b',"replay":true}'
    document = json.loads(body)
    document["replay"] = True
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
