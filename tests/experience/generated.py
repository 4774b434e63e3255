"""Generated concepts, ledgers and histories, for what must hold for every one of them.

Every number is anywhere within the bounds that a concept file allows, often at one of them, save where rounding would
decide: weights and jumps below `LEAST_FELT`.

To draw a hundred numbers of a concept one by one would take longer than all that is done with it. They come in groups,
each from one lot: 0 leaves the group as it is by default, which is what a failing example shrinks to. A happening is
one whole number as well. Each is named by its place in the history, not by a counter: of two at the same instant the
same one must come first each time.
"""

from dataclasses import replace
from datetime import timedelta
from itertools import count
from math import exp, log
from random import Random

from hypothesis import strategies as st

from services.experience.domain.concept import (
    Importance,
    ProblemStandard,
    PromiseStandard,
    ServiceConcept,
    Standard,
    Unit,
)
from services.experience.domain.ledger import Line
from services.experience.domain.parameters import Costs, Outlook, Parameters
from services.experience.domain.track_record import Settled, TrackRecord
from tests.experience.builders import VISIT, at, happened, promised

LEFT = 200
"""Minute in which a customer who leaves does so; in a history everything has happened by then."""
TICK = 10
"""Minutes: coarse, so that much happens at the same instant."""
LEAST_FELT = 1e-3
CHANNELS = ("door", "desk", "drive_through", "phone", "chat", "web")
PLACES = ("desk", "delivery", "greeting", "promise")
"""Touchpoints of problems: with lines of their own, and without."""

shares = st.floats(0, 1)
some_shares = st.floats(LEAST_FELT, 1)
minutes = st.integers(0, LEFT)
scores = st.integers(1, 5)
ratios = st.one_of(st.just(0.0), st.just(1.0), st.floats(0.01, 100))
kinds = st.sampled_from(Importance)
LOTS = 2**24
SPREAD = 10_368_889
"""Odd, so that no two lots fall together: hypothesis likes small numbers, and what they stand for must vary."""
lots = st.integers(0, LOTS - 1)


class Lot(Random):
    """Draws what belongs together from one number."""

    def between(self, low, high):
        """A number from `low` to `high`, in one case of five one of the two."""
        return self.choice((low, high)) if self.random() < 0.2 else self.uniform(low, high)

    def share(self):
        return self.between(0.0, 1.0)

    def some_share(self):
        return self.between(LEAST_FELT, 1.0)

    def factor(self, most=20.0):
        """A number above 0, small ones as likely as large ones."""
        return exp(self.between(log(LEAST_FELT), log(most)))

    def weight(self):
        return self.factor(10.0)

    def log_odds(self):
        return self.between(-20.0, 20.0)

    def ratio(self):
        return self.choice((0.0, 1.0, exp(self.uniform(log(0.01), log(100))), self.uniform(0.5, 1.5)))

    def span(self):
        return timedelta(minutes=self.choice((1, 7, 60, 600, 6_000)))

    def standard(self, unit, *expected, missed=0.0):
        return Standard(
            touchpoint="desk",
            label="desk",
            unit=unit,
            expected=self.choice(expected or (1.0,)),
            kind=self.choice(tuple(Importance)),
            weight=self.weight(),
            polarity=self.choice((1, -1)),
            missed=missed,
        )

    def rating(self):
        return self.standard(Unit.SCORE, 4.0, 0.5, 1.0, 3.3, 5.0)

    def wait(self):
        return self.standard(Unit.SECONDS, 60.0, 90.0, 600.0, 6_000.0)


def _parameters(lot):
    broken = lot.factor()
    return Parameters(
        cap=lot.between(1.0, 10.0),
        loss_weight=lot.factor(),
        loss_floor=lot.factor(),
        broken_jump=broken,
        # A concept file in which taking a promise back costs more than breaking it is refused.
        withdrawn_loss=broken * lot.some_share(),
        gain_ceiling=lot.between(1.0 + LEAST_FELT, 10.0),
        worst_weight=lot.between(0.0, 10.0),
        last_weight=lot.between(0.0, 10.0),
        fading=lot.share(),
        must_be_factor=lot.some_share(),
        recovery_cap=lot.some_share(),
        explained_wait=lot.factor(),
        unexplained_wait=lot.factor(),
    )


def _outlook(lot):
    return Outlook(
        confirmed=lot.log_odds(),
        unconfirmed=lot.log_odds(),
        slipped_handoff=lot.log_odds(),
        handed_over=lot.log_odds(),
        span_used=lot.between(-20.0, 0.0),
        declined_chance=lot.share(),
        broken_ratio=lot.share(),
        store_record=lot.between(0.0, 10.0),
        unit_record=lot.between(0.0, 10.0),
        customers_record=lot.between(0.0, 10.0),
        several_handoffs=lot.log_odds(),
        handoff_share=lot.log_odds(),
        dissatisfied_at_one=lot.log_odds(),
        dissatisfied_slope=lot.between(-20.0, 0.0),
    )


def _costs(lot):
    effectiveness = lot.some_share()
    return Costs(
        intervention=lot.between(LEAST_FELT, 0.99) * effectiveness * 40,
        bad_outcome=40,
        effectiveness=effectiveness,
        clear_below=lot.some_share(),
    )


def _problems(lot):
    severities = ("beyond_critical", "critical", "major", "minor")
    return ProblemStandard(
        **dict(zip(severities, sorted(lot.some_share() for _ in severities), strict=True)),
        weight=lot.weight(),
        own_within=lot.span(),
        resolve_within=lot.span(),
        restored=lot.share(),
        compensated=lot.share(),
    )


def _promise(lot):
    return PromiseStandard(
        label="goods",
        weight=lot.weight(),
        confirm_within=lot.share(),
        kept_before=lot.factor(),
        broken_before=lot.factor(),
    )


def _of_the_person(lot):
    return {
        "greeting": lot.wait(),
        "manner": lot.rating(),
        "conduct": {aspect: lot.rating() for aspect in ("courtesy", "competence", "till.courtesy")},
        "cleanliness": {"*": lot.rating(), "toilet": lot.rating()},
        "recognition": lot.standard(Unit.DONE),
        "beyond": lot.between(1.0, 10.0),
        "observers": {observer: lot.some_share() for observer in ("sensor", "greeting", "delivery", "cleanliness")},
    }


def _of_the_work(lot):
    return {
        "stages": {"x": lot.wait(), "*": lot.wait()},
        "journey_budget": lot.wait(),
        "delivery": lot.standard(Unit.DONE),
        "delivery_wait": lot.wait(),
        "tidiness": lot.standard(Unit.DONE, missed=lot.some_share()),
        "conditions": {"as_ordered": 1.0, "damaged": lot.share(), "wrong": lot.share()},
        "handoff": lot.wait(),
        "handoff_without_context": lot.share(),
        "defects": lot.standard(Unit.DONE, missed=lot.some_share()),
    }


def _of_time(lot):
    return {
        "quiet_time": timedelta(minutes=lot.choice((0, 30, 24 * 60))),
        "expires_after": timedelta(hours=lot.choice((24, 1, 24 * 30))),
        "adequate": lot.some_share(),
        "promises": {"goods": _promise(lot), "*": _promise(lot)},
    }


parameters = lots.map(lambda number: _parameters(Lot(number)) if number else Parameters())
_for_everything = ServiceConcept(
    greeting=Standard("greeting", "greeting", Unit.SECONDS, 120),
    manner=Standard("manner", "manner", Unit.SCORE, 4),
    stages={"*": Standard("stage", "stage", Unit.SECONDS, 600)},
    journey_budget=Standard("stages", "all stages", Unit.SECONDS, 1_200),
    cleanliness={"*": Standard("area", "area", Unit.SCORE, 4)},
    delivery_wait=Standard("delivery", "delivery", Unit.SECONDS, 1_200),
    promises={"goods": PromiseStandard(label="goods")},
)
"""A standard for everything, so that everything that happens counts."""


GROUPS = {
    "parameters": lambda lot: {"parameters": _parameters(lot)},
    "outlook": lambda lot: {"outlook": _outlook(lot)},
    "costs": lambda lot: {"costs": _costs(lot)},
    "problems": lambda lot: {"problems": _problems(lot)},
    "of the person": _of_the_person,
    "of the work": _of_the_work,
    "of time": _of_time,
}
"""Numbers that are drawn together."""


def _concept(drawn):
    number, chosen = drawn
    groups = [make(Lot(f"{number} {name}")) for name, make in GROUPS.items() if name in chosen]
    return replace(_for_everything, **{name: value for group in groups for name, value in group.items()})


def concepts():
    """A concept with a standard for everything; each group of its numbers is as by default, or drawn."""
    return _concepts


_concepts = st.tuples(lots, st.sets(st.sampled_from(tuple(GROUPS)))).map(_concept)


class Recorded(TrackRecord):
    """A track record that says the same of everything, whenever it is asked for."""

    def __init__(self, good, bad):
        self._settled = Settled(good, bad)

    def __call__(self, now):
        return self

    def of(self, subject):
        return self._settled


records = st.builds(Recorded, st.integers(0, 500), st.integers(0, 500))


def _line(number, is_promise, ratio, standard, minute, *, put_right, withdrawn, trust):
    if is_promise:
        standard = standard._replace(kind=Importance.PERFORMANCE, polarity=1)
    state = "met" if not is_promise else "withdrawn" if withdrawn else "kept" if ratio >= 1 else "broken"
    return Line(
        id=f"line/{number}",
        standard=standard,
        state=state,
        began_at=at(0),
        at=at(minute),
        said_by="test",
        ratio=1.0 if state == "withdrawn" else ratio,
        is_promise=is_promise,
        put_right=put_right,
        trust=1.0 if is_promise else trust,
    )


def _drawn_line(number, drawn):
    lot = Lot(drawn)
    promised = lot.random() < 0.4
    flags = {"put_right": lot.choice((False, True)), "withdrawn": lot.choice((False, True))}
    trust = lot.between(0.1, 1.0)
    return _line(number, promised, lot.ratio(), lot.rating(), lot.randint(0, LEFT), **flags, trust=trust)


lines = lots.map(lambda drawn: _drawn_line(0, drawn))
"""A line that has come out, of any kind."""


def ledgers(least=0):
    """Lines that have come out."""
    return st.lists(lots, min_size=least, max_size=6).map(
        lambda drawn: [_drawn_line(number, each) for number, each in enumerate(drawn)]
    )


class Detail:
    """A whole number that is used up by one choice after the other."""

    def __init__(self, number):
        self._number = number

    def of(self, choices):
        self._number, chosen = divmod(self._number, len(choices))
        return choices[chosen]

    @property
    def score(self):
        return self.of(range(1, 6))

    @property
    def yes(self):
        return self.of((True, False))


def _problem(detail):
    return {
        "problem_id": detail.of("ab"),
        "touchpoint": detail.of(PLACES),
        "severity": detail.of(("minor", "major", "critical")),
        "kind": "complaint",
    }


TOLD = {
    "customer.greeted": lambda detail: {"manner": detail.score} if detail.yes else {},
    "stage.started": lambda detail: {
        "stage": detail.of("xy"),
        **({"told_seconds": detail.of((30, 300, 3_000))} if detail.yes else {}),
        **({"explained": detail.yes} if detail.yes else {}),
    },
    "stage.finished": lambda detail: {
        "stage": detail.of("xy"),
        **({"explained": detail.yes} if detail.yes else {}),
    },
    "conduct.observed": lambda detail: {
        "aspect": detail.of(("courtesy", "competence")),
        "score": detail.score,
        "touchpoint": detail.of(("desk", "till")),
        "observer": detail.of(("customer", "sensor")),
    },
    "delivery.completed": lambda detail: {
        "condition": detail.of(("as_ordered", "damaged", "wrong")),
        **({"tidy": detail.yes} if detail.yes else {}),
        **({"promise_id": detail.of("mn")} if detail.yes else {}),
    },
    "delivery.failed": lambda detail: {"promise_id": detail.of("mn")},
    "handoff.offered": lambda detail: {
        "handoff_id": detail.of("hi"),
        "customer_visible": detail.yes,
        "from_unit": "sales",
        "to_unit": "till",
        **({"about": detail.of("mn")} if detail.yes else {}),
        **({"due": at(detail.of((10, 100, 400)))} if detail.yes else {}),
    },
    "handoff.accepted": lambda detail: {
        "handoff_id": detail.of("hi"),
        **({"context_passed": detail.yes} if detail.yes else {}),
    },
    "handoff.declined": lambda detail: {"handoff_id": detail.of("hi"), "reason": "busy"},
    "recognition.given": lambda detail: {"touchpoint": detail.of(("car", "desk"))},
    "cleanliness.checked": lambda detail: {
        "area": detail.of(("toilet", "hall")),
        "score": detail.of(range(6)),
        **({"location": "first floor"} if detail.yes else {}),
    },
    "cleanliness.repaired": lambda detail: {"area": detail.of(("toilet", "hall"))},
    "defect.noticed": lambda detail: {
        "defect_id": detail.of("de"),
        "area": "hall",
        "severity": detail.of(("minor", "major")),
    },
    "defect.repaired": lambda detail: {"defect_id": detail.of("de"), "area": "hall"},
    "problem.reported": _problem,
    "problem.owned": lambda detail: {"problem_id": detail.of("ab"), "by_unit": "desk"},
    "problem.resolved": lambda detail: {
        "problem_id": detail.of("ab"),
        "outcome": detail.of(("restored", "compensated", "refused")),
    },
    "feedback.given": lambda detail: {"score": float(detail.score), "scale_min": 1.0, "scale_max": 5.0},
    "promise.made": lambda detail: {
        "promise_id": detail.of("mn"),
        "what": detail.of(("goods", "call")),
        "due": at(detail.of(range(1, 2 * LEFT, 13))),
        "fulfilled_by": detail.of(("warehouse", "desk")),
    },
    "promise.confirmed": lambda detail: {"promise_id": detail.of("mn"), "by_unit": "warehouse"},
    "promise.declined": lambda detail: {"promise_id": detail.of("mn"), "by_unit": "warehouse", "reason": "none left"},
    "promise.kept": lambda detail: {"promise_id": detail.of("mn")},
    "promise.broken": lambda detail: {"promise_id": detail.of("mn")},
    "promise.withdrawn": lambda detail: {"promise_id": detail.of("mn")},
    "promise.rescheduled": lambda detail: {
        "promise_id": detail.of("mn"),
        "customer_agreed": detail.yes,
        "due": at(detail.of(range(1, 2 * LEFT, 29))),
    },
}
"""What each kind of event may say."""
SEEN = tuple(kind for kind in TOLD if kind.startswith(("cleanliness.", "defect.")))
"""What may be store-wide."""


def happenings(kinds, most, *, least=0, journey=VISIT, since=0, prefix="e"):
    """Things of these kinds that happened, each with a name of its own."""
    kinds, instants = tuple(kinds), range(since, LEFT + 1, TICK)

    def named(drawn):
        told = []
        for number, lot in enumerate(drawn):
            detail = Detail(lot * SPREAD % LOTS)
            kind, minute = detail.of(kinds), detail.of(instants)
            told.append(happened(kind, minute, journey=journey, id=f"{prefix}{number}", **TOLD[kind](detail)))
        return told

    return st.lists(lots, min_size=least, max_size=most).map(named)


_LIKELY = ("promise.made", "promise.kept", "problem.reported", "problem.resolved", "stage.finished")
"""What others refer to, or what refers to others: else most of them would mean nothing."""
_between = happenings([*TOLD, *_LIKELY, *_LIKELY], 12, least=2)
_endings = st.sampled_from([None, "served", "abandoned"])
_channels = st.sampled_from([*CHANNELS, None])
store_wide = happenings(SEEN, 4, journey=None, since=-LEFT, prefix="s")
"""What was seen in the store, from before the journey began to when everything in it has happened."""


@st.composite
def journeys(draw, kinds=None):
    """What happened to a customer, who may have arrived, and may have left, or not. It begins in minute 0."""
    told = list(draw(_between if kinds is None else happenings(kinds, 9)))
    channel, ending = draw(_channels), draw(_endings)
    if channel is None:
        told.insert(0, happened("journey.begun", 0, id="b"))  # nothing that the evaluation knows
    else:
        told.insert(0, happened("customer.arrived", 0, id="b", channel=channel))
    if ending is not None:
        told.append(happened("customer.left", LEFT, id="l", outcome=ending))
    return told


def promise(made_at, due, **ends):
    """A promise beside those of a history, and what came of it: `kept=7`, in which minute."""
    story = [promised(made_at, due=due, promise_id="p", id="p0")]
    return story + [
        happened(f"promise.{kind}", minute, promise_id="p", id=f"p{number}")
        for number, (kind, minute) in zip(count(1), ends.items(), strict=False)
    ]
