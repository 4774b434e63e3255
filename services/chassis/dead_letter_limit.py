"""How much of a partition may be set aside: beyond it is no bad input any more, but a fault, and the partition stops.

After a wrong deploy, or of a wrong topic, nothing can be read: to go on would turn all of it into dead letters.
"""

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import structlog

from services.chassis.bookkeeping import Outgoing, Record, TopicIdentity
from services.chassis.dead_letters import place_of, reason_of

OF_LAST = 100_000
"""The messages of a partition that are looked back on. The usual limit is 1 % of them, or as many in a row."""

Place = tuple[TopicIdentity, int]
Weighed = Mapping[Place, deque[int]]
"""By partition, the offsets of what was set aside of its last messages, in order."""


class Stop(NamedTuple):
    """Where and why a partition stands still."""

    offset: int
    """The first message that is not set aside any more; nothing from here on is read."""
    why: str
    """What is wrong with it."""


class TooMany(Exception):
    """More would be set aside than may be. By partition, where it has to stop."""

    def __init__(self, identity: TopicIdentity, stops: Mapping[int, Stop]) -> None:
        super().__init__(f"too much would be set aside of {', '.join(f'partition {each}' for each in stops)}")
        self.identity = identity
        self.stops = stops


class DeadLetterLimit:
    """Of the last `OF_LAST` messages of a partition at most so many are set aside. It counts from the process' start.

    What can be read costs nothing here: offsets say how long ago something was set aside.
    """

    def __init__(self, most: int) -> None:
        """`most`: 0 is no limit."""
        self.most = most
        self._set_aside: dict[Place, deque[int]] = {}
        self._stopped: dict[Place, Stop] = {}
        self._log = structlog.get_logger()

    def weigh(self, identity: TopicIdentity, letters: Iterable[Outgoing]) -> Weighed:
        """What is to be kept once these are set aside, which are in order. Raises TooMany, and changes nothing."""
        weighed: dict[Place, deque[int]] = {}
        stops: dict[int, Stop] = {}
        for letter in letters if self.most else ():
            partition, offset = place_of(letter)
            place = identity, partition
            if place not in weighed:
                weighed[place] = deque(self._set_aside.get(place, ()))
            recent = weighed[place]
            recent.append(offset)
            while recent[0] <= offset - OF_LAST:
                recent.popleft()
            if len(recent) > self.most:
                stops.setdefault(partition, Stop(offset, reason_of(letter)))
        if stops:
            raise TooMany(identity, stops)
        return weighed

    def keep(self, weighed: Weighed) -> None:
        """They have been set aside."""
        self._set_aside.update(weighed)

    def stop(self, many: TooMany) -> None:
        """Have partitions stand still until somebody else moves them on, or this process ends."""
        for partition, stop in many.stops.items():
            self._stopped[many.identity, partition] = stop
            self._log.error(
                "too much of a partition cannot be used: it stands still, nothing more of it is read or set aside",
                topic=many.identity.name,
                partition=partition,
                offset=stop.offset,
                set_aside=self.most,
                of_last=OF_LAST,
                why=stop.why,
                what_to_do=self._what_to_do,
            )

    def begin(self, identity: TopicIdentity, offsets: Mapping[int, int]) -> None:
        """We begin where the store stands: what stood still and was moved by somebody else is free again."""
        for partition, at in offsets.items():
            place = identity, partition
            stop = self._stopped.get(place)
            if stop is not None and at != stop.offset:
                del self._stopped[place]
            if stop is not None and at > stop.offset:
                self._set_aside.pop(place, None)

    def stopped(self, identity: TopicIdentity | None, partitions: Iterable[int]) -> dict[int, Stop]:
        """Which of these stand still."""
        if identity is None or not self._stopped:
            return {}
        found = {each: self._stopped.get((identity, each)) for each in partitions}
        return {partition: stop for partition, stop in found.items() if stop is not None}

    def in_words(self, stopped: Mapping[int, Stop]) -> list[str]:
        """What stands still, why, and what to do about it, for people."""
        return [
            f"partition {partition} stands still at offset {stop.offset}: of its last {OF_LAST:,} messages "
            f"{self.most:,} were set aside, and this one cannot be used either ({stop.why}); {self._what_to_do}"
            for partition, stop in sorted(stopped.items())
        ]

    @property
    def _what_to_do(self) -> str:
        return (
            "mend what writes or reads them, and start this service again; to have them set aside all the same, start "
            f"it with more than {self.most} as TOUCHLINE_MOST_DEAD_LETTERS (0: no limit)"
        )


def before(records: Sequence[Record], stopped: Mapping[int, Stop]) -> Sequence[Record]:
    """Those records that come before where their partition stands still."""
    if not stopped:
        return records
    return [each for each in records if each.partition not in stopped or each.offset < stopped[each.partition].offset]


def hold(consumer: Any, stopped: Iterable[int]) -> None:
    """Have a client fetch everything that is assigned to it but what stands still."""
    stopped = set(stopped)
    for place in consumer.assignment():
        if place.partition in stopped:
            consumer.pause(place)
        else:
            consumer.resume(place)
