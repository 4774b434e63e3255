"""One request's events: checked, stamped, kept, and what came of each."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.chassis.clock import Clock
from services.chassis.producing import Message
from services.chassis.spool import Spool
from services.chassis.spool_disk import NotKept
from services.keys.key import Key
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
    """In order, but not known to be on disk. They may be there; sending them again does no harm."""
    why: str | None = None
    """Why not, and what to do about it."""


class Accepting:
    """Takes the events of one service into its spool."""

    def __init__(self, checking: Checking, clock: Clock, spool: Spool) -> None:
        self._checking = checking
        self._clock = clock
        self._spool = spool

    async def accept(self, events: Sequence[Sent], *, traceparent: str | None, key: Key | None = None) -> Results:
        """Keep those that are in order, all of them or none. Returns in bounded time whatever the disk does.

        `key` is what they were sent with; None: anybody may send them.
        """
        now = self._clock.now()
        taken: list[tuple[Place | None, Taken]] = []
        refused: list[tuple[Place | None, Refused]] = []
        for sent in events:
            checked = self._checking.check(sent, now=now, traceparent=traceparent, key=key)
            if isinstance(checked, Taken):
                taken.append((sent.place, checked))
            else:
                refused.append((sent.place, checked))
        if taken:
            try:
                await self._spool.keep([Message(each.event.key.encode(), each.value, HEADERS) for _, each in taken])
            except NotKept as error:
                return Results(accepted=[], refused=refused, unacknowledged=taken, why=str(error))
        return Results(accepted=taken, refused=refused, unacknowledged=[])
