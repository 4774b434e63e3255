"""Generated ledgers, concepts and journeys, for what must hold for every one of them.

Journeys begin with an arrival, and what happens in them has happened within `LEFT` minutes.
"""

from datetime import timedelta

from hypothesis import strategies as st

from services.experience.domain.concept import (
    Importance,
    Parameters,
    ProblemStandard,
    PromiseStandard,
    ServiceConcept,
    Standard,
    Unit,
)
from services.experience.domain.ledger import Line
from tests.experience.builders import at, happened, promised

LEFT = 200
"""Minute in which a customer who leaves does so."""

shares = st.floats(0, 1)
ratios = st.one_of(st.just(0.0), st.just(1.0), st.floats(0.01, 100))
kinds = st.sampled_from(Importance)
minutes = st.integers(0, LEFT)
scores = st.integers(1, 5)


@st.composite
def parameters(draw):
    """Numbers of the formula, within the bounds that a concept file allows."""
    broken = draw(st.floats(0.01, 2))
    return Parameters(
        cap=draw(st.floats(1, 3)),
        loss_weight=draw(st.floats(0.1, 10)),
        loss_floor=draw(st.floats(0.1, 5)),
        broken_jump=broken,
        withdrawn_loss=broken * draw(st.floats(0.01, 1)),
        gain_ceiling=draw(st.floats(1.01, 3)),
        worst_weight=draw(st.floats(0, 2)),
        last_weight=draw(st.floats(0, 2)),
        fading=draw(shares),
        must_be_factor=draw(st.floats(0.01, 1)),
        recovery_cap=draw(st.floats(0.3, 1)),
    )


@st.composite
def standards(draw, unit=Unit.SCORE, expected=4.0):
    return Standard(
        touchpoint="desk",
        label="desk",
        unit=unit,
        expected=expected,
        kind=draw(kinds),
        weight=draw(st.floats(0.01, 2)),
        polarity=draw(st.sampled_from([1, -1])),
    )


@st.composite
def lines(draw, number=0):
    """A line that has come out, of any kind."""
    is_promise = draw(st.booleans())
    ratio = draw(ratios)
    standard = draw(standards())
    if is_promise:
        standard = standard._replace(kind=Importance.PERFORMANCE, polarity=1)
    return Line(
        id=f"line/{number}",
        standard=standard,
        state=draw(st.sampled_from(["withdrawn", "kept" if ratio >= 1 else "broken"])) if is_promise else "met",
        began_at=at(0),
        at=at(draw(minutes)),
        said_by="test",
        ratio=ratio,
        is_promise=is_promise,
        put_right=draw(st.booleans()),
    )


@st.composite
def ledgers(draw, least=0):
    count = draw(st.integers(least, 6))
    return [draw(lines(number=number)) for number in range(count)]


@st.composite
def concepts(draw):
    """A concept with a standard for everything, so that everything that happens counts."""
    wait = standards(unit=Unit.SECONDS, expected=draw(st.sampled_from([60.0, 600.0, 6000.0])))
    upright = st.just(1)
    return ServiceConcept(
        adequate=draw(st.floats(0.3, 1)),
        parameters=draw(parameters()),
        greeting=draw(wait)._replace(polarity=draw(upright)),
        manner=draw(standards()),
        stages={"*": draw(wait)._replace(polarity=draw(upright))},
        journey_budget=draw(wait)._replace(polarity=draw(upright)),
        conduct={aspect: draw(standards()) for aspect in ("courtesy", "competence")},
        cleanliness={"*": draw(standards())},
        promises={"goods": PromiseStandard(label="goods", weight=draw(st.floats(0.01, 2)))},
        problems=ProblemStandard(
            restored=draw(shares),
            compensated=draw(shares),
            resolve_within=timedelta(minutes=draw(st.integers(1, 5000))),
        ),
    )


def _happening(draw):
    when = draw(minutes)
    return draw(
        st.sampled_from(
            [
                happened("customer.greeted", when, manner=draw(scores)),
                happened("stage.started", when, stage=draw(st.sampled_from("xy"))),
                happened("stage.finished", when, stage=draw(st.sampled_from("xy")), explained=draw(st.booleans())),
                happened(
                    "conduct.observed",
                    when,
                    touchpoint="desk",
                    aspect=draw(st.sampled_from(["courtesy", "competence"])),
                    score=draw(scores),
                ),
                happened(
                    "delivery.completed",
                    when,
                    condition=draw(st.sampled_from(["as_ordered", "damaged", "wrong"])),
                    tidy=draw(st.booleans()),
                ),
                happened(
                    "handoff.offered",
                    when,
                    handoff_id=draw(st.sampled_from("hi")),
                    from_unit="sales",
                    to_unit="till",
                    customer_visible=draw(st.booleans()),
                ),
                happened(
                    "handoff.accepted", when, handoff_id=draw(st.sampled_from("hi")), context_passed=draw(st.booleans())
                ),
                happened("recognition.given", when, touchpoint="car"),
                happened("cleanliness.checked", when, area="toilet", score=draw(scores)),
                happened(
                    "problem.reported",
                    when,
                    problem_id=draw(st.sampled_from("abc")),
                    touchpoint=draw(st.sampled_from(["desk", "delivery", "greeting"])),
                    kind="complaint",
                    severity=draw(st.sampled_from(["minor", "major", "critical"])),
                ),
                happened(
                    "problem.resolved",
                    when,
                    problem_id=draw(st.sampled_from("abc")),
                    outcome=draw(st.sampled_from(["restored", "compensated", "refused"])),
                ),
                happened("feedback.given", when, score=float(draw(scores)), scale_min=1.0, scale_max=5.0),
                promised(when, due=when + draw(minutes), promise_id=draw(st.sampled_from("mn"))),
                happened("promise.confirmed", when, promise_id=draw(st.sampled_from("mn")), by_unit="warehouse"),
                happened("promise.kept", when, promise_id=draw(st.sampled_from("mn"))),
                happened("promise.withdrawn", when, promise_id=draw(st.sampled_from("mn"))),
            ]
        )
    )


@st.composite
def journeys(draw, left=None):
    """What happened to a customer, who may have left, or not."""
    told = [happened("customer.arrived", 0, channel="door")]
    told += [_happening(draw) for _ in range(draw(st.integers(0, 8)))]
    if draw(st.booleans()) if left is None else left:
        told.append(happened("customer.left", LEFT, outcome=draw(st.sampled_from(["served", "abandoned"]))))
    return told
