"""How journeys stand, worked out from all that was told of them: plainly, slowly, and anew each time.

Written from what docs/evaluation.md says, and without a line of the domain: where this and the service differ, one of
them is wrong. It knows a part of all that may happen, and numbers of a concept where the default is not spelled out.
"""

from datetime import UTC, timedelta
from itertools import product
from math import exp, log
from typing import NamedTuple

HOUR = timedelta(hours=1)
DEFAULTS = {
    "adequate": 0.8,
    "parameters": {
        "cap": 1.25,
        "loss_weight": 3.0,
        "loss_floor": 1.5,
        "broken_jump": 0.6,
        "withdrawn_loss": 0.3,
        "gain_ceiling": 1.25,
        "worst_weight": 0.2,
        "last_weight": 0.2,
        "fading": 0.5,
        "must_be_factor": 0.75,
        "recovery_cap": 1.0,
    },
    "outlook": {"store_record": 1.0, "customers_record": 0.2, "span_used": -2.5},
    "conduct": {
        "courtesy": {"expected": 4, "kind": "performance", "polarity": 1},
        "competence": {"expected": 4, "kind": "must_be", "polarity": 1},
    },
    "promises": {"goods": {"weight": 0.3}},
}
SEVERITIES = {"minor": 0.95, "major": 0.6, "critical": 0.3, "beyond critical": 0.15}
THRESHOLD = 0.25  # 5 / (.5 * 40)
NOTICEABLE = -0.05


class Told(NamedTuple):
    """An event as it was sent."""

    number: str
    kind: str
    at: object
    journey: str | None
    data: dict


class Row(NamedTuple):
    """A line of the ledger. `x` is what is certain so far, `heading` what it is expected to be in the end."""

    name: str
    x: float | None
    at: object
    heading: float = 1.0
    kind: str = "performance"
    polarity: int = 1
    weight: float = 0.3
    state: str = ""
    """Of a promise."""
    due: object = None
    chance: float | None = None
    settled: bool = True
    put_right: bool = False


class Stands(NamedTuple):
    """How a journey stands."""

    rows: tuple
    parts: dict
    forecast_parts: dict
    risk: float
    risk_alone: dict
    closed: bool
    at: object

    @property
    def value(self):
        return sum(self.parts.values())

    @property
    def forecast(self):
        return sum(self.forecast_parts.values())


def over(whole, document):
    """A document over what it builds on."""
    merged = dict(whole)
    for key, value in document.items():
        merged[key] = over(merged.get(key, {}), value) if isinstance(value, dict) else value
    return merged


class Reference:
    """What one store was told, and how its journeys stand by that."""

    def __init__(self):
        self.told = []
        self.published = []
        """(instant, store or *, document)."""

    def hear(self, told):
        """What comes again says nothing new."""
        if told.number not in {each.number for each in self.told}:
            self.told.append(told)

    # Concepts.

    def concept(self, began_at):
        """The concept that held when the journey began: the store's own before everybody's."""
        stages = {store: self._stages(store) for store in ("riga-1", "*")}
        for store in ("riga-1", "*"):
            held = [whole for since, whole in stages[store] if since <= began_at]
            if held:
                return over(DEFAULTS, held[-1])
        first = [whole for store in ("riga-1", "*") for _, whole in stages[store]]
        return over(DEFAULTS, first[0]) if first else DEFAULTS

    def _stages(self, store):
        """From when on which concept holds in a store."""
        stages = []
        for since in sorted({at for at, _, _ in self.published}):
            own = self._latest(since, lambda at_store, document: at_store == store and document.get("stores") != [])
            if own is None:
                continue
            if "extends" not in own:
                stages.append((since, own))
                continue
            brand = self._latest(since, lambda _, document: document["concept"] == own["extends"])  # noqa: B023
            if brand is not None:
                stages.append((since, over(brand, own)))
        return stages

    def _latest(self, until, of):
        found = [
            (at, document["version"], number)
            for number, (at, store, document) in enumerate(self.published)
            if at <= until and of(store, document)
        ]
        return self.published[max(found)[2]][2] if found else None

    # Track records.

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

    # A journey.

    def _of(self, journey):
        return sorted((each for each in self.told if each.journey == journey), key=lambda each: (each.at, each.number))

    def stands(self, journey, now, *, record):
        """How it stands, None when nothing happened but verdicts. `record`: what others have settled, None: nothing."""
        own = [each for each in self._of(journey) if each.at <= now]
        part = [each for each in own if each.kind != "feedback.given"]
        if not part:
            return None
        concept = self.concept(own[0].at)
        while True:
            evidence = record or (lambda subject, at: 0.0)
            rows = self._rows(part, concept, now, evidence)
            closes = self._closes(part, rows)
            if closes is None or closes >= now:
                break
            now = closes
        record = evidence("customers", now) * concept["outlook"]["customers_record"]
        parts = self._evaluated(
            [(row, self._felt(row, row.x, concept), row.at) for row in rows if row.x is not None], concept
        )
        alone = {row.name: self._risk([row], concept, record)[1] for row in rows}
        forecast, risk = self._risk(rows, concept, record)
        closed = closes is not None and closes <= now
        return Stands(tuple(rows), parts, forecast, risk, alone, closed, now)

    def _closes(self, part, rows):
        if any(row.due is not None and row.state == "open" for row in rows):
            return None
        last = max([part[-1].at, *(row.at for row in rows if row.due is not None)])
        left = any(each.kind == "customer.left" for each in part)
        pending = any(not row.settled for row in rows)
        return last + (0.5 * HOUR if left and not pending else 24 * HOUR)

    def _rows(self, part, concept, now, evidence):
        of = {kind: [each for each in part if each.kind == kind] for kind in {each.kind for each in part}}
        left = of.get("customer.left", [])
        left_at = left[-1].at if left else None
        rows = [
            *self._greeting(of, concept, now, left_at),
            *self._conduct(of, concept),
            *self._area(concept, part[0].at, left_at or now),
        ]
        rows = [self._lifted(row, of, concept) for row in rows]
        return [*rows, *self._promises(part, concept, now, evidence), *self._problems(part, concept, now)]

    def _greeting(self, of, concept, now, left_at):
        if "greeting" not in concept or "customer.arrived" not in of:
            return []
        arrived_at, within = of["customer.arrived"][0].at, concept["greeting"]["within"]
        greeted = [each.at for each in of.get("customer.greeted", []) if each.at >= arrived_at - timedelta(minutes=1)]
        if greeted:
            x = within / _seconds(greeted[0] - arrived_at)
            return [Row("greeting", x, greeted[0], heading=x)]
        if left_at is not None:
            return [Row("greeting", 0.0, left_at, heading=0.0)]
        waited = _seconds(min(now - arrived_at, 24 * HOUR))
        late = min(now, arrived_at + 24 * HOUR) > arrived_at + timedelta(seconds=within)
        so_far = within / waited if late else None
        return [Row("greeting", so_far, now, heading=so_far or 1.0, settled=False)]

    def _conduct(self, of, concept):
        rows = []
        for each in of.get("conduct.observed", []):
            aspect = concept["conduct"][each.data["aspect"]]
            alike = [other for other in of["conduct.observed"] if other.data["aspect"] == each.data["aspect"]]
            later_fine = any(other.at > each.at and other.data["score"] >= aspect["expected"] for other in alike)
            name = f"conduct/{each.data['aspect']}/{each.number}@/till"
            x = each.data["score"] / aspect["expected"]
            right = later_fine and aspect["kind"] == "must_be"
            rows.append(
                Row(name, x, each.at, heading=x, kind=aspect["kind"], polarity=aspect["polarity"], put_right=right)
            )
        return rows

    def _area(self, concept, began_at, ended_at):
        """The worst state of the toilet that was met."""
        if "cleanliness" not in concept:
            return []
        seen = sorted((each for each in self.told if each.journey is None), key=lambda each: (each.at, each.number))
        seen = [each for each in seen if began_at - timedelta(days=30) <= each.at <= ended_at]
        met = []
        for number, each in enumerate(seen):
            until = seen[number + 1].at if number + 1 < len(seen) else None
            if each.kind == "cleanliness.checked" and (until is None or until > began_at):
                met.append((each.data["score"], max(each.at, began_at)))
        if not met:
            return []
        score, at = min(met)
        x = score / concept["cleanliness"]["toilet"]["expected"]
        return [Row("cleanliness/toilet", x, at, heading=x)]

    def _lifted(self, row, of, concept):
        """A line whose touchpoint had a problem that was put right afterwards."""
        reports = {each.data["problem_id"]: each for each in of.get("problem.reported", [])}
        for each in of.get("problem.resolved", []):
            report = reports.get(each.data["problem_id"])
            at_its_place = (
                report is not None and row.name.startswith("conduct/") and report.data["touchpoint"] == "desk"
            )
            if at_its_place and each.data["outcome"] != "refused" and row.at <= each.at:
                x = row.x if row.polarity > 0 else 1 / row.x
                x = _recovered(x, each, report, concept)
                x = x if row.polarity > 0 else 1 / x
                row = row._replace(x=x, heading=x, put_right=True)
        return row

    def _problems(self, part, concept, now):
        rows, recovered_at = [], {}
        stories = {}
        for each in part:
            if each.kind.startswith("problem."):
                stories.setdefault(each.data["problem_id"], []).append(each)
        for name, story in stories.items():
            report = next((each for each in story if each.kind == "problem.reported"), None)
            if report is None:
                continue
            place = report.data["touchpoint"]
            again = place in recovered_at and recovered_at[place] <= report.at
            owned = any(each.kind == "problem.owned" for each in story)
            resolved = [each for each in story if each.kind == "problem.resolved"]
            refused = bool(resolved) and resolved[-1].data["outcome"] == "refused"
            severities = list(SEVERITIES)
            x = SEVERITIES[severities[severities.index(report.data["severity"]) + (again or refused)]]
            if resolved:
                lifted = x if refused else _recovered(x, resolved[-1], report, concept)
                at = resolved[-1].at if refused or lifted >= 1 else report.at
                rows.append(Row(f"problem/{name}", lifted, at, heading=lifted))
                if not refused:
                    recovered_at[place] = max(resolved[-1].at, recovered_at.get(place, resolved[-1].at))
                continue
            due = report.at + (24 * HOUR if owned else HOUR / 6)
            heading = x
            if now < due:
                # Whoever owns it may put it right now; nobody can before somebody owns it.
                after = (now if owned else due) - report.at
                heading = _lift(x, 1.0 * 0.5 ** (after / (24 * HOUR)), concept)
            rows.append(Row(f"problem/{name}", x, report.at, heading=heading, settled=False))
        return rows

    def _promises(self, part, concept, now, evidence):
        rows, stories = [], {}
        for each in part:
            if "promise_id" in each.data:
                stories.setdefault(each.data["promise_id"], []).append(each)
        for name, story in stories.items():
            made = next((each for each in story if each.kind == "promise.made"), None)
            if made is not None:
                rows.append(self._promise(name, made, story, concept, now, evidence))
        return rows

    def _promise(self, name, made, story, concept, now, evidence):
        due = made.data["due"]
        for each in story:
            if each.kind == "promise.rescheduled" and each.data["customer_agreed"] and each.at <= due:
                due = each.data["due"]
        last = {each.kind: each.at for each in story}
        kept_at = next((each.at for each in story if each.kind == "promise.kept"), None)
        withdrawn_at, given_up_at = last.get("promise.withdrawn"), last.get("promise.broken")
        agreed = [each.at for each in story if each.kind == "promise.rescheduled" and each.data["customer_agreed"]]
        if given_up_at is not None and agreed and agreed[-1] >= given_up_at:
            given_up_at = None
        row = Row(f"promise/{name}", None, None, due=due, weight=concept["promises"]["goods"]["weight"])
        withdrawn = withdrawn_at is not None and withdrawn_at <= due
        if kept_at is not None and (kept_at <= due or not withdrawn):
            x = _seconds(due - made.at) / _seconds(kept_at - made.at)
            return row._replace(x=x, heading=x, at=kept_at, state="kept" if kept_at <= due else "broken")
        if withdrawn:
            return row._replace(x=1.0, at=withdrawn_at, state="withdrawn")
        if given_up_at is not None or now >= due:
            return row._replace(x=0.0, heading=0.0, at=min(given_up_at or due, due), state="broken")
        said = [
            "confirmed" if each.kind == "promise.confirmed" else "declined"
            for each in story
            if each.kind in ("promise.confirmed", "promise.declined")
            or (each.kind == "promise.rescheduled" and not each.data["customer_agreed"] and each.data["due"] > due)
        ]
        used = min((now - made.at).total_seconds() / _seconds(due - made.at), 1.0)
        odds = log(9) + concept["outlook"]["store_record"] * evidence("promise", now)
        odds += concept["outlook"]["span_used"] * used**2
        if said and said[-1] == "confirmed":
            odds += 2.0
        elif not said and now >= made.at + 0.25 * max(due - made.at, timedelta()):
            odds -= 2.2
        chance = 0.05 if said and said[-1] == "declined" else 1 / (1 + exp(-odds))
        return row._replace(at=due, state="open", chance=chance, settled=False)

    # The formula.

    def _felt(self, row, x, concept):
        number = concept["parameters"]
        if row.state == "withdrawn":
            return -number["withdrawn_loss"]
        u = row.polarity * (log(x) if x > 0 else float("-inf"))
        if u >= 0:
            v = min(u, log(number["cap"]))
        else:
            v = -number["loss_floor"] * (1 - exp(number["loss_weight"] * u / number["loss_floor"]))
        if row.state == "kept":
            return max(v, 0)
        if row.state == "broken":
            return min(v, 0) - number["broken_jump"]
        return min(v, 0) if row.kind == "must_be" else v

    def _fails(self, row, concept):
        x = row.heading if row.x is None else row.x
        u = row.polarity * (log(x) if x > 0 else float("-inf"))
        return row.kind == "must_be" and not row.put_right and u < log(concept["adequate"])

    def _evaluated(self, felt, concept):
        """What each line contributes; `felt`: (line, v, when it came out)."""
        number = concept["parameters"]
        failed = [(v, row.name) for row, v, _ in felt if self._fails(row, concept)]
        parts = {row.name: row.weight * v if v < 0 else 0.0 for row, v, _ in felt}
        g, limit = sum(row.weight * v for row, v, _ in felt if v > 0), log(number["gain_ceiling"])
        for row, v, _ in felt:
            if v > 0 and not failed:
                parts[row.name] += limit * (1 - exp(-g / limit)) * row.weight * v / g
        losses = [(v, row.name, at) for row, v, at in felt if v < 0]
        if losses:
            v, name, _ = min(losses)
            parts[name] += number["worst_weight"] * v
            faded = [
                (v * number["fading"] ** sum(1 for _, good, at in felt if good >= 0 and at > when), name)
                for v, name, when in losses
            ]
            v, name = min(faded)
            parts[name] += number["last_weight"] * v
        if failed:
            parts[min(failed)[1]] += log(number["must_be_factor"])
        return parts

    def _risk(self, rows, concept, record):
        """The forecast's parts, and the chance that the customer ends dissatisfied."""
        sure = [(row, self._felt(row, row.heading, concept), row.at) for row in rows if row.chance is None]
        sure = [(row._replace(x=row.heading), v, at) for row, v, at in sure]
        open_ones = [row for row in rows if row.chance is not None]

        def ends(row, kept):
            return self._felt(row._replace(state="kept" if kept else "broken"), 1.0 if kept else 0.0, concept)

        expected = [
            (row, row.chance * ends(row, kept=True) + (1 - row.chance) * ends(row, kept=False), row.due)
            for row in open_ones
        ]
        forecast = self._evaluated([*sure, *expected], concept)
        risk = 0.0
        for outcome in product((True, False), repeat=len(open_ones)):
            probability = 1.0
            ended = []
            for row, kept in zip(open_ones, outcome, strict=True):
                probability *= row.chance if kept else 1 - row.chance
                ended.append((row, ends(row, kept=kept), row.due))
            value = sum(self._evaluated([*sure, *ended], concept).values())
            risk += probability / (1 + exp(2.3 + record + 3 * value))
        return forecast, risk


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


def _seconds(span):
    return max(span.total_seconds(), 1.0)


def _recovered(x, resolved, report, concept):
    worth = {"restored": 1.0, "compensated": 0.7}[resolved.data["outcome"]]
    took = max(resolved.at - report.at, timedelta())
    return _lift(x, worth * 0.5 ** (took / (24 * HOUR)), concept)


def _lift(x, share, concept):
    """A share of the loss taken away, of the way (in logarithms) to the most that recovery can lift to."""
    cap = concept["parameters"]["recovery_cap"]
    if x >= cap:
        return x
    return cap * (x / cap) ** (1 - share)
