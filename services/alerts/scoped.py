"""All that a caller can reach of the store: what is in his stores. Routes are handed this, and never a transaction."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from services.alerts.actions import Actions, Done, Refusal
from services.alerts.domain.action import Acted
from services.alerts.domain.alert import Alert
from services.alerts.domain.caller import Caller
from services.alerts.domain.decision import Step
from services.alerts.domain.trail import Entry, What
from services.alerts.ports import OpenAlerts, Transact, Transaction, View
from services.chassis.clock import Clock

Result = TypeVar("Result")
WHAT = {
    Step.ACKNOWLEDGED: What.ACKNOWLEDGED,
    Step.RELEASED: What.RELEASED,
    Step.SNOOZED: What.SNOOZED,
    Step.CLOSED: What.CLOSED,
}


ActNow = Callable[[Alert, datetime], Acted | Refusal]
"""One of `domain.action`, by whom being decided; it is told what time it is."""


@dataclass(frozen=True, slots=True)
class Scope:
    """Hands every caller what is his."""

    transact: Transact
    clock: Clock
    actions: Actions
    committed: Callable[[Done, Mapping[str, OpenAlerts]], None]
    """Called after each commit, with what was done and what is open now, in all stores."""

    def of(self, caller: Caller) -> "Scoped":
        """What this caller can reach."""
        return Scoped(self, caller)


@dataclass(frozen=True, slots=True)
class Scoped:
    """The store as one caller has it: another store's alert is one that does not exist."""

    scope: Scope
    caller: Caller

    async def __call__(self, work: Callable[[View], Result]) -> Result:
        """Look at it, in one transaction."""
        return await self.scope.transact(lambda each: work(each.view(self.caller.stores)))

    async def act(self, alert_id: str, do: ActNow) -> Done | Refusal | None:
        """Do something about an alert, and keep in the audit trail who did it; None: there is no such alert."""
        now = self.scope.clock.now()
        by = ""

        def noted(alert: Alert) -> Acted | Refusal:
            nonlocal by
            acted = do(alert, now)
            by = acted.act.by if isinstance(acted, Acted) else ""
            return acted

        def work(transaction: Transaction) -> tuple[Done | Refusal | None, Mapping[str, OpenAlerts]]:
            # Which store an alert is of never changes.
            if transaction.view(self.caller.stores).case(alert_id) is None:
                return None, {}
            done = self.scope.actions.act(transaction, alert_id, noted, now=now)
            if isinstance(done, Done) and done.step is not None:
                transaction.record(Entry(at=now, who=self._who(by), what=WHAT[done.step], which=alert_id))
            return done, transaction.open_alerts()

        done, are_open = await self.scope.transact(work)
        if isinstance(done, Done):
            self.scope.committed(done, are_open)
        return done

    async def reported(self, alert_id: str, by: str) -> None:
        """Keep in the audit trail who has reported something of an alert."""
        entry = Entry(at=self.scope.clock.now(), who=self._who(by), what=What.REPORTED, which=alert_id)
        await self.scope.transact(lambda each: each.record(entry))

    def _who(self, by: str) -> str:
        return self.caller.name if by == self.caller.name else f"{self.caller.name}:{by}"
