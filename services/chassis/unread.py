"""How much of a topic nobody has read yet, whoever's partitions it is in."""

from collections.abc import Callable, Mapping

from aiokafka import AIOKafkaConsumer, TopicPartition

from services.chassis.bounds import within
from services.chassis.client_tasks import stop_consumer

KAFKA_SECONDS = 5.0
"""How long Kafka may take to say where a topic ends."""
STOP_SECONDS = 1.0


async def unread(build: Callable[[], AIOKafkaConsumer], topic: str, offsets: Mapping[int, int]) -> int:
    """Records between the stored `offsets` and the end of each partition.

    Asked by a consumer in no group: one in a group knows nothing before Kafka has shared out the partitions.
    Raises what the client raises, and TimeoutError.
    """
    consumer = build()
    try:
        await within(KAFKA_SECONDS, consumer.start())
        await within(KAFKA_SECONDS, consumer.end_offsets([TopicPartition(topic, 0)]))  # from then on it knows the topic
        places = [TopicPartition(topic, each) for each in consumer.partitions_for_topic(topic) or ()]
        ends: Mapping[TopicPartition, int] = await within(KAFKA_SECONDS, consumer.end_offsets(places))
    finally:
        await stop_consumer(consumer, STOP_SECONDS)
    return sum(max(end - offsets.get(place.partition, 0), 0) for place, end in ends.items())
