"""What a consumer needs of the store that it feeds, and which faults of a store pass."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field

from services.chassis.bookkeeping import Record, TopicIdentity
from services.chassis.dead_letter_limit import DeadLetterLimit


class Unavailable(Exception):  # named by what it means: nothing of ours has gone wrong
    """The database cannot do its work at the moment, or is in somebody's way there. Try the whole transaction again."""


class Unreachable(Unavailable):
    """There is no connection to the database."""


TRANSIENT = (OSError, Unavailable)
"""Faults of disk, database and network: they pass, so the same records are tried again until they do."""

Offsets = Mapping[int, int]
Moves = dict[int, tuple[int | None, int]]
"""By partition, the offset at which it must stand (None: never read) and the one to move it to."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Store:
    """What a consumer needs of the store."""

    identify: Callable[[], Awaitable[TopicIdentity]]
    """Which topic it is at this moment. Bounded in time."""
    load: Callable[[TopicIdentity], Awaitable[Offsets]]
    """The offsets that are held for a topic."""
    apply: Callable[[TopicIdentity, Sequence[Record], Moves], Awaitable[None]]
    """Apply records and move their partitions on, in one transaction. Raises Fenced, or TooMany."""
    set_aside: Callable[[TopicIdentity, Record, Exception, Moves], Awaitable[None]]
    """Make a dead letter of one record and move its partition on, in one transaction. Raises Fenced, or TooMany."""
    limit: DeadLetterLimit = field(default_factory=lambda: DeadLetterLimit(0))
    """Which partitions stand still because too much of them would be set aside."""
