"""Delivers through one channel: each alert's steps in order, again until they arrive, and in nobody's way."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta

import structlog

from services.alerts.ports import Attempt, Channel, Delivery, Fate, Transact, Transaction
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
CLAIM = timedelta(seconds=30)
"""For so long other workers leave a delivery to the one that has begun it; an attempt takes half of that at most."""

Observe = Callable[[Delivery, Fate, float], None]
"""Counts an attempt to deliver: what became of it, and how many seconds it took."""


class Delivering:
    """Delivers what transactions have left behind. After a crash a delivery may arrive twice, with the same id."""

    def __init__(
        self,
        transact: Transact,
        channel: Channel,
        *,
        observe: Observe,
        pauses_seconds: Sequence[float] = PAUSES_SECONDS,
        give_up_after: timedelta = GIVE_UP_AFTER,
    ) -> None:
        self._transact, self._channel, self._observe = transact, channel, observe
        self._pauses_seconds, self._give_up_after = pauses_seconds, give_up_after
        self._under_way: dict[str, asyncio.Task[None]] = {}
        self._wake = asyncio.Event()
        self._not_before = _now()
        self._gone = False
        self._log = structlog.get_logger().bind(channel=channel.name, where=channel.where)
        self.trouble: str | None = None
        """What is wrong with the channel, in words; None when nothing is."""

    def wake(self) -> None:
        """Something to be delivered was committed. Call after the commit."""
        self._wake.set()

    async def nothing_due(self) -> bool:
        """Whether all that can be delivered now has been."""
        due = await self._transact(lambda each: each.due_deliveries(self._channel.name, _now(), 1))
        return not due and not self._under_way

    async def waiting(self) -> int:
        """How many deliveries have not gone out yet."""
        return await self._transact(lambda each: each.count_waiting(self._channel.name))

    async def run(self) -> None:
        """Deliver until cancelled."""
        try:
            while True:
                self._wake.clear()
                seconds: float | None
                try:
                    seconds = await self._start_what_is_due()
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

    async def _start_what_is_due(self) -> float | None:
        """Start what is due, and say after how many seconds to look again; None: not before somebody wakes us."""
        if self._gone:
            await self._transact(lambda each: each.give_up_all(self._channel.name))
            return None
        wait = (self._not_before - _now()).total_seconds()
        if wait > 0:
            return wait
        under_way = set(self._under_way)
        ours, later = await self._transact(lambda each: self._claim(each, under_way))
        for each in ours:
            self._under_way[each.delivery_id] = asyncio.create_task(self._deliver(each))
        # Whatever ends wakes us too, and with it those that found no room.
        return LOOK_SECONDS if later is None else min(max((later - _now()).total_seconds(), 0.0), LOOK_SECONDS)

    def _claim(self, transaction: Transaction, under_way: set[str]) -> tuple[list[Delivery], datetime | None]:
        """What is due and ours to deliver now, as much as there is room for; and when more becomes due."""
        now = _now()
        due = transaction.due_deliveries(self._channel.name, now, AT_ONCE + len(under_way))
        fresh = [each for each in due if each.delivery_id not in under_way][: AT_ONCE - len(under_way)]
        later = transaction.next_delivery_at(self._channel.name, after=now)
        return transaction.claim(fresh, now=now, until=now + CLAIM), later

    async def _deliver(self, delivery: Delivery) -> None:
        tried_at = _now()
        try:
            attempt = await self._attempt(delivery)
            self._observe(delivery, attempt.fate, (_now() - tried_at).total_seconds())
            self._say(attempt)
            await self._until_written(lambda: self._record(delivery, attempt, tried_at))
        finally:
            del self._under_way[delivery.delivery_id]
            self._wake.set()

    async def _attempt(self, delivery: Delivery) -> Attempt:
        try:
            return await self._channel.send(delivery)
        except Exception as error:  # noqa: BLE001  # a fault of ours in one channel must not end all deliveries
            return Attempt(fate=Fate.REFUSED, why=f"it cannot be sent ({type(error).__name__})")

    async def _record(self, delivery: Delivery, attempt: Attempt, tried_at: datetime) -> None:
        now, name = _now(), delivery.delivery_id
        if attempt.fate is Fate.SENT:
            await self._transact(lambda each: each.delivered(name))
        elif attempt.fate is Fate.GONE or now - (delivery.first_tried_at or tried_at) > self._give_up_after:
            await self._transact(lambda each: each.give_up(name))
            self._log.error("a delivery is given up", delivery=name, attempts=delivery.attempts + 1, why=attempt.why)
        else:
            pause = self._pauses_seconds[min(delivery.attempts, len(self._pauses_seconds) - 1)]
            next_at = now + timedelta(seconds=max(pause, attempt.wait_seconds or 0.0))
            if attempt.wait_seconds:
                self._not_before = max(self._not_before, next_at)  # it wants all of us to wait, not just this one
            await self._transact(lambda each: each.try_again(name, tried_at=tried_at, next_at=next_at))

    async def _until_written(self, work: Callable[[], Awaitable[None]]) -> None:
        while True:
            try:
                return await work()
            except TRANSIENT as error:
                self._log.error("cannot note a delivery, trying until it works", error=repr(error))
                await asyncio.sleep(DATABASE_PAUSE_SECONDS)

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


def _now() -> datetime:
    """The network's time: deliveries are due, signed and given up by it, whatever clock the process was handed."""
    return datetime.now(UTC)
