"""One request's events: checked, stamped, published, and what came of each."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.chassis.clock import Clock
from services.chassis.connecting import Connection
from services.chassis.producing import Message, Producing
from services.touchpoints.shell.checking import Checking, Refused, Taken
from services.touchpoints.shell.reading import Place, Sent
from touchline_contracts.envelope import CONTENT_TYPE

HEADERS = {"content-type": CONTENT_TYPE}
"""CloudEvents in structured mode. Source: CloudEvents 1.0.2, Kafka protocol binding, section 3.3."""


@dataclass(frozen=True, kw_only=True)
class Results:
    """What became of a request's events, each with its place in the request."""

    accepted: Sequence[tuple[Place | None, Taken]]
    refused: Sequence[tuple[Place | None, Refused]]
    unacknowledged: Sequence[tuple[Place | None, Taken]]
    """In order, but Kafka has not said that it has them. They may be there; sending them again does no harm."""


class Accepting:
    """Takes the events of one service to Kafka."""

    def __init__(self, checking: Checking, clock: Clock, connection: Connection, producing: Producing) -> None:
        self._checking = checking
        self._clock = clock
        self._connection = connection
        self._producing = producing

    async def accept(self, events: Sequence[Sent], *, traceparent: str | None) -> Results:
        """Publish those that are in order. Returns in bounded time whatever Kafka does."""
        now = self._clock.now()
        taken: list[tuple[Place | None, Taken]] = []
        refused: list[tuple[Place | None, Refused]] = []
        for sent in events:
            checked = self._checking.check(sent, now=now, traceparent=traceparent)
            if isinstance(checked, Taken):
                taken.append((sent.place, checked))
            else:
                refused.append((sent.place, checked))
        errors = await self._publish([each for _, each in taken])
        return Results(
            accepted=[each for each, error in zip(taken, errors, strict=True) if error is None],
            refused=refused,
            unacknowledged=[each for each, error in zip(taken, errors, strict=True) if error is not None],
        )

    async def _publish(self, taken: Sequence[Taken]) -> Sequence[Exception | None]:
        if not taken:
            return []
        if not self._connection.up:  # known already: no need to let the sender wait for it
            return [ConnectionError("not connected")] * len(taken)
        messages = [Message(each.event.key.encode(), each.value, HEADERS) for each in taken]
        errors = await self._producing.publish(messages)
        failed = next((error for error in errors if error is not None), None)
        if failed is not None:
            self._connection.lost(failed)
        return errors
