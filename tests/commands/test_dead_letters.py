"""Looking at dead letters, as they stand in a real topic: the list, one of them, and nothing that harms a terminal."""

import json
from datetime import UTC, datetime

import pytest
from typer.testing import CliRunner

from services.chassis.bookkeeping import Record
from services.chassis.dead_letters import dead_letter
from services.chassis.producing import Message
from services.commands.dead_letters import dead_letters_app
from touchline_contracts import DEAD_LETTERS

pytestmark = pytest.mark.live

WRITTEN_AT = 1_763_733_600_000  # 2025-11-21 14:00:00 UTC
SET_ASIDE_AT = datetime(2025, 11, 21, 14, 0, 1, tzinfo=UTC)
RED = "\x1b[31m"
"""Makes a terminal write in red, if it gets there."""


def letter(value, *, offset, key=b"riga-1/visit-1", reason="unreadable", detail="not JSON"):
    record = Record("touchline.touchpoints", 3, offset, key, value, WRITTEN_AT)
    outgoing = dead_letter(
        DEAD_LETTERS.name, record, reason=reason, error=ValueError(detail), service="experience", now=SET_ASIDE_AT
    )
    return Message(outgoing.key, outgoing.value, outgoing.headers)


@pytest.fixture
def run(kafka):
    """Run a command on dead letters, with these in the topic."""

    def run(*arguments, holding=()):
        if holding:
            kafka.create_topics()
            kafka.publish(DEAD_LETTERS.name, list(holding))
        return CliRunner().invoke(dead_letters_app, [*arguments, "--servers", kafka.servers])

    return run


def test_where_there_is_no_dead_letter_it_says_so(run):
    listed = run("list")

    assert (listed.exit_code, listed.stdout.count("\n")) == (0, 1)
    assert listed.stdout.startswith("No dead letters")


def test_an_empty_topic_is_as_good_as_none(run, kafka):
    kafka.create_topics()

    assert run("list").stdout.startswith("No dead letters")
    assert json.loads(run("list", "--json").stdout) == []


def test_the_list_names_each_with_when_why_where_from_and_how_it_begins(run):
    listed = run(
        "list", holding=[letter(b"good morning", offset=17), letter(b"{}", offset=18, key=None, reason="no_key")]
    )

    first, second = (
        [cell.strip() for cell in line.strip("│").split("│")] for line in listed.stdout.splitlines() if "│ tou" in line
    )
    assert first == ["1", "2025-11-21 14:00:01+00:00", "unreadable", "touchline.touchpoints 3:17", "12", "good morning"]
    assert second == ["2", "2025-11-21 14:00:01+00:00", "no_key", "touchline.touchpoints 3:18", "2", "{}"]


def test_the_list_for_programs_holds_the_exact_bytes(run):
    listed = run("list", "--json", holding=[letter(b"\xff\x00", offset=17, key=b"\xfe")])

    (only,) = json.loads(listed.stdout)
    assert (only["number"], only["topic"], only["partition"], only["offset"]) == (1, "touchline.touchpoints", 3, 17)
    assert (only["bytes"], only["value"], only["value_base64"], only["key"]) == (2, None, "/wA=", "\\xfe")
    assert only["headers"]["touchline-written-at"] == "2025-11-21T14:00:00+00:00"


@pytest.mark.parametrize("which", ["2", "3:18", "touchline.touchpoints:3:18"])
def test_one_is_shown_by_its_number_or_by_where_it_came_from(run, which):
    shown = run("show", which, holding=[letter(b"one", offset=17), letter(b"two", offset=18, detail="second")])

    assert shown.exit_code == 0
    assert shown.stdout.endswith("\n\ntwo\n")
    assert "touchline-detail: second\n" in shown.stdout
    assert "touchline-offset: 18\n" in shown.stdout
    assert "key: riga-1/visit-1\n" in shown.stdout


def test_json_is_shown_on_many_lines_and_raw_as_it_came(run):
    shown = run("show", "1", holding=[letter('{"area":"café", "score":9}'.encode(), offset=17)])
    raw = run("show", "1", "--raw")

    assert shown.stdout.endswith('\n\n{\n  "area": "café",\n  "score": 9\n}\n')
    assert raw.stdout_bytes == '{"area":"café", "score":9}'.encode()


def test_what_is_not_text_is_shown_in_hexadecimal(run):
    shown = run("show", "1", holding=[letter(b"\xff\xfe\x00abc" + bytes(16), offset=17)])

    assert shown.stdout.endswith(
        "\n\n00000000  ff fe 00 61 62 63 00 00 00 00 00 00 00 00 00 00  ...abc..........\n"
        "00000010  00 00 00 00 00 00                                ......\n"
    )


def test_what_is_not_text_comes_raw_byte_for_byte(run):
    raw = run("show", "1", "--raw", holding=[letter(b"\xff\xfe\r\n\x00", offset=17)])

    assert raw.stdout_bytes == b"\xff\xfe\r\n\x00"


@pytest.mark.parametrize(
    ("value", "words"), [(None, "(no value: the message is a tombstone)"), (b"", "(an empty value: no bytes)")]
)
def test_a_letter_without_bytes_says_so(run, value, words):
    shown = run("show", "1", holding=[letter(value, offset=17)])

    assert shown.stdout.endswith(f"\n\n{words}\n")


def test_nothing_that_a_terminal_obeys_reaches_it(run):
    value = f'{{"note":"{RED}\\u001b[0m\u202e"'.encode()
    holding = [letter(value, offset=17, key=RED.encode(), reason=RED, detail=f"{RED}\n")]

    outputs = [run("list", holding=holding).stdout, run("show", "1").stdout, run("list", "--json").stdout]

    for output in outputs:
        assert "\x1b" not in output
    assert "\u202e" not in outputs[0] + outputs[1]
    assert "\\x1b[31m" in outputs[0]
    assert "touchline-detail: \\x1b[31m\\n\n" in outputs[1]


def test_json_that_hides_control_characters_in_escapes_stays_escaped(run):
    shown = run("show", "1", holding=[letter(b'{"note":"\\u001b[31m\\u009b\\ud800"}', offset=17)])

    assert shown.stdout.endswith('"note": "\\u001b[31m\\x9b\\ud800"\n}\n')


def test_two_letters_from_one_place_have_to_be_told_apart_by_number(run):
    shown = run("show", "3:17", holding=[letter(b"one", offset=17), letter(b"again", offset=17)])

    assert shown.exit_code == 1
    assert shown.stderr == "Several dead letters came from 3:17: name one of them by its number, 1, 2.\n"


@pytest.mark.parametrize(
    ("which", "message"),
    [
        ("0", "There is no dead letter 0: they are numbered from 1 to 1.\n"),
        ("2", "There is no dead letter 2: they are numbered from 1 to 1.\n"),
        ("3:18", "No dead letter came from '3:18': `touchline dead-letters list` names where each came from.\n"),
        ("first", "'first' names no dead letter: give its number in the list, or the PARTITION:OFFSET it came from.\n"),
    ],
)
def test_a_letter_that_is_not_there_is_not_shown(run, which, message):
    shown = run("show", which, holding=[letter(b"one", offset=17)])

    assert (shown.exit_code, shown.stdout, shown.stderr) == (1, "", message)


def test_a_letter_that_somebody_else_wrote_is_shown_all_the_same(run):
    listed = run("list", holding=[Message(None, b"a stranger")])

    (line,) = (line for line in listed.stdout.splitlines() if "a stranger" in line)
    assert [cell.strip() for cell in line.strip("│").split("│")] == ["1", "?", "?", "? ?:?", "10", "a stranger"]


def test_a_long_list_is_read_to_its_end(run, kafka):
    kafka.create_topics()
    kafka.publish(DEAD_LETTERS.name, [letter(b"x" * 5000, offset=number) for number in range(400)])

    listed = json.loads(run("list", "--json").stdout)

    assert [each["offset"] for each in listed] == list(range(400))


@pytest.mark.parametrize(
    ("servers", "why"),
    [
        ("127.0.0.1:1", "nobody accepts the connection"),
        ("127.0.0.1:kafka", "this is not written as HOST:PORT"),
    ],
)
def test_without_kafka_it_says_where_it_looked_and_how_to_start_one(servers, why):
    listed = CliRunner().invoke(dead_letters_app, ["list", "--servers", servers])

    assert (listed.exit_code, listed.stdout) == (2, "")
    assert listed.stderr.startswith(f"No Kafka answers at {servers} ({why}")
    assert "`touchline up` starts one" in listed.stderr
