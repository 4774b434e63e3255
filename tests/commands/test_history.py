"""Reading the history in a file: what is sent of it, what is not and why, and what to expect of its journeys."""

import json

import pytest

from services.commands.replaying.history import LARGEST_EVENT_BYTES, History

ARRIVED = {
    "specversion": "1.0",
    "id": "1",
    "source": "/riga-1/door",
    "type": "touchline.customer.arrived.v1",
    "subject": "visit-1",
    "time": "2025-03-07T10:00:00+02:00",
    "store": "riga-1",
    "data": {"channel": "door"},
}
FEEDBACK = {
    **ARRIVED,
    "id": "2",
    "type": "touchline.feedback.given.v1",
    "data": {"score": 5.0, "scale_min": 0.0, "scale_max": 10.0},
}
DELIVERED = {
    **ARRIVED,
    "id": "3",
    "type": "touchline.delivery.completed.v1",
    "data": {"condition": "as_ordered"},
}


def line(event, **changes):
    return json.dumps({**event, **changes}).encode() + b"\n"


def read(*lines):
    history = History()
    return history, list(history.read(lines))


def test_an_event_is_sent_under_the_key_of_its_journey():
    _, (message,) = read(line(ARRIVED))

    assert message.key == b"riga-1/visit-1"


def test_an_event_of_the_whole_store_is_sent_under_the_key_of_the_store():
    event = {key: value for key, value in ARRIVED.items() if key != "subject"}
    checked = line(event, type="touchline.cleanliness.checked.v1", data={"area": "entrance", "score": 4.0})

    history, (message,) = read(checked)

    assert message.key == b"riga-1"
    assert history.journeys == {}


@pytest.mark.parametrize(
    "body",
    [
        b'{"specversion":"1.0","id":"1","source":"/a","type":"b","store":"c","time":"2025-03-07T10:00Z","data":{"d":1.10}}',
        b'{ "id":"1","source":"/a","type":"b","store":"c","time":"2025-03-07T10:00Z","data":{},"specversion":"1.0" }',
    ],
)
def test_what_is_sent_is_what_was_written_with_replay_set(body):
    _, (message,) = read(b"  " + body + b"\r\n")

    assert message.value == body[:-1].rstrip() + b',"replay":true}'


def test_what_is_marked_as_history_already_is_sent_as_it_is():
    written = line(ARRIVED, replay=True)

    _, (message,) = read(written)

    assert message.value == written.strip()


def test_what_says_that_it_is_no_history_is_history_all_the_same():
    _, (message,) = read(line(ARRIVED, replay=False, data={"channel": "door", "note": '"replay"'}))

    assert json.loads(message.value) == {**ARRIVED, "replay": True, "data": {"channel": "door", "note": '"replay"'}}


def test_the_time_of_receipt_is_left_alone():
    _, (message,) = read(line(ARRIVED, receivedtime="2025-03-07T10:00:01+02:00"))

    assert json.loads(message.value)["receivedtime"] == "2025-03-07T10:00:01+02:00"


def test_empty_lines_are_passed_over_and_a_byte_order_mark_as_well():
    history, messages = read(b"\xef\xbb\xbf" + line(ARRIVED), b"\n", b"  \r\n", line(DELIVERED))

    assert (len(messages), history.unreadable) == (2, [])


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        (b"good morning\n", "not JSON"),
        (b"\xff\n", "not JSON"),
        (b"[]\n", "the whole must be an object"),
        (line(ARRIVED, time="2025-03-07T10:00:00"), "time has no time zone"),
        (line(ARRIVED, type="touchline.journey.evaluated.v1"), "data.version is missing"),
        (line(ARRIVED, data={"channel": "door", "note": "x" * LARGEST_EVENT_BYTES}), "at most 262,144 bytes"),
    ],
)
def test_a_line_that_is_no_event_is_noted_with_its_number_and_the_rest_is_sent(written, reason):
    history, messages = read(line(DELIVERED), written, line(ARRIVED))

    assert len(messages) == 2
    (noted,) = history.unreadable
    assert noted.line == 2
    assert reason in noted.reason


def test_what_touchline_has_told_itself_is_not_sent():
    told = line(ARRIVED, type="touchline.surroundings.changed.v1", data={"because": "x"})

    history, messages = read(told)

    assert messages == []
    assert "told by Touchline itself" in history.unreadable[0].reason


def test_an_event_that_the_file_holds_twice_is_sent_twice_and_counts_once():
    history, messages = read(line(ARRIVED), line(ARRIVED))

    assert (len(messages), history.repeated) == (2, 1)
    assert history.journeys[b"riga-1/visit-1"].events == 1


def test_an_id_that_two_journeys_claim_is_noted():
    history, messages = read(line(ARRIVED), line(ARRIVED, subject="visit-2"))

    assert len(messages) == 1
    assert history.unreadable[0].reason.startswith("the id 1 of /riga-1/door is taken by an event of riga-1/visit-1")
    assert list(history.journeys) == [b"riga-1/visit-1"]


def test_a_journey_of_verdicts_alone_is_not_waited_for():
    history, _ = read(line(FEEDBACK), line(ARRIVED, id="9", subject="visit-2"))

    assert history.evaluable == 1
    assert not history.journeys[b"riga-1/visit-1"].evaluable


def test_the_first_score_counts_brought_to_the_scale_from_1_to_5():
    # 5 of 0 to 10 is the middle, and so is 3 of 1 to 5.
    earlier = line(FEEDBACK)
    later = line(
        FEEDBACK, id="4", time="2025-03-08T10:00:00+02:00", data={"score": 1.0, "scale_min": 1.0, "scale_max": 5.0}
    )

    history, _ = read(later, earlier)

    assert history.journeys[b"riga-1/visit-1"].score == 3.0


def test_what_was_delivered_damaged_was_not_delivered():
    history, _ = read(line(DELIVERED), line(DELIVERED, id="4", subject="visit-2", data={"condition": "damaged"}))

    assert [journey.delivered for journey in history.journeys.values()] == [True, False]
