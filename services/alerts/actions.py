"""What people do about alerts, and what is told again while they do nothing; each in one transaction."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from services.alerts.domain.account import Case
from services.alerts.domain.action import Acted, CannotWait, HasEnded
from services.alerts.domain.alert import Act, Alert, Severity, is_shared
from services.alerts.domain.decision import Step
from services.alerts.domain.repeating import Repeating
from services.alerts.domain.taken import HOLDS, LOOKS_AGAIN, covers, taken
from services.alerts.ports import Announce, Notify, Told, Transaction

TOLD_TO_CHANNELS = frozenset({Step.CLOSED, Step.REPEATED})
"""Nobody is called because somebody else looks after an alert: that stands on the page and in Kafka."""
AT_ONCE = 100
"""So many alerts are told again in one transaction."""

Refusal = HasEnded | CannotWait
Do = Callable[[Alert], Acted | Refusal]
"""One of `domain.action`, by whom and when being decided."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Done:
    """What came of an action."""

    case: Case
    step: Step | None
    """None: it was so before."""
    taken_after: timedelta | None = None
    """How long the alert was open when it was acknowledged and nobody had it."""


class Actions:
    """The use cases. They run in the one thread that owns the store, within the transaction they are handed."""

    def __init__(self, *, announce: Announce, notify: Notify, repeating: Repeating) -> None:
        self._announce, self._notify, self._repeating = announce, notify, repeating

    def act(self, transaction: Transaction, alert_id: str, do: Do, *, now: datetime) -> Done | Refusal | None:
        """Do something about an alert, and leave behind what is to be told of it; None: there is no such alert."""
        case = transaction.case(alert_id, lock=True)
        if case is None:
            return None
        acted = do(case.alert)
        if not isinstance(acted, Acted):
            return acted
        if acted.tell is None:
            return Done(case=case, step=None)
        alert = self._repeating.scheduled(acted.alert, now)
        changed = self._tell(transaction, case, alert, acted.tell, now, act=acted.act)
        first = acted.tell is Step.ACKNOWLEDGED and case.alert.acknowledged is None
        return Done(case=changed, step=acted.tell, taken_after=now - case.alert.opened_at if first else None)

    def repeat(self, transaction: Transaction, *, now: datetime) -> list[Severity]:
        """Tell again what is due, unless somebody has its cause. Returns the severity of each that was told again."""
        told: list[Severity] = []
        cases = transaction.to_repeat(now, AT_ONCE)
        shared = {(each.alert.store, each.alert.cause) for each in cases if is_shared(each.alert.cause)}
        of_causes = transaction.of_causes(shared, now - HOLDS)
        for case in cases:
            mine = taken(of_causes.get((case.alert.store, case.alert.cause), ()), now)
            if case.alert.snoozed is None and any(covers(each, case.alert.finding.severity) for each in mine):
                transaction.save_alerts([replace(case.alert, repeat_at=now + LOOKS_AGAIN)])
                continue
            alert, step = self._repeating.again(case.alert, now, history=case.standing.replay)
            if step is None:
                transaction.save_alerts([alert])
                continue
            self._tell(transaction, case, alert, step, now)
            told.append(alert.finding.severity)
        return told

    def _tell(
        self, transaction: Transaction, case: Case, alert: Alert, step: Step, now: datetime, *, act: Act | None = None
    ) -> Case:
        """Keep the alert as it is from now on, and leave behind what is to be told."""
        changed = Case(alert=alert, standing=case.standing, ledger=case.ledger)
        told = Told(step=step, case=changed, at=now, act=act)
        transaction.save_alerts([alert])
        transaction.send([self._announce(told)])
        if step in TOLD_TO_CHANNELS:
            told_before = transaction.told_through([alert.alert_id]).get(alert.alert_id, set())
            transaction.add_deliveries(self._notify(told, told_before))
        return changed
