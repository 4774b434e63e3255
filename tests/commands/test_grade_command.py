"""`touchline grade`: events and a concept in, how good forecasts and alerts were out; on made-up orders.

Eight of the nine orders have a verdict; three of those customers gave 1 or 2 stars: late, canceled and unavailable.
"""

import json
from datetime import datetime
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.commands.grading import LINES, run
from touchline_contracts import new_event
from touchline_contracts.alerts import AlertOpened, AlertResolved
from touchline_contracts.feedback import MysteryVisitReported

JUDGED = {"plain", "late", "canceled", "unavailable", "not-approved", "two-sellers", "two-reviews", "impossible"}
DISSATISFIED = {"late", "canceled", "unavailable"}
AFTER_ALL = "2018-06-01T00:00:00Z"


@pytest.fixture(scope="module")
def grade():
    """The grade as JSON."""

    def call(*options, lines=LINES):
        result = run(*options, "--json", lines=lines)
        assert result.exit_code == 0, result.output
        (line,) = result.stdout.splitlines()
        return json.loads(line)

    return call


def test_journeys_with_a_verdict_are_graded_and_the_others_counted(grade):
    told = grade()

    assert told["counts"] == {
        "journeys": 9, "without_verdict": 1, "earlier": 0, "without_moment": 0, "graded": 8, "dissatisfied": 3,
        "judged_before": 1, "unweighted": 0,
    }  # fmt: skip
    assert (told["base_rate"], told["concept"], told["moment"]) == (3 / 8, "marketplace", "the end")


@pytest.mark.parametrize("options", [(), ("--at", "80%"), ("--at", "2017-06-20T00:00:00Z")])
def test_the_forecasts_are_those_of_evaluate(grade, options):
    evaluated = [json.loads(line) for line in run(*options, "--json", command="evaluate").stdout.splitlines()]
    risks = {each["journey"]: each["risk"] for each in evaluated if each["journey"] in JUDGED}

    told = grade(*options)

    pairs = list(product(risks.keys() & DISSATISFIED, risks.keys() - DISSATISFIED))
    won = sum((risks[bad] > risks[good]) + (risks[bad] == risks[good]) / 2 for bad, good in pairs)
    assert told["forecast"]["auc"] == pytest.approx(won / len(pairs))
    assert told["forecast"]["brier"] == pytest.approx(
        sum((risk - (journey in DISSATISFIED)) ** 2 for journey, risk in risks.items()) / len(risks)
    )


@pytest.fixture(scope="module")
def in_order(grade):
    return grade("--at", "80%")


@settings(max_examples=20, deadline=None)
@given(st.permutations(LINES), st.sets(st.integers(0, len(LINES) - 1), max_size=5))
def test_neither_the_order_of_the_lines_nor_repetition_matters(grade, in_order, lines, repeated):
    assert grade("--at", "80%", lines=[*lines, *(lines[number] for number in repeated)]) == in_order


def test_a_verdict_never_enters_the_forecast_that_it_is_the_truth_of(grade):
    about_it = [line for line in LINES if '"late"' in line]
    turned_round = [line.replace('"score":1.0', '"score":5.0') for line in about_it]

    told, other = grade(lines=about_it), grade(lines=turned_round)

    assert (told["counts"]["dissatisfied"], other["counts"]["dissatisfied"]) == (1, 0)
    assert told["forecast"]["reliability"][0]["forecast"] == other["forecast"]["reliability"][0]["forecast"]


def test_at_a_time_what_customers_said_later_is_the_truth(grade):
    told = grade("--at", "2017-06-07T00:00:00-03:00")

    # Bought by then and judged at any time: plain, canceled, unavailable and not-approved.
    assert (told["counts"]["graded"], told["counts"]["dissatisfied"], told["counts"]["without_moment"]) == (4, 2, 4)
    assert told["moment"] == "2017-06-07T00:00:00-03:00"


@pytest.mark.parametrize(
    ("since", "graded"),
    [
        ("2017-06-08", 3),
        ("2017-06-08T21:00:00-03:00", 3),
        ("2017-06-08T21:00:01-03:00", 2),
        # Nine orders: the first five are plain, canceled, unavailable, under-way and not-approved.
        ("50%", 5),
        ("0%", 8),
    ],
)
def test_only_journeys_that_began_since_are_graded(grade, since, graded):
    counts = grade("--since", since)["counts"]

    assert (counts["graded"], counts["earlier"]) == (graded, 8 - graded)


def test_what_began_together_with_the_last_of_the_first_was_learnt_from_and_is_not_graded(grade):
    # Five of nine make not-approved the last that was learnt from; two-sellers, the next, now begins with it.
    lines = [line.replace("2017-06-07T20:00:00-03:00", "2017-06-06T07:00:00-03:00") for line in LINES]

    assert grade("--since", "55%")["counts"]["graded"] == 4
    assert grade("--since", "55%", lines=lines)["counts"]["graded"] == 3


def test_nobody_is_graded_when_all_began_at_once():
    lines = [line for line in LINES if '"plain"' in line]

    result = run("--since", "99%", lines=lines)

    assert (result.exit_code, result.stderr) == (2, "None of the 1 journeys began after the first 99%: give less.\n")


def test_the_report_of_a_mystery_visit_is_no_verdict_of_a_customer(grade):
    at = datetime.fromisoformat("2017-06-09T00:00:00-03:00")
    report = new_event(
        MysteryVisitReported(scores={"delivery": 1}, visited_at=at), id="1", source="/shoppers", store="seller-a",
        subject="plain", time=at, replay=True,
    )  # fmt: skip

    assert grade(lines=[*LINES, report.to_json().decode() + "\n"])["counts"] == grade()["counts"]


def test_weights_say_how_many_journeys_each_stands_for(grade, tmp_path):
    weights = tmp_path / "weights.csv"
    weights.write_text("journey,weight\nlate,3\nplain,4.5\n")

    told = grade("--weights", weights)

    assert told["base_rate"] == pytest.approx((3 + 1 + 1) / (3 + 4.5 + 6))
    assert (told["counts"]["graded"], told["counts"]["unweighted"]) == (8, 6)


def test_without_a_verdict_there_is_nothing_to_grade():
    result = run(lines=[line for line in LINES if "feedback.given" not in line])

    assert result.exit_code == 2
    assert result.stderr == (
        "None of the 9 journeys has a verdict: feedback.given is the truth that forecasts are graded against.\n"
    )


def test_lines_that_cannot_be_read_are_named_and_the_rest_is_graded():
    result = run("--json", lines=["{\n", *LINES])

    assert result.exit_code == 1
    assert "events.ndjson:1: not JSON" in result.stderr
    assert json.loads(result.stdout)["counts"]["graded"] == 8


def test_the_text_fits_eighty_columns_and_begins_with_what_it_means():
    result = run()

    lines = result.stdout.splitlines()
    assert result.exit_code == 0
    assert max(map(len, lines)) <= 80
    assert lines[0].startswith("Of 100 customers 38 ended dissatisfied.")
    assert [line for line in lines if line.startswith("8 journeys graded as they stood at the end")]
    assert "4 stores with fewer than 5 journeys are not shown (8 journeys)." in lines


def test_stores_with_five_verdicts_are_shown(grade):
    lines = [line.replace('"seller-b"', '"seller-a"').replace('"seller-c"', '"seller-a"') for line in LINES]

    (store,) = grade(lines=lines)["stores"]["shown"]

    assert (store["name"], store["journeys"], store["dissatisfied"]) == ("seller-a", 7, 2)
    assert [line.split()[:2] for line in run(lines=lines).stdout.splitlines() if line.startswith("seller-a")] == [
        ["seller-a", "7"]
    ]


def opened(order, at, *, store="seller-a", number="1", until=None):
    """The event of an alert that was sent."""
    at = datetime.fromisoformat(at)
    data = AlertOpened(
        alert_id=order, line="promise/delivery", severity="warning", reason="slipping", headline="Late?",
        remedy="Call.", until=until and datetime.fromisoformat(until), opened_at=at,
    )  # fmt: skip
    return new_event(data, id=number, source="/alerts", store=store, subject=order, time=at)


def test_alerts_that_were_really_sent_take_the_place_of_those_that_would_have_been(grade, tmp_path):
    sent = [
        # canceled: judged on the 27th at 23:30; due on the 25th at 23:59:59.
        opened("canceled", "2017-06-24T23:59:59-03:00", until="2017-06-25T23:59:59-03:00"),
        opened("canceled", "2017-06-24T23:59:59-03:00", until="2017-06-25T23:59:59-03:00"),
        opened("plain", "2017-06-05T10:00:00-03:00", number="2"),
        opened("plain", "2017-06-30T10:00:00-03:00", number="3"),
        opened("late", "2017-06-05T10:00:00-03:00", store="another", number="4"),
        new_event(
            AlertResolved(alert_id="late", line="promise/delivery", resolved_at=datetime.fromisoformat(AFTER_ALL),
                          grade="lost"),
            id="5", source="/alerts", store="seller-b", subject="late", time=datetime.fromisoformat(AFTER_ALL),
        ),
    ]  # fmt: skip
    file = tmp_path / "alerts.ndjson"
    file.write_bytes(b"".join(event.to_json() + b"\n" for event in sent))

    alerts = grade("--alerts", file)["alerts"]

    assert (alerts["alerts"], alerts["alerted"], alerts["found"], alerts["false_alarms"]) == (2, 2, 1, 1)
    assert (alerts["precision"], alerts["recall"], alerts["in_time"]) == (0.5, 1 / 3, 1.0)
    assert alerts["lead_to_due"] == {"journeys": 1, "lower": 86400.0, "median": 86400.0, "upper": 86400.0}
    assert alerts["lead_to_verdict"]["median"] == 3 * 86400 - 30 * 60 + 1


def test_a_picture_is_drawn_and_is_the_same_for_the_same_grade(tmp_path):
    first, second, bitmap = tmp_path / "a.svg", tmp_path / "b.svg", tmp_path / "c.png"

    for picture in (first, second, bitmap):
        assert run("--picture", picture).exit_code == 0

    drawn = first.read_text()
    assert drawn == second.read_text()
    assert bitmap.read_bytes().startswith(b"\x89PNG")
    for text in ("Calibration", "Precision and recall of the risk", "Lead time", "Over time", "38 ended dissatisfied"):
        assert text in drawn


def test_a_picture_can_be_drawn_where_everybody_agrees_and_nobody_was_alerted(tmp_path):
    satisfied = [line for line in LINES if '"plain"' in line or '"two-reviews"' in line]

    result = run("--picture", tmp_path / "a.svg", lines=satisfied)

    assert result.exit_code == 0, result.output
    assert result.stdout.startswith("Of 100 customers 0 ended dissatisfied.")
