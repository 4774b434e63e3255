"""When a partition stops: of its last 100,000 messages no more than so many are set aside. A pure rule."""

from collections.abc import Iterable
from datetime import UTC, datetime

import pytest
from structlog.testing import capture_logs

from services.chassis.bookkeeping import Outgoing, Record, TopicIdentity
from services.chassis.dead_letter_limit import DeadLetterLimit, Stop, TooMany, before
from services.chassis.dead_letters import dead_letter

TOPIC = TopicIdentity("cluster", "topic", "1")
MADE_ANEW = TopicIdentity("cluster", "topic", "2")
NOW = datetime(2026, 3, 7, tzinfo=UTC)


def record(offset: int, partition: int = 0) -> Record:
    return Record("topic", partition, offset, b"key", b"\xff", 0)


def letters(offsets: Iterable[int], partition: int = 0) -> list[Outgoing]:
    return [
        dead_letter(
            "letters", record(each, partition), reason="unreadable", error=ValueError("no"), service="s", now=NOW
        )
        for each in offsets
    ]


def set_aside(limit: DeadLetterLimit, offsets: Iterable[int], partition: int = 0) -> None:
    limit.keep(limit.weigh(TOPIC, letters(offsets, partition)))


def stops(limit: DeadLetterLimit, *messages: Outgoing) -> dict[int, Stop]:
    with pytest.raises(TooMany) as caught:
        limit.weigh(TOPIC, messages)
    limit.stop(caught.value)
    return dict(caught.value.stops)


def test_the_thousandth_in_a_row_is_set_aside_and_the_next_one_stops_its_partition():
    limit = DeadLetterLimit(1000)
    set_aside(limit, range(1000))

    assert stops(limit, *letters([1000])) == {0: Stop(1000, "unreadable: no")}
    assert limit.stopped(TOPIC, [0, 1]) == {0: Stop(1000, "unreadable: no")}


def test_it_stops_in_the_same_place_however_records_come_in_batches():
    limit = DeadLetterLimit(1000)

    assert stops(limit, *letters(range(30_000)))[0].offset == 1000


def test_one_in_a_hundred_goes_on_for_ever():
    limit = DeadLetterLimit(1000)

    for begin in range(0, 1_000_000, 50_000):
        set_aside(limit, range(begin, begin + 50_000, 100))


def test_a_few_more_than_one_in_a_hundred_stop():
    limit = DeadLetterLimit(1000)

    # Of every 99 messages the first: the thousandth and first has the offset 1,000 x 99, within the last 100,000.
    assert stops(limit, *letters(range(0, 200_000, 99)))[0].offset == 99_000


def test_what_was_set_aside_a_hundred_thousand_messages_ago_counts_no_more():
    limit = DeadLetterLimit(2)
    set_aside(limit, [0, 50_000])

    set_aside(limit, [100_000])

    assert stops(limit, *letters([149_999]))[0].offset == 149_999


def test_a_batch_that_is_tried_again_counts_once():
    limit = DeadLetterLimit(3)

    for _ in range(10):
        limit.weigh(TOPIC, letters([0, 1, 2]))
    set_aside(limit, [0, 1, 2])

    assert stops(limit, *letters([3]))[0].offset == 3


def test_each_partition_counts_by_itself():
    limit = DeadLetterLimit(3)
    set_aside(limit, range(3), partition=0)

    stopped = stops(limit, *letters(range(3), partition=1), *letters([3], partition=0), *letters([3], partition=1))

    assert {partition: stop.offset for partition, stop in stopped.items()} == {0: 3, 1: 3}


def test_a_topic_that_was_made_anew_counts_anew():
    limit = DeadLetterLimit(3)
    set_aside(limit, range(3))
    stops(limit, *letters([3]))

    limit.keep(limit.weigh(MADE_ANEW, letters(range(3))))

    assert limit.stopped(MADE_ANEW, [0]) == {}


def test_nought_is_no_limit():
    limit = DeadLetterLimit(0)

    set_aside(limit, range(10_000))

    assert limit.stopped(TOPIC, [0]) == {}


def test_only_what_comes_before_the_place_where_a_partition_stands_is_taken():
    records = [record(8), record(9), record(10), record(11), record(10, partition=1)]

    assert before(records, {0: Stop(10, "no")}) == [record(8), record(9), record(10, partition=1)]
    assert before(records, {}) == records


def test_it_stands_still_when_it_comes_back_as_it_went_and_is_free_when_somebody_has_moved_it_on():
    limit = DeadLetterLimit(3)
    set_aside(limit, range(3))
    stops(limit, *letters([3]))

    limit.begin(TOPIC, {0: 3})
    assert 0 in limit.stopped(TOPIC, [0])

    limit.begin(TOPIC, {0: 4})
    assert limit.stopped(TOPIC, [0]) == {}
    set_aside(limit, [4, 5, 6])


def test_one_whose_good_messages_were_not_kept_after_all_is_read_again_and_stops_again():
    limit = DeadLetterLimit(3)
    set_aside(limit, range(3))
    stops(limit, *letters([5]))

    limit.begin(TOPIC, {0: 3})

    assert limit.stopped(TOPIC, [0]) == {}
    assert stops(limit, *letters([5]))[0].offset == 5


def test_people_are_told_once_where_it_stands_why_and_what_to_do():
    limit = DeadLetterLimit(1000)

    with capture_logs() as logs:
        stops(limit, *letters(range(1001), partition=4))

    (said,) = logs
    assert (said["log_level"], said["partition"], said["offset"]) == ("error", 4, 1000)
    (words,) = limit.in_words(limit.stopped(TOPIC, range(6)))
    for part in ("partition 4", "offset 1000", "unreadable: no", "TOUCHLINE_MOST_DEAD_LETTERS"):
        assert part in words
