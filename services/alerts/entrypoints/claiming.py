"""What goes out next through a channel: each delivery by itself; to one person, what belongs together, in a message."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Protocol

from services.alerts.delivery import FAIL_OVER_ATTEMPTS, Delivery, Message
from services.alerts.domain.pacing import APART, PATIENCE, NotBefore, arrange, at_once
from services.alerts.domain.taken import LOOKS_AGAIN
from services.alerts.entrypoints.paging import body_of, waiting_for
from services.alerts.ports import Transaction

LEASE = timedelta(seconds=20)
"""For so long other workers leave a delivery to the one that has begun it: an attempt may take 15 s, and be noted."""
MOST_PAGES = 1000
"""So many that wait for one person are looked at together; of more, those that have waited the longest."""

Digest = Callable[[Sequence[bytes]], bytes]
"""The body of a message made of the bodies of several deliveries."""


class Claim(Protocol):
    """Takes what is due, as much as there is room for, so that nobody else sends it."""

    def __call__(
        self, transaction: Transaction, channel: str, now: datetime, *, room: int, under_way: Collection[str]
    ) -> list[Message]:
        """`under_way`: the messages, by id, that are being sent by this process."""
        ...


def each_by_itself(
    transaction: Transaction, channel: str, now: datetime, *, room: int, under_way: Collection[str]
) -> list[Message]:
    """For programs, and for addresses that nobody in particular reads."""
    due = transaction.due_deliveries(channel, now, room + len(under_way))
    fresh = [each for each in due if each.delivery_id not in under_way][:room]
    return [Message(delivery=each, members=(each,)) for each in transaction.claim(fresh, now=now, until=now + LEASE)]


class ToOnePerson:
    """What waits for one person, arranged by `domain.pacing`."""

    def __init__(
        self,
        digest: Digest,
        not_before: NotBefore = at_once,
        *,
        handed: Callable[[datetime], datetime] = lambda now: now,
    ) -> None:
        """`handed`: what time alerts go by, given the network's."""
        self._digest, self._not_before, self._handed = digest, not_before, handed

    def __call__(
        self, transaction: Transaction, channel: str, now: datetime, *, room: int, under_way: Collection[str]
    ) -> list[Message]:
        """One message at a time. One that was tried in vain goes out again as it was, before anything new is begun.

        What was tried in vain so often that it was passed on goes with what has come meanwhile: who can be reached
        again finds one message, and nothing is kept waiting behind one that is never taken.
        """
        if under_way or not room:
            return []
        waiting = transaction.undelivered(channel, now, MOST_PAGES)
        begun = [each for each in waiting.begun if each.attempts < FAIL_OVER_ATTEMPTS]
        again: dict[str, list[Delivery]] = {}
        for each in begun:
            if each.message_id and (each.due_at or now) <= now:
                again.setdefault(each.message_id, []).append(each)
        late = [each for each in waiting.begun if each.attempts >= FAIL_OVER_ATTEMPTS]
        chosen = again if begun else self._fresh(transaction, channel, [*late, *waiting.fresh], now)
        for message_id, members in chosen.items():
            ours = transaction.claim(members, now=now, until=now + LEASE, message_id=message_id)
            if ours:
                somebodys = {each.alert_id for each in ours if each.taken}
                if somebodys:
                    transaction.look_again(somebodys, self._handed(now) + LOOKS_AGAIN)
                return [self._message(message_id, sorted(ours, key=_by_alert))]
        return []

    def _fresh(
        self, transaction: Transaction, channel: str, deliveries: Sequence[Delivery], now: datetime
    ) -> dict[str, list[Delivery]]:
        if not deliveries:
            return {}
        pages, told_of = waiting_for(transaction, channel, deliveries, now, alerts_now=self._handed(now))
        arranged = arrange(
            pages,
            transaction.said(channel, now - max(APART, PATIENCE)),
            now,
            told_of=told_of.keys(),
            called_for={alert_id for alert_id, called in told_of.items() if called},
            not_before=self._not_before,
        )
        transaction.hold(arranged.held)
        transaction.settle(arranged.settled)
        somebodys = {each.page_id for each in pages if each.taken}
        by_id = {each.delivery_id: replace(each, taken=each.delivery_id in somebodys) for each in deliveries}
        messages = [[by_id[each.page_id] for each in pages] for pages in arranged.messages]
        return {_message_id(members): members for members in messages}

    def _message(self, message_id: str, members: Sequence[Delivery]) -> Message:
        # Of an alert the last step says it all.
        told = list({each.alert_id: each for each in members}.values())
        if len(told) == 1:
            return Message(delivery=replace(told[0], body=body_of(told[0])), members=tuple(members))
        tried = {each.first_tried_at for each in members} - {None}
        delivery = replace(
            members[0],
            delivery_id=message_id,
            alert_id=message_id.partition(":")[0],
            step=1,
            body=self._digest([body_of(each) for each in told]),
            asked_at=None,
            first_tried_at=min(tried, default=None, key=_earliest),
        )
        return Message(delivery=delivery, members=tuple(members))


def _message_id(members: Sequence[Delivery]) -> str:
    """The same for the same deliveries, so that a receiver can tell when it comes again."""
    if len(members) == 1:
        return members[0].delivery_id
    ids = "\n".join(sorted(each.delivery_id for each in members))
    return f"{sha256(ids.encode()).hexdigest()[:32]}:1:{members[0].channel}"


def _by_alert(delivery: Delivery) -> tuple[str, int]:
    return delivery.alert_id, delivery.step


def _earliest(at: datetime | None) -> float:
    return 0.0 if at is None else at.timestamp()
