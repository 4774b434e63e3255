"""Sending dead letters again: what can be read by now goes back to where it came from, and nothing else does."""

from datetime import UTC, datetime

import pytest
from typer.testing import CliRunner

from services.chassis.bookkeeping import Record
from services.chassis.dead_letters import dead_letter
from services.chassis.producing import Message
from services.commands.dead_letters import dead_letters_app
from touchline_contracts import DEAD_LETTERS, TOUCHPOINTS, new_event
from touchline_contracts.greeting import CustomerArrived

pytestmark = pytest.mark.live

NOON = datetime(2025, 11, 21, 12, tzinfo=UTC)
ARRIVED = new_event(
    CustomerArrived(channel="door"), id="door-1", source="/riga-1/door", store="riga-1", subject="visit-1", time=NOON
)
GOOD = ARRIVED.to_json()
BAD = b'{"specversion": "1.0"}'


def letter(value, *, offset, key=b"riga-1/visit-1", reason="unreadable", topic=TOUCHPOINTS.name):
    record = Record(topic, 3, offset, key, value, 0)
    outgoing = dead_letter(
        DEAD_LETTERS.name, record, reason=reason, error=ValueError(reason), service="experience", now=NOON
    )
    return Message(outgoing.key, outgoing.value, outgoing.headers)


@pytest.fixture
def resend(kafka):
    """Runs the command with these letters in the topic: one that can be read by now, and one that cannot."""
    kafka.create_topics()
    kafka.publish(DEAD_LETTERS.name, [letter(GOOD, offset=1), letter(BAD, offset=2)])

    def resend(*arguments):
        return CliRunner().invoke(dead_letters_app, ["resend", *map(str, arguments), "--servers", kafka.servers])

    return resend


@pytest.fixture
def held(kafka):
    """What the touchpoints' topic holds: keys and values."""
    return lambda: [(key, value) for _, key, value in kafka.held(TOUCHPOINTS.name)]


@pytest.mark.parametrize("which", [["3:1"], ["--all"], ["--reason", "unreadable"]])
def test_what_can_be_read_by_now_is_sent_byte_for_byte(resend, held, which):
    resent = resend(*which)

    assert held() == [(b"riga-1/visit-1", GOOD)]
    assert "sent to touchline.touchpoints under riga-1/visit-1" in resent.stdout
    assert resent.exit_code == (0 if which == ["3:1"] else 1)


def test_what_would_only_be_set_aside_again_is_not_sent(resend, held):
    resent = resend("3:2")

    assert (resent.exit_code, held()) == (1, [])
    assert "not sent: it still cannot be read" in resent.stderr
    assert "--body FILE" in resent.stderr
    assert resent.stdout == "0 of 1 sent.\n"


def test_unless_somebody_insists(resend, held):
    assert resend("3:2", "--force").exit_code == 0
    assert held() == [(b"riga-1/visit-1", BAD)]


def test_a_mended_one_takes_its_place(resend, held, tmp_path):
    mended = tmp_path / "event.json"
    mended.write_bytes(GOOD + b"\n")

    assert resend("3:2", "--body", mended).exit_code == 0
    assert held() == [(b"riga-1/visit-1", GOOD)]


def test_it_goes_out_under_the_key_that_it_asks_for(resend, held, kafka):
    kafka.publish(DEAD_LETTERS.name, [letter(GOOD, offset=7, key=b"riga-1/visit-9", reason="wrong_key")])

    assert resend("--reason", "wrong_key").exit_code == 0
    assert held() == [(b"riga-1/visit-1", GOOD)]


def test_what_belongs_elsewhere_stays(resend, held, kafka):
    kafka.publish(DEAD_LETTERS.name, [letter(GOOD, offset=8, topic="payroll")])
    kafka.publish(DEAD_LETTERS.name, [letter(GOOD, offset=9, topic="touchline.evaluations")])

    assert "came from payroll, which nobody of us reads" in resend("3:8").stderr
    assert "does not belong into touchline.evaluations" in resend("3:9").stderr
    assert held() == []


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "Say which: numbers, --all, or --reason REASON."),
        (["1", "--all"], "Say which"),
        (["--all", "--body", "event.json"], "--body takes the place of one letter"),
        (["3:1", "--body", "nowhere.json"], "nowhere.json cannot be read: No such file or directory"),
        (["99"], "There is no dead letter 99"),
    ],
)
def test_what_is_meant_has_to_be_clear(resend, held, arguments, said):
    resent = resend(*arguments)

    assert resent.exit_code in (1, 2)
    assert said in resent.stderr
    assert held() == []
