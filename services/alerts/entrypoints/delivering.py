"""Delivers through one channel: each alert's steps in order, again until they arrive, and in nobody's way.

What does not arrive is given to the next channel as well, which has a task of its own: docs/decisions/0018.
"""

import asyncio
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from services.alerts.delivery import Attempt, Channel, Delivery, Fate, Message
from services.alerts.entrypoints.claiming import Claim, each_by_itself
from services.alerts.ports import Transact, Transaction
from services.chassis.clock import SystemClock
from services.chassis.consuming import TRANSIENT

PAUSES_SECONDS = (1.0, 2.0, 5.0, 10.0, 20.0, 40.0, 60.0)
"""Between two attempts; the last one holds from then on. Real seconds: a network does not care for the handed clock."""
GIVE_UP_AFTER = timedelta(hours=24)
"""Counted from the first attempt. What nobody took by then would not help anybody any more."""
AT_ONCE = 8
"""Deliveries under way at the same time, so that one alert does not wait for another's slow answer."""
LAST_SECONDS = 1.5
"""What is under way when the process ends may take this long; what does not is tried again at the next start."""
DATABASE_PAUSE_SECONDS = 1.0
LOOK_SECONDS = 5.0
"""How often to look for what another worker has left before it died."""

_CLOCK = SystemClock()

Observe = Callable[[Delivery, Fate, float], None]
"""Counts an attempt to deliver: what became of it, and how many seconds it took."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Tried:
    """An attempt that has ended, and is to be noted."""

    message: Message
    attempt: Attempt
    began_at: datetime
    ended_at: datetime


class Delivering:
    """Delivers what transactions have left behind. After a crash a delivery may arrive twice, with the same id."""

    def __init__(
        self,
        transact: Transact,
        channel: Channel,
        *,
        observe: Observe,
        following: "Delivering | None" = None,
        claim: Claim = each_by_itself,
        pauses_seconds: Sequence[float] = PAUSES_SECONDS,
        give_up_after: timedelta = GIVE_UP_AFTER,
    ) -> None:
        """`following` delivers through the next channel, which is given, too, what does not arrive through this one.

        `claim` takes what goes out next, and puts together what is one message.
        """
        self.channel, self.following, self._take = channel, following, claim
        self._transact, self._observe = transact, observe
        self._pauses_seconds, self._give_up_after = pauses_seconds, give_up_after
        self._under_way: dict[str, asyncio.Task[None]] = {}
        self._tried: dict[str, Tried] = {}
        self._wake = asyncio.Event()
        self._not_before = _now()
        self._taken_back = self._gone = False
        self._log = structlog.get_logger().bind(channel=channel.name, where=channel.where)
        self.trouble: str | None = None
        """What is wrong with the channel, in words; None when nothing is."""

    def wake(self) -> None:
        """Something to be delivered was committed. Call after the commit."""
        self._wake.set()

    async def nothing_due(self) -> bool:
        """Whether all that can be delivered now has been."""
        due = await self._transact(lambda each: each.due_deliveries(self.channel.name, _now(), 1))
        return not due and not self._under_way and not self._tried

    async def waiting(self) -> int:
        """How many deliveries have not gone out yet."""
        return await self._transact(lambda each: each.count_waiting(self.channel.name))

    async def run(self) -> None:
        """Deliver until cancelled."""
        try:
            while True:
                self._wake.clear()
                try:
                    seconds = await self._go_on()
                except TRANSIENT as error:
                    self._log.error("deliveries wait for the database", error=repr(error))
                    seconds = DATABASE_PAUSE_SECONDS
                try:
                    async with asyncio.timeout(seconds):
                        await self._wake.wait()
                except TimeoutError:
                    pass  # something has become due
        finally:
            await self._finish()

    async def _go_on(self) -> float:
        """Note what came of the last attempts and begin new ones. Returns after how many seconds to look again."""
        tried, under_way, now = dict(self._tried), set(self._under_way), _now()
        passed_on, ours, later = await self._transact(
            lambda each: (*self._note(each, tried.values(), now), *self._claim(each, under_way, now))
        )
        for name in tried:
            del self._tried[name]
        self._taken_back = True
        if passed_on and self.following is not None:
            self._log.warning("what does not arrive is sent by the next channel, too", deliveries=passed_on)
            self.following.wake()
        for each in ours:
            self._under_way[each.delivery.delivery_id] = asyncio.create_task(self._deliver(each))
        # Whatever ends wakes us too, and with it those that found no room.
        return LOOK_SECONDS if later is None else min(max((later - _now()).total_seconds(), 0.0), LOOK_SECONDS)

    def _note(self, transaction: Transaction, tried: Collection[Tried], now: datetime) -> tuple[int]:
        """Write down what came of attempts. Returns how many deliveries were given to the next channel."""
        if not self._taken_back:
            transaction.take_back(self.channel.name)
        arrived, in_vain = _members(tried, Fate.SENT), _members(tried, Fate.REFUSED, Fate.GONE)
        for member, each in in_vain:
            transaction.try_again(member.delivery_id, tried_at=each.began_at, next_at=self._next_at(each))
        passed_on = 0
        if self.following is not None:
            to = self.following.channel.name
            passed_on = transaction.pass_on(
                self.channel.name,
                to,
                now=now,
                arrived=[member.delivery_id for member, _ in arrived],
                everything=self._gone,
            )
        for member, each in arrived:
            transaction.delivered(member.delivery_id, at=each.ended_at if member.cause else None)
        for member, each in in_vain:
            if self._is_hopeless(each):
                transaction.give_up(member.delivery_id)
                self._log.error("a delivery is given up", delivery=member.delivery_id, why=each.attempt.why)
        if self._gone:
            transaction.give_up_all(self.channel.name)
        return (passed_on,)

    def _claim(
        self, transaction: Transaction, under_way: Collection[str], now: datetime
    ) -> tuple[list[Message], datetime | None]:
        """What is due and ours to deliver now, as much as there is room for; and when more becomes due."""
        if self._gone:
            return [], None
        if now < self._not_before:
            return [], self._not_before
        ours = self._take(transaction, self.channel.name, now, room=AT_ONCE - len(under_way), under_way=under_way)
        return ours, transaction.next_delivery_at(self.channel.name, after=now)

    async def _deliver(self, message: Message) -> None:
        delivery, began_at = message.delivery, _now()
        try:
            attempt = await self._attempt(delivery)
            ended_at = _now()
            if attempt.wait_seconds:  # it wants all of us to wait, not just this one
                self._not_before = max(self._not_before, ended_at + timedelta(seconds=attempt.wait_seconds))
            self._tried[delivery.delivery_id] = Tried(
                message=message, attempt=attempt, began_at=began_at, ended_at=ended_at
            )
            self._observe(delivery, attempt.fate, (ended_at - began_at).total_seconds())
            self._say(attempt)
        finally:
            del self._under_way[delivery.delivery_id]
            self._wake.set()

    async def _attempt(self, delivery: Delivery) -> Attempt:
        try:
            return await self.channel.send(delivery)
        except Exception as error:  # noqa: BLE001  # a fault of ours in one channel must not end all deliveries
            return Attempt(fate=Fate.REFUSED, why=f"it cannot be sent ({type(error).__name__})")

    def _next_at(self, tried: Tried) -> datetime:
        pause = self._pauses_seconds[min(tried.message.delivery.attempts, len(self._pauses_seconds) - 1)]
        return tried.ended_at + timedelta(seconds=max(pause, tried.attempt.wait_seconds or 0.0))

    def _is_hopeless(self, tried: Tried) -> bool:
        first_tried_at = tried.message.delivery.first_tried_at or tried.began_at
        return tried.attempt.fate is Fate.GONE or tried.ended_at - first_tried_at > self._give_up_after

    def _say(self, attempt: Attempt) -> None:
        if self._gone:
            return
        before, self.trouble = self.trouble, attempt.why or None
        if attempt.fate is Fate.GONE:
            self._gone = True
            self.trouble = "the receiver wants no more messages (410); set another address, or start again to try again"
            self._log.error("the receiver wants no more messages, nothing is sent to it from now on")
        elif self.trouble and not before:
            self._log.error("cannot deliver, trying until it works", why=self.trouble)
        elif before and not self.trouble:
            self._log.info("delivering works again")

    async def _finish(self) -> None:
        if self._under_way:
            await asyncio.wait(self._under_way.values(), timeout=LAST_SECONDS)
        for task in list(self._under_way.values()):
            task.cancel()
        await asyncio.gather(*self._under_way.values(), return_exceptions=True)
        tried = list(self._tried.values())
        try:
            async with asyncio.timeout(LAST_SECONDS):
                await self._transact(lambda each: self._note(each, tried, _now()))
        except (TimeoutError, *TRANSIENT) as error:
            self._log.error("cannot note what has arrived, it is sent once more", error=repr(error))
        self._tried.clear()
        self._taken_back = False


def _members(tried: Collection[Tried], *fates: Fate) -> list[tuple[Delivery, Tried]]:
    """What was told, or was to be, in the attempts that went so."""
    return [(member, each) for each in tried if each.attempt.fate in fates for member in each.message.members]


def _now() -> datetime:
    """The network's time: deliveries are due and given up by it, whatever clock the process was handed."""
    return _CLOCK.now()
