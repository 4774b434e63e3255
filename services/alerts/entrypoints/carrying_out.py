"""What somebody does about an alert, in one transaction: the same for programs and for the pages."""

from collections.abc import Callable, Mapping
from datetime import datetime

from services.alerts.actions import Actions, Done, Refusal
from services.alerts.domain.action import Acted
from services.alerts.domain.alert import Alert
from services.alerts.ports import OpenAlerts, Transact, Transaction
from services.chassis.clock import Clock


class CarryOut:
    """Does something about an alert; `committed` is called after each commit, with what was done and what is open."""

    def __init__(
        self,
        *,
        transact: Transact,
        clock: Clock,
        actions: Actions,
        committed: Callable[[Done, Mapping[str, OpenAlerts]], None],
    ) -> None:
        self._transact, self._clock, self._actions, self._committed = transact, clock, actions, committed

    async def __call__(self, alert_id: str, do: Callable[[Alert, datetime], Acted | Refusal]) -> Done | Refusal | None:
        """What came of it; a refusal, with its reason; or None: there is no such alert."""
        now = self._clock.now()

        def work(transaction: Transaction) -> tuple[Done | Refusal | None, Mapping[str, OpenAlerts]]:
            acted = self._actions.act(transaction, alert_id, lambda alert: do(alert, now), now=now)
            return acted, transaction.open_alerts()

        done, are_open = await self._transact(work)
        if isinstance(done, Done):
            self._committed(done, are_open)
        return done
