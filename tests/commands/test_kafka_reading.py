"""Reading a topic to its end where Kafka is slow: a broker of our own is too fast to show it."""

import pytest
from aiokafka import TopicPartition

from services.commands.kafka_reading import NoKafka, TopicReading

pytestmark = pytest.mark.anyio

PLACE = TopicPartition("touchline.dead-letters", 0)


class SlowConsumer:
    """Holds two records; brings them at the poll that it is told, or never."""

    def __init__(self, *, brings_at_poll):
        self.brings_at_poll = brings_at_poll
        self.polls = 0

    async def end_offsets(self, partitions):
        return {PLACE: 2}

    async def position(self, partition):
        return 2 if self.brings_at_poll and self.polls >= self.brings_at_poll else 0

    async def getmany(self, timeout_ms):
        self.polls += 1
        return {PLACE: ["first", "second"]} if self.polls == self.brings_at_poll else {}


async def test_a_topic_is_not_taken_for_read_before_its_end_was_reached():
    reading = TopicReading(SlowConsumer(brings_at_poll=4), [PLACE], "kafka:9092")

    assert [batch async for batch in reading.until_now()] == [["first", "second"]]


async def test_a_kafka_that_never_brings_what_it_has_is_not_waited_for_for_ever():
    reading = TopicReading(SlowConsumer(brings_at_poll=None), [PLACE], "kafka:9092")

    with pytest.raises(NoKafka, match=r"at kafka:9092 \(it has brought nothing for 15 s\)"):
        [batch async for batch in reading.until_now()]
