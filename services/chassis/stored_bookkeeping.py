"""Offsets and outgoing messages in the database, in the same transaction as all else. Implements `Bookkeeping`."""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence

from sqlalchemy import ColumnElement, delete, select, update

from services.chassis.bookkeeping import Fenced, Outgoing, TopicIdentity
from services.chassis.rows import Rows
from services.chassis.tables import CHECKED, OFFSETS, OUTGOING

NO_HEADERS = "{}"


class StoredBookkeeping:
    """The part of a transaction that is the same for every durable consumer."""

    def __init__(self, rows: Rows) -> None:
        self.rows = rows
        self.left_to_send: list[tuple[int, Outgoing]] = []
        """What this transaction leaves behind to be sent, each with its number."""
        self.letters: list[Outgoing] = []
        """The dead letters among it."""
        self.compacted: Collection[str] = ()
        """The topics of which only the last message of each key counts."""

    def next_offsets(self, identity: TopicIdentity) -> Mapping[int, int]:
        """By partition, the offset to read next."""
        found = select(OFFSETS.c.partition, OFFSETS.c.next).where(*_of(identity))
        return {row[0]: row[1] for row in self.rows.all(found)}

    def read_before(self, topic: str) -> Sequence[TopicIdentity]:
        """Every topic of this name that was read from."""
        found = select(OFFSETS.c.cluster, OFFSETS.c.topic, OFFSETS.c.topic_id).where(OFFSETS.c.topic == topic)
        return [TopicIdentity(*row) for row in self.rows.all(found.distinct())]

    def advance(self, identity: TopicIdentity, partition: int, *, expected: int | None, to: int) -> None:
        """Move a partition on; Fenced when it does not stand where expected."""
        if expected is None:
            changed = self.rows.keep(OFFSETS, [(identity.name, identity.cluster, identity.id, partition, to)])
        else:
            # Where another worker has done so and not committed yet, this waits until it has.
            stands = (*_of(identity), OFFSETS.c.partition == partition, OFFSETS.c.next == expected)
            changed = self.rows.change(update(OFFSETS).where(*stands).values(next=to))
        if changed != 1:
            raise Fenced(f"{identity.name}/{partition} does not stand at {expected} any more")

    def check_writable(self) -> None:
        """Write something that has to reach the disk: what is rolled back never does."""
        self.rows.count_in(CHECKED, ["times"], [(1, 1)])

    def send(self, messages: Iterable[Outgoing]) -> None:
        """Send messages after the commit.

        Of a compacted topic they take the place of what is still unsent: what a dead worker has left is sent later.
        """
        messages = list(messages)
        if not messages:
            return
        self.rows.remove(
            OUTGOING, ("topic", "key"), [(each.topic, each.key) for each in messages if each.topic in self.compacted]
        )
        numbers = self.rows.append(
            OUTGOING,
            [(topic, key, value, json.dumps(dict(h)) if h else NO_HEADERS) for topic, key, value, h in messages],
        )
        self.left_to_send += zip(numbers, messages, strict=True)

    def set_aside(self, letters: Sequence[Outgoing]) -> None:
        """Send dead letters after the commit."""
        self.letters += letters
        self.send(letters)

    def unsent(self, limit: int, *, after: int = 0) -> Sequence[tuple[int, Outgoing]]:
        """Messages not sent yet, oldest first."""
        found = select(OUTGOING).where(OUTGOING.c.number > after).order_by(OUTGOING.c.number).limit(limit)
        return [
            (number, Outgoing(topic, key, value, {} if headers == NO_HEADERS else json.loads(headers)))
            for number, topic, key, value, headers in self.rows.all(found)
        ]

    def forget_sent(self, numbers: Iterable[int]) -> None:
        """Kafka has acknowledged these."""
        self.rows.remove(OUTGOING, ("number",), [(number,) for number in numbers])

    def forget_sent_range(self, first: int, last: int) -> None:
        """Kafka has acknowledged these, and all between them."""
        self.rows.change(delete(OUTGOING).where(OUTGOING.c.number.between(first, last)))


def _of(identity: TopicIdentity) -> tuple[ColumnElement[bool], ...]:
    return (OFFSETS.c.cluster == identity.cluster, OFFSETS.c.topic == identity.name, OFFSETS.c.topic_id == identity.id)
