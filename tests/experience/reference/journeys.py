"""How journeys stand, worked out from all that was told of them: plainly, slowly, and anew each time.

Written from what docs/evaluation.md says, and without a line of the domain: where this and the service differ, one of
them is wrong. It knows a part of all that may happen, and numbers of a concept where the default is not spelled out.
"""

from datetime import UTC
from math import log
from typing import NamedTuple

from tests.experience.reference.concepts import Published
from tests.experience.reference.formula import evaluated, felt_at, risk_of
from tests.experience.reference.problems import lifted_by_recovery, problem_rows
from tests.experience.reference.promises import promise_rows
from tests.experience.reference.rows import HOUR, area_rows, conduct_rows, greeting_rows

THRESHOLD = 0.25  # 5 / (.5 * 40)
NOTICEABLE = -0.05


class Told(NamedTuple):
    """An event as it was sent."""

    number: str
    kind: str
    at: object
    journey: str | None
    data: dict


class Stands(NamedTuple):
    """How a journey stands."""

    rows: tuple
    parts: dict
    forecast_parts: dict
    risk: float
    risk_alone: dict
    closed: bool
    at: object


class Reference:
    """What one store was told, and how its journeys stand by that."""

    def __init__(self):
        self.told = []
        self.published = Published()

    def hear(self, told):
        """What comes again says nothing new."""
        if told.number not in {each.number for each in self.told}:
            self.told.append(told)

    def settled(self, now):
        """(journey, subject, day, good) for all that was settled."""
        found = []
        for journey in sorted({each.journey for each in self.told if each.journey}):
            own = self._of(journey)
            stands = self.stands(journey, now, record=None)
            if stands is None:
                continue  # a verdict on nothing that is known of
            for row in stands.rows:
                if row.state in ("kept", "broken") and row.settled:
                    day = min(row.at, row.due).astimezone(UTC).date()
                    found.append((journey, "promise", day, row.state == "kept"))
            verdicts = [each for each in own if each.kind == "feedback.given"]
            if verdicts:
                first = verdicts[0]
                found.append((journey, "customers", first.at.astimezone(UTC).date(), first.data["score"] > 2))
        return found

    def record(self, journey, now):
        """What others' promises and customers say, before the day on which it is asked."""
        settled = self.settled(now)

        def evidence(subject, at):
            before = [
                good for whose, what, day, good in settled if (whose, what) != (journey, what) and what == subject
                and day < at.astimezone(UTC).date()
            ]  # fmt: skip
            good, bad = before.count(True), before.count(False)
            return log((9 + good) / (1 + bad)) - log(9)

        return evidence

    def _of(self, journey):
        return sorted((each for each in self.told if each.journey == journey), key=_when)

    def stands(self, journey, now, *, record):
        """How it stands, None when nothing happened but verdicts. `record`: what others have settled, None: nothing."""
        own = [each for each in self._of(journey) if each.at <= now]
        part = [each for each in own if each.kind != "feedback.given"]
        if not part:
            return None
        concept = self.published.concept_of(own[0].at)
        evidence = record or (lambda subject, at: 0.0)
        seen = sorted((each for each in self.told if each.journey is None), key=_when)
        rows = _rows(part, seen, concept, now, evidence)
        while (closes := _closes_at(part, rows)) is not None and closes < now:
            now = closes
            rows = _rows(part, seen, concept, now, evidence)
        record = evidence("customers", now) * concept["outlook"]["customers_record"]
        parts = evaluated([(row, felt_at(row, row.x, concept), row.at) for row in rows if row.x is not None], concept)
        alone = {row.name: risk_of([row], concept, record)[1] for row in rows}
        forecast, risk = risk_of(rows, concept, record)
        closed = closes is not None and closes <= now
        return Stands(tuple(rows), parts, forecast, risk, alone, closed, now)


def at_risk(stands, flagged):
    """The lines because of which somebody should step in; `flagged`: those that were named so far."""
    if stands.closed or stands.risk <= THRESHOLD * (0.8 if flagged else 1):
        return set()
    hurting = {row.name: row for row in stands.rows if stands.forecast_parts[row.name] < NOTICEABLE}
    hurting = {name: row for name, row in hurting.items() if row.state != "withdrawn"}
    named = {name for name in hurting if name in flagged}
    if stands.risk > THRESHOLD and hurting:
        named.add(min((stands.forecast_parts[name], name) for name in hurting)[1])
        for name, row in hurting.items():
            if not row.settled and name.startswith(("promise/", "problem/")) and stands.risk_alone[name] > THRESHOLD:
                named.add(name)
    return named


def _when(told):
    return told.at, told.number


def _rows(part, seen, concept, now, evidence):
    of = {kind: [each for each in part if each.kind == kind] for kind in {each.kind for each in part}}
    left = of.get("customer.left", [])
    left_at = left[-1].at if left else None
    rows = [
        *greeting_rows(of, concept, now, left_at),
        *conduct_rows(of, concept),
        *area_rows(seen, concept, part[0].at, left_at or now),
    ]
    rows = [lifted_by_recovery(row, of, concept) for row in rows]
    return [*rows, *promise_rows(part, concept, now, evidence), *problem_rows(part, concept, now)]


def _closes_at(part, rows):
    if any(row.due is not None and row.state == "open" for row in rows):
        return None
    last = max([part[-1].at, *(row.at for row in rows if row.due is not None)])
    left = any(each.kind == "customer.left" for each in part)
    pending = any(not row.settled for row in rows)
    return last + (0.5 * HOUR if left and not pending else 24 * HOUR)
