"""A journey explained in sentences: how it stands, what hurt, what would have saved it, and whether to step in."""

from datetime import UTC, datetime
from math import fsum, log

import pytest
from hypothesis import given
from hypothesis import strategies as st

from touchline_contracts.evaluations import JourneyEvaluated
from touchline_contracts.words import catalogue, languages
from touchline_contracts.words.explanation import explanation, rounded_parts, verdict

NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
ENGLISH = catalogue("en")
GOODS = ("promise/goods", "goods by 15:00", "broken: not done")
GREETING = ("greeting", "a greeting within 2 min", "4 min")
THANKS = ("recognition/1", "more than expected", "more than was expected")


def line(what, contribution):
    name, expected, outcome = what
    return {
        "line": name,
        "touchpoint": name,
        "kind": "performance",
        "expectation": {"text": expected, "said_by": "sales_desk", "unit": "done"},
        "outcome": {"text": outcome},
        "state": "short",
        "ratio": 1.0,
        "contribution": contribution,
        "forecast_contribution": contribution,
    }


def journey(*lines, kv=1.0, **changes):
    """A journey with these lines; everything that a test is not about has a value here."""
    fields = {
        "version": 1,
        "as_of": NOON,
        "began_at": NOON,
        "concept": "shop",
        "concept_version": 1,
        "journey_state": "closed",
        "events": 1,
        "late_events": 0,
        "kv": kv,
        "forecast": kv,
        "risk": 0.09,
        "threshold": 0.25,
        "adequate": 0.8,
        "lines": [line(*each) for each in lines],
        "attention": [],
    }
    return JourneyEvaluated.model_validate(fields | changes)


@pytest.mark.parametrize(
    ("kv", "said"),
    [
        *[(0.39, "far_below_adequate"), (0.4, "below_adequate"), (0.79, "below_adequate"), (0.8, "a_little_short")],
        *[(0.99, "a_little_short"), (0.996, "as_expected"), (1.004, "as_expected"), (1.01, "better_than_expected")],
    ],
)
def test_a_kv_is_put_into_one_of_five_words(kv, said):
    assert verdict(kv, 0.8) == said


def test_a_journey_as_expected_is_told_in_two_sentences():
    assert explanation(journey(ratio=1.0), ENGLISH) == [
        "KV 1.000 (bare KP/KL 1.00): as expected.",
        "The risk that the customer has ended dissatisfied is 9%; the last word is theirs.",
    ]


def test_what_hurt_is_told_with_its_share_the_worst_first():
    # exp(-1.2) = .301: 70 % off; exp(-.3) = .741: 26 % off; exp(.1) = 1.105
    told = explanation(
        journey((GREETING, -0.3), (THANKS, 0.1), (GOODS, -1.2), kv=0.247, to_restore=[GOODS[0]]), ENGLISH
    )

    assert told[1] == (
        "What hurt most: goods by 15:00 (said by sales desk) → broken: not done: takes 70% off (-1.200 of -1.400). "
        "Then: a greeting within 2 min → 4 min: takes 26% off (-0.300 of -1.400). "
        "What helped most: more than expected → more than was expected: adds 11% (+0.100)."
    )


def test_the_smallest_change_that_would_have_saved_it_is_named():
    told = explanation(journey((GREETING, -0.3), (GOODS, -1.2), kv=0.22, to_restore=[GOODS[0], GREETING[0]]), ENGLISH)

    assert told[2] == (
        "KV would be back at 1 had 2 lines come out as expected: "
        "goods by 15:00 (said by sales desk); a greeting within 2 min."
    )


def test_where_no_few_changes_would_have_saved_it_this_is_said():
    told = explanation(journey((GOODS, -1.2), kv=0.3), ENGLISH)

    assert told[2] == "Too much went wrong for a few changes to bring it back to 1."


def test_the_risk_of_an_open_journey_is_held_against_the_two_costs():
    costs = {"intervention": 5.0, "bad_outcome": 40.0, "effectiveness": 0.5}

    above = explanation(journey(journey_state="open", risk=0.62, threshold_costs=costs), ENGLISH)[-1]
    below = explanation(journey(journey_state="open", risk=0.25, threshold_costs=costs), ENGLISH)[-1]

    assert above == (
        "The risk that the customer ends dissatisfied is 62%, above 25%: stepping in pays. "
        "Stepping in costs 5 and prevents 50% of bad endings, each of which costs 40: 5 / (0.5 x 40) = 25%."
    )
    assert below.startswith(
        "The risk that the customer ends dissatisfied is 25%, not above 25%: stepping in would cost"
    )


def test_an_evaluation_of_before_the_costs_were_told_is_explained_without_them():
    told = explanation(journey(journey_state="open", forecast=0.7), ENGLISH)

    assert told[0] == "KV 1.000: as expected. Heading for 0.700: below adequate."
    assert told[-1].endswith("stepping in would cost more than it saves.")


@given(st.lists(st.floats(-3, 0.3), max_size=12))
def test_the_parts_that_are_shown_add_up_to_what_is_shown(parts):
    lines = [((f"line/{number}", "x", "y"), part) for number, part in enumerate(parts)]

    shown = rounded_parts(journey(*lines))

    whole = round(fsum(parts), 3)
    assert round(fsum(shown.values()), 3) == pytest.approx(whole, abs=1e-9)
    assert all(abs(shown[f"line/{number}"] - part) < 1e-3 for number, part in enumerate(parts))


@pytest.mark.parametrize("language", languages())
def test_it_is_told_in_every_language_without_the_words_of_another(language):
    texts = {
        each: " ".join(explanation(journey((GOODS, -1.2), kv=0.3, ratio=0.5), catalogue(each))) for each in languages()
    }

    others = [text for each, text in texts.items() if each != language]
    assert texts[language] not in others
    assert f"{log(0.3):.1f}"[:2] in texts[language]
