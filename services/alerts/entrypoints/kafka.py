"""Evaluations from Kafka: read, decided and written in one transaction, together with the offsets."""

from collections import Counter
from collections.abc import Awaitable, Callable, Sequence

from services.alerts.entrypoints.reading import read, set_aside
from services.alerts.metrics import AlertMetrics
from services.alerts.ports import Transact, Transaction
from services.alerts.usecases import Alerts, Outcome
from services.chassis.bookkeeping import Record
from services.chassis.clock import Clock
from services.chassis.consuming import Moves, Offsets
from touchline_contracts import EVALUATIONS


class Evaluations:
    """What the durable consumer of evaluations does with what it reads."""

    def __init__(
        self,
        *,
        alerts: Alerts,
        transact: Transact,
        clock: Clock,
        metrics: AlertMetrics,
        cluster: Callable[[], Awaitable[str]],
        committed: Callable[[], None],
    ) -> None:
        """`cluster` asks for the identity of the Kafka cluster; `committed` is called after each commit."""
        self._alerts, self._transact, self._clock, self._metrics = alerts, transact, clock, metrics
        self._ask_cluster, self._committed = cluster, committed
        self._cluster = ""

    async def load(self) -> Offsets:
        """The stored offsets of the cluster that is there now: it may be another one than a moment ago."""
        self._cluster = await self._ask_cluster()
        return dict(await self._transact(lambda each: each.next_offsets(self._cluster, EVALUATIONS.name)))

    async def apply(self, records: Sequence[Record], moves: Moves) -> None:
        """Take in evaluations, and move their partitions on. Raises Fenced."""
        now = self._clock.now()

        def work(transaction: Transaction) -> tuple[Outcome, Counter[str], dict[str, int]]:
            self._advance(transaction, moves)
            evaluated, letters = read(records, now)
            transaction.send(letter for _, letter in letters)
            outcome = self._alerts.take_in(transaction, evaluated, now=now)
            return outcome, Counter(reason for reason, _ in letters), transaction.count_open()

        outcome, letters, by_severity = await self._transact(work)
        self._metrics.took_in(outcome)
        self._metrics.set_aside(letters)
        self._metrics.open(by_severity)
        self._committed()

    async def set_aside(self, record: Record, error: Exception, moves: Moves) -> None:
        """Set a record aside that nothing can be done with, and move its partition on. Raises Fenced."""
        reason = "cannot_be_handled"
        letter = set_aside(record, reason, error, self._clock.now())

        def work(transaction: Transaction) -> None:
            self._advance(transaction, moves)
            transaction.send([letter])

        await self._transact(work)
        self._metrics.set_aside(Counter([reason]))
        self._committed()

    def _advance(self, transaction: Transaction, moves: Moves) -> None:
        for partition, (expected, to) in moves.items():
            transaction.advance(self._cluster, EVALUATIONS.name, partition, expected=expected, to=to)
