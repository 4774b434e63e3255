"""What the alert service does: take in evaluations, decide whom they concern, and have it told; in one transaction."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from services.alerts.delivery import Delivery
from services.alerts.domain.account import Case
from services.alerts.domain.alert import Alert, JourneyStanding
from services.alerts.domain.decision import Decision, Reason, Step, decide
from services.alerts.domain.ledger import LedgerEntry
from services.alerts.domain.notice import Notice
from services.alerts.domain.repeating import Repeating
from services.alerts.domain.store import StoreStanding
from services.alerts.ports import Announce, Evaluated, JourneyKey, Notify, Pass, Told, Transaction

NEVER_REPEATED = Repeating()


@dataclass(kw_only=True, slots=True)
class Outcome:
    """What came of a batch of evaluations."""

    reasons: Counter[Reason] = field(default_factory=Counter)
    """How often a decision came out for which reason."""
    raised: list[tuple[str, str]] = field(default_factory=list)
    """Severity and the evaluation's reason of each alert that was opened or opened again."""
    escalated: Counter[str] = field(default_factory=Counter)
    """Escalations, by severity."""
    asked_at: list[datetime] = field(default_factory=list)
    """Of each alert that was opened or escalated: when the evaluation was made that asked for somebody."""
    resolved: list[tuple[str, timedelta]] = field(default_factory=list)
    """Severity of each alert that was resolved, and how long it was open."""
    good_news: int = 0
    """How many journeys were good news."""


class Alerts:
    """The use cases. They run in the one thread that owns the store, within the transaction they are handed."""

    def __init__(
        self, *, announce: Announce, notify: Notify, pass_on: Pass, repeating: Repeating = NEVER_REPEATED
    ) -> None:
        self._announce, self._notify, self._pass_on, self._repeating = announce, notify, pass_on, repeating

    def take_in(
        self,
        transaction: Transaction,
        evaluated: Sequence[Evaluated],
        *,
        now: datetime,
        fresh_from: datetime | None = None,
    ) -> Outcome:
        """Decide about every line of every evaluation, keep what is known now, and leave behind what is to be told.

        What came to be so before `fresh_from` is told to nobody.
        """
        keys = {each.standing.key for each in evaluated}
        editions = transaction.editions(keys)
        alerts = transaction.alerts_of(keys)
        standings: dict[JourneyKey, JourneyStanding | StoreStanding] = {}
        good: dict[JourneyKey, Notice] = {}
        ledgers: dict[JourneyKey, tuple[LedgerEntry, ...]] = {}
        changed: dict[str, Alert] = {}
        new: set[str] = set()
        told: list[Told] = []
        outcome = Outcome()
        for each in evaluated:
            key, standing = each.standing.key, each.standing
            if key in editions and standing.edition <= editions[key]:
                outcome.reasons[Reason.SEEN_BEFORE] += 1
                continue
            editions[key] = standing.edition
            standings[key] = standing
            known = alerts.setdefault(key, {})
            for decision in _decisions(known, each, now, fresh_from):
                outcome.reasons[decision.reason] += 1
                if decision.alert is None:
                    continue
                alert = self._scheduled(decision.alert, known, now, is_told=decision.tell is not None)
                known[alert.line] = changed[alert.alert_id] = alert
                if decision.reason is Reason.FIRST_WARNING:
                    new.add(alert.alert_id)
                if decision.tell is not None:
                    case = Case(alert=alert, standing=standing, ledger=each.ledger)
                    told.append(Told(step=decision.tell, case=case, at=now, traceparent=each.traceparent))
            if known and isinstance(standing, JourneyStanding):
                ledgers[key] = each.ledger
            notice = _notice(each, now)
            if notice is not None:
                good.setdefault(key, notice)
        told_before = transaction.told_through({each.case.alert.alert_id for each in told})
        # After a rebuild nobody knows any more who has acknowledged what was told before it.
        for alert_id in new & told_before.keys():
            changed[alert_id] = replace(changed[alert_id], repeat_at=None)
        transaction.save_journeys(each for each in standings.values() if isinstance(each, JourneyStanding))
        transaction.save_stores(each for each in standings.values() if isinstance(each, StoreStanding))
        transaction.save_ledgers(ledgers)
        transaction.save_alerts(changed.values())
        transaction.send(self._announce(each) for each in told)
        transaction.add_deliveries(self._deliveries(told, told_before))
        outcome.good_news = self._give_notice(transaction, good)
        _count(told, outcome)
        return outcome

    def _scheduled(self, alert: Alert, known: Mapping[str, Alert], now: datetime, *, is_told: bool) -> Alert:
        if is_told:
            return self._repeating.scheduled(alert, now)
        return self._repeating.reworded(alert, known[alert.line], now)

    def _deliveries(self, told: Sequence[Told], told_before: dict[str, set[str]]) -> Iterator[Delivery]:
        for each in told:
            channels = told_before.setdefault(each.case.alert.alert_id, set())
            given = self._notify(each, channels)
            channels.update(delivery.channel for delivery in given)
            yield from given

    def _give_notice(self, transaction: Transaction, good: Mapping[JourneyKey, Notice]) -> int:
        """Keep and pass on good news that was not given before. Returns how much there was."""
        known = transaction.noticed(good) if good else set()
        fresh = [notice for key, notice in good.items() if key not in known]
        transaction.save_notices(fresh)
        transaction.send(self._pass_on(notice) for notice in fresh)
        return len(fresh)


def _decisions(
    known: dict[str, Alert], evaluated: Evaluated, now: datetime, fresh_from: datetime | None
) -> Iterator[Decision]:
    for line in sorted(known.keys() | evaluated.findings.keys()):
        yield decide(known.get(line), evaluated.findings.get(line), evaluated.standing, now, fresh_from=fresh_from)


def _notice(evaluated: Evaluated, now: datetime) -> Notice | None:
    """The good news in an evaluation; history is none."""
    standing, news = evaluated.standing, evaluated.good_news
    if news is None or standing.replay or not isinstance(standing, JourneyStanding):
        return None
    return Notice(store=standing.store, journey=standing.journey, news=news, kv=standing.kv, given_at=now)


def _count(told: Sequence[Told], outcome: Outcome) -> None:
    for each in told:
        alert, finding = each.case.alert, each.case.alert.finding
        if each.step is Step.OPENED:
            outcome.raised.append((finding.severity, finding.reason))
        elif each.step is Step.ESCALATED:
            outcome.escalated[finding.severity] += 1
        elif each.step is Step.RESOLVED and alert.closed_at == each.at:  # else it was resolved before, and graded now
            outcome.resolved.append((finding.severity, each.at - alert.opened_at))
        if each.asked_at is not None:
            outcome.asked_at.append(each.asked_at)
