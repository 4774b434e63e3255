"""When a consumer counts as standing still. A pure rule: what is seen, and when, is handed in."""

from services.chassis.progress import Progress, Seen

PATIENCE_SECONDS = 60.0


def progress() -> Progress:
    return Progress(PATIENCE_SECONDS, now=0.0)


def test_one_that_moves_goes_on_however_much_is_left():
    rule = progress()

    for now in range(0, 300, 30):
        assert rule.stands_still({0: Seen(position=now, end=10_000, told_at=1)}, now) is None


def test_one_that_is_behind_and_does_not_move_stands_still():
    rule = progress()
    rule.stands_still({0: Seen(5, 8, 1)}, 0.0)

    # That Kafka is asked and tells of more does not help when nothing of it is read.
    assert rule.stands_still({0: Seen(5, 9, 2)}, 60.0) is None
    why = rule.stands_still({0: Seen(5, 10, 3)}, 61.0)

    assert why == "partition 0 has stood still for 60 s: 5 messages wait"


def test_one_with_nothing_to_read_is_well_as_long_as_it_asks():
    rule = progress()

    for now in range(0, 300, 30):
        assert rule.stands_still({0: Seen(5, 5, told_at=now)}, now) is None


def test_one_that_does_not_ask_any_more_stands_still():
    rule = progress()
    rule.stands_still({0: Seen(5, 5, 1)}, 0.0)

    assert (
        rule.stands_still({0: Seen(5, 5, 1)}, 61.0) == "partition 0 has stood still for 60 s: Kafka is not even asked"
    )


def test_one_silent_partition_among_others_is_found():
    rule = progress()
    rule.stands_still({0: Seen(5, 5, 1), 1: Seen(7, 9, 1)}, 0.0)
    rule.stands_still({0: Seen(6, 6, 2), 1: Seen(7, 9, 2)}, 30.0)

    why = rule.stands_still({0: Seen(7, 7, 3), 1: Seen(7, 9, 3)}, 61.0)

    assert why is not None
    assert why.startswith("partition 1 ")


def test_an_excuse_counts_from_when_it_is_gone():
    rule = progress()
    stuck = {0: Seen(5, 8, 1)}
    rule.stands_still(stuck, 0.0)

    rule.excuse(100.0)

    assert rule.stands_still(stuck, 160.0) is None
    assert rule.stands_still(stuck, 161.0) is not None


def test_one_outside_the_group_stands_still():
    rule = progress()

    assert rule.stands_still(None, 60.0) is None
    assert rule.stands_still(None, 61.0) == "no place in the consumer group for 60 s"


def test_a_member_without_partitions_stands_by():
    assert progress().stands_still({}, 1000.0) is None
