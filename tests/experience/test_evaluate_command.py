"""`touchline evaluate`: events in, evaluations out, the same for the same events; what it cannot read it names."""

import json
import random

import pytest
from typer.testing import CliRunner

from services.commands.main import app
from tests.experience.builders import CONCEPTS, as_lines, at, told

HARDWARE_SHOP = CONCEPTS / "hardware-shop.yaml"
ARRIVED = told("customer.arrived", -8, channel="door")
GREETED = told("customer.greeted", -7)
PROMISED = told(
    "promise.made", 0, promise_id="goods", what="goods_from_second_warehouse", due=at(180), fulfilled_by="warehouse"
)
VISIT = [ARRIVED, GREETED, PROMISED]
KEPT = told("delivery.completed", 163, promise_id="goods", condition="as_ordered")
LEFT = told("customer.left", 190, outcome="served")
LATER = "2026-03-08T00:00:00Z"


@pytest.fixture
def evaluate(tmp_path):
    """Runs the command on events, or on the text of a file; answers with its result."""

    def run(events, *options, concept=HARDWARE_SHOP):
        file = tmp_path / "events.ndjson"
        file.write_bytes(events if isinstance(events, bytes) else as_lines(events).encode())
        return CliRunner(env={"COLUMNS": "120"}).invoke(
            app, ["evaluate", str(file), "--concept", str(concept), *options]
        )

    return run


def journeys(result):
    assert result.exit_code == 0, result.output
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_a_journey_is_told_with_its_ledger(evaluate):
    (journey,) = journeys(evaluate([*VISIT, KEPT, LEFT], "--at", LATER, "--json"))

    # The promise was kept after 163 of 180 min: g = .3 ln(180 / 163); .2231 (1 - exp(-g / .2231)) = .0278
    assert journey["kv"] == journey["forecast"] == pytest.approx(1.028, abs=1e-3)
    assert journey["ratio"] == pytest.approx((2 * 180 / 163) ** (1 / 3), abs=1e-3)
    assert (journey["journey"], journey["store"], journey["concept"]) == ("visit-1", "riga-1", "hardware-shop")
    assert (journey["state"], journey["attention"], journey["to_restore"]) == ("closed", [], [])
    greeting, promise, delivery = journey["lines"]
    assert greeting["expectation"]["text"] == "a greeting within 2 min"
    assert promise["expectation"] == {
        "text": "goods from the second warehouse by 14:00",
        "phrase": {
            "code": "expected.by_time",
            "arguments": {"what": "goods from the second warehouse", "due": "2026-03-07T14:00:00Z"},
        },
        "said_by": "staff",
        "value": 10800.0,
        "unit": "seconds",
        "due": "2026-03-07T14:00:00Z",
    }
    assert promise["outcome"]["text"] == "kept, 17 min before it was due"
    assert (promise["line"], promise["state"], promise["kind"]) == ("promise/goods", "kept", "performance")
    assert promise["ratio"] == pytest.approx(180 / 163)
    assert sum(line["contribution"] for line in journey["lines"]) == pytest.approx(0.0278, abs=1e-4)
    assert {"touchpoint", "forecast_contribution", "gap"} <= delivery.keys()


def test_order_and_repetition_change_no_byte(evaluate):
    events = [
        *VISIT,
        KEPT,
        LEFT,
        told("cleanliness.checked", -60, journey=None, area="toilet", score=1),
        told("customer.arrived", -99, journey="visit-2", store="vilnius-1", channel="door"),
        told("customer.arrived", 3, journey="visit-2", channel="door"),
        told("customer.arrived", 5, journey="order-1", channel="web"),
    ]
    shuffled = [*events, *events, *events]
    random.Random(7).shuffle(shuffled)  # noqa: S311  # any order will do, always the same one

    once, thrice = evaluate(events, "--json"), evaluate(shuffled, "--json")

    assert [(each["store"], each["journey"]) for each in journeys(once)] == [
        ("riga-1", "order-1"),
        ("riga-1", "visit-1"),
        ("riga-1", "visit-2"),
        ("vilnius-1", "visit-2"),
    ]
    assert thrice.stdout_bytes == once.stdout_bytes


def test_of_two_events_with_one_identity_the_earlier_is_believed_in_any_order(evaluate):
    early, late = told("customer.greeted", -7, id="same"), told("customer.greeted", 30, id="same", journey="visit-2")

    one, other = [evaluate([ARRIVED, *both, LEFT], "--json") for both in ([early, late], [late, early])]

    assert one.stdout_bytes == other.stdout_bytes
    assert [journey["lines"][0]["outcome"]["text"] for journey in journeys(one)] == ["60 s"]


def test_at_a_time_only_what_had_happened_by_then_counts(evaluate):
    events = [
        *VISIT,
        told("promise.broken", 200, promise_id="goods"),
        told("customer.arrived", 50, journey="visit-2", channel="web"),
    ]

    before, due = [
        journeys(evaluate(events, "--json", "--at", t)) for t in ("2026-03-07T13:59:59Z", "2026-03-07T15:00:00+01:00")
    ]

    assert [each["journey"] for each in before] == ["visit-1", "visit-2"]
    assert [before[0]["lines"][1]["state"], due[0]["lines"][1]["state"]] == ["made", "broken"]
    assert before[0]["as_of"] == "2026-03-07T13:59:59Z"
    assert before[0]["kv"] == 1.0
    assert [each["journey"] for each in journeys(evaluate(events, "--json", "--at", "2026-03-07T11:00:00Z"))] == [
        "visit-1"
    ]


def test_what_needs_attention_says_what_to_do_whom_to_call_and_until_when(evaluate):
    (journey,) = journeys(evaluate(VISIT, "--json", "--at", "2026-03-07T11:46:00Z"))

    (attention,) = journey["attention"]
    assert attention["reason"] == "unconfirmed"
    assert attention["headline"] == "Nobody has confirmed: goods from the second warehouse by 14:00"
    assert attention["call"] == "warehouse"
    assert attention["until"] == "2026-03-07T14:00:00Z"
    assert attention["remedy"].startswith("Call the second warehouse now")
    assert journey["risk"] > journey["threshold"]


def test_without_a_time_a_journey_is_as_it_stands_now_and_silence_counts(evaluate):
    (journey,) = journeys(evaluate([*VISIT, LEFT], "--json"))

    assert journey["lines"][1]["state"] == "broken"
    assert journey["as_of"] == "2026-03-07T14:40:00Z"  # closed half an hour after the customer had left


def test_without_a_time_events_of_the_future_are_seen_too(evaluate):
    years = 365 * 24 * 60
    told_ahead = [told("customer.arrived", 100 * years, channel="door"), told("customer.greeted", 100 * years + 1)]

    (journey,) = journeys(evaluate(told_ahead, "--json"))

    assert journey["as_of"] == at(100 * years + 1).isoformat().replace("+00:00", "Z")


def test_store_wide_events_count_for_the_journeys_of_their_store(evaluate):
    filthy = told("cleanliness.checked", -60, journey=None, area="toilet", score=1)
    elsewhere = told("customer.arrived", -8, journey="visit-2", store="vilnius-1", channel="door")

    here, there = journeys(evaluate([*VISIT, filthy, elsewhere], "--json", "--at", "2026-03-07T10:53:00Z"))

    assert [line["line"] for line in here["lines"]] == ["cleanliness/toilet", "greeting"]
    assert [line["line"] for line in there["lines"]] == ["greeting"]


def test_feedback_changes_nothing_and_is_no_journey_by_itself(evaluate):
    verdicts = [
        told("feedback.given", minutes, journey=journey, score=1.0, scale_min=1.0, scale_max=5.0)
        for minutes, journey in ((191, "visit-1"), (5000, "visit-1"), (7, "visit-2"))
    ]

    without, with_verdicts = (
        evaluate([*VISIT, KEPT, LEFT], "--json"),
        evaluate([*VISIT, KEPT, LEFT, *verdicts], "--json"),
    )

    assert with_verdicts.stdout_bytes == without.stdout_bytes


def test_a_time_in_the_future_is_cut_back_to_the_time_of_receipt(evaluate):
    ahead = told("customer.greeted", 600) | {"receivedtime": at(-7).isoformat()}

    (journey,) = journeys(evaluate([ARRIVED, ahead], "--json", "--at", LATER))

    assert journey["lines"][0]["outcome"]["text"] == "60 s"


def test_a_type_that_is_not_known_is_no_reason_to_stop(evaluate):
    strange = told("customer.danced", 1, promise_id=["a"], manner="wild", due=7)

    (journey,) = journeys(evaluate([*VISIT, strange], "--json", "--at", "2026-03-07T11:30:00Z"))

    assert [line["line"] for line in journey["lines"]] == ["greeting", "promise/goods"]


def test_what_touchline_itself_has_told_is_passed_over(evaluate):
    ours = told("surroundings.changed", 10, journey="visit-2", because="x")

    assert evaluate([*VISIT, ours], "--json", "--at", LATER).stdout == evaluate(VISIT, "--json", "--at", LATER).stdout


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b'{"specversion": "1.0"', "not JSON"),
        (b"\xff\xfe", "not JSON"),
        (json.dumps({**ARRIVED, "time": "2026-03-07T10:52:00"}).encode(), "time has no time zone"),
        (json.dumps({**ARRIVED, "data": {"channel": "window"}}).encode(), "data.channel is none of the values"),
        (b"[1]", "object"),
    ],
)
def test_a_line_that_cannot_be_read_is_named_and_the_rest_is_evaluated(evaluate, line, reason):
    result = evaluate(
        as_lines(VISIT[:1]).encode() + b"\n" + line + b"\n" + as_lines(VISIT[1:]).encode(), "--json", "--at", LATER
    )

    assert result.exit_code == 1
    assert len(json.loads(result.stdout)["lines"]) == 2
    (message,) = result.stderr.splitlines()
    assert "events.ndjson:3: " in message
    assert reason in message


def test_events_may_come_from_standard_input():
    arguments = ["evaluate", "-", "--concept", str(HARDWARE_SHOP), "--json", "--at", LATER]

    result = CliRunner().invoke(app, arguments, input=as_lines(VISIT).encode() + b"oops\n")

    assert result.exit_code == 1
    assert json.loads(result.stdout)["journey"] == "visit-1"
    assert result.stderr.startswith("stdin:4: not JSON")


def test_without_json_the_ledger_is_told_in_words(evaluate):
    result = evaluate(VISIT, "--at", "2026-03-07T14:00:00Z")

    assert "riga-1 / visit-1 · open · hardware-shop 1 · as of 2026-03-07 14:00:00 UTC" in result.stdout
    assert "│ goods from the second warehouse by 14:00 (said by staff) │ broken: not done; gap: " in result.stdout
    # .7 x -2.1 = -1.47; exp(-1.47) = .230
    assert "KV 0.230 (bare KP/KL 0.00): far below adequate." in result.stdout
    assert "Call: warehouse." in " ".join(result.stdout.split())


def test_no_events_are_no_journeys(evaluate):
    assert evaluate(b"", "--json").stdout == ""
    assert evaluate(b"\n\n", "--json").exit_code == 0


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--at", "2026-03-07T14:00:00"], "--at must have a zone"),
        (["--at", "noon"], "--at must be a date and time"),
    ],
)
def test_a_time_that_cannot_be_read_is_refused(evaluate, options, message):
    result = evaluate(VISIT, *options)

    assert result.exit_code == 2
    assert message in result.stderr


def test_a_concept_with_mistakes_is_refused_with_all_of_them(evaluate, tmp_path):
    concept = tmp_path / "shop.yaml"
    concept.write_text("concept: shop\nversion: 0\ntitle: Shop\nadequat: 0.9\n")

    result = evaluate(VISIT, concept=concept)

    assert result.exit_code == 2
    assert [line.partition("shop.yaml:")[2] for line in result.stderr.splitlines()] == [
        "2: version: must be from 1 to 1000000, got 0",
        "4: adequat: is not a key of a concept; did you mean adequate?",
    ]


def test_files_that_are_not_there_are_named(evaluate, tmp_path):
    no_concept = evaluate(VISIT, concept=tmp_path / "none.yaml")
    no_events = CliRunner().invoke(app, ["evaluate", str(tmp_path / "none"), "--concept", str(HARDWARE_SHOP)])

    assert (no_concept.exit_code, no_events.exit_code) == (2, 2)
    assert "none.yaml: cannot be read: No such file" in no_concept.stderr
    assert "none cannot be read: No such file" in no_events.stderr
