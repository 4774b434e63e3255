"""Asks Kafka which topic a name stands for: the cluster's id and the topic's own, in one request.

The client library asks for metadata in a version that knows no topic ids yet; this is the one request of our own.
Source: Kafka's protocol guide, Metadata request, version 12 (Kafka 3.1 and later).
"""

import uuid
from io import BytesIO
from typing import Any

from aiokafka.errors import NoError, UnknownTopicOrPartitionError, for_code
from aiokafka.protocol.abstract import AbstractType
from aiokafka.protocol.api import Request, RequestStruct, Response
from aiokafka.protocol.types import Boolean, CompactArray, CompactString, Int16, Int32, Schema, TaggedFields
from faststream.kafka import KafkaBroker

from services.chassis.bookkeeping import TopicIdentity
from services.chassis.bounds import within

SECONDS = 5.0
"""How long Kafka may take to say which topic it is."""
BY_NAME = uuid.UUID(int=0)
"""Stands for: ask by name."""


class NoSuchTopic(Exception):
    """Kafka has no topic of this name."""


async def topic_identity(broker: KafkaBroker, topic: str) -> TopicIdentity:
    """Which topic the name stands for at this moment. Needs a connected broker; bounded in time.

    Raises NoSuchTopic, and TimeoutError, KafkaError or IncorrectState when Kafka does not say: ask again.
    """
    admin = broker.config.admin_client
    try:
        # A private method, but the only way that the admin client has for a request that it does not know.
        answer = await within(SECONDS, admin._send_request(_MetadataRequest(topic)))  # noqa: SLF001
    except NotImplementedError:  # an older Kafka: then a topic made anew is not told from the one before
        return TopicIdentity((await within(SECONDS, admin.describe_cluster()))["cluster_id"] or "", topic, "")
    for code, name, identity, *_ in answer.topics:
        error = for_code(code)
        if error is UnknownTopicOrPartitionError:
            break
        if error is not NoError:
            raise error(topic)
        if name == topic:
            return TopicIdentity(answer.cluster_id or "", topic, str(identity))
    raise NoSuchTopic(f"the topic {topic} does not exist")


class _Uuid(AbstractType[uuid.UUID]):  # type: ignore[misc]  # aiokafka is not typed
    @classmethod
    def encode(cls, value: uuid.UUID) -> bytes:
        return value.bytes

    @classmethod
    def decode(cls, data: BytesIO) -> uuid.UUID:
        return uuid.UUID(bytes=data.read(16))


_BROKERS = CompactArray(
    ("node_id", Int32), ("host", CompactString()), ("port", Int32), ("rack", CompactString()), ("tags", TaggedFields)
)
_PARTITIONS = CompactArray(
    ("error_code", Int16),
    ("partition", Int32),
    ("leader", Int32),
    ("leader_epoch", Int32),
    ("replicas", CompactArray(Int32)),
    ("isr", CompactArray(Int32)),
    ("offline_replicas", CompactArray(Int32)),
    ("tags", TaggedFields),
)
_TOPICS = CompactArray(
    ("error_code", Int16),
    ("name", CompactString()),
    ("topic_id", _Uuid),
    ("is_internal", Boolean),
    ("partitions", _PARTITIONS),
    ("authorized_operations", Int32),
    ("tags", TaggedFields),
)


class _MetadataResponse(Response):  # type: ignore[misc]
    API_KEY = 3
    API_VERSION = 12
    SCHEMA = Schema(
        ("throttle_time_ms", Int32),
        ("brokers", _BROKERS),
        ("cluster_id", CompactString()),
        ("controller_id", Int32),
        ("topics", _TOPICS),
        ("tags", TaggedFields),
    )


class _MetadataRequestStruct(RequestStruct):  # type: ignore[misc]
    API_KEY = 3
    API_VERSION = 12
    FLEXIBLE_VERSION = True
    RESPONSE_TYPE = _MetadataResponse
    SCHEMA = Schema(
        ("topics", CompactArray(("topic_id", _Uuid), ("name", CompactString()), ("tags", TaggedFields))),
        ("allow_auto_topic_creation", Boolean),
        ("include_authorized_operations", Boolean),
        ("tags", TaggedFields),
    )


class _MetadataRequest(Request[_MetadataRequestStruct]):  # type: ignore[misc]
    API_KEY = 3

    def __init__(self, topic: str) -> None:
        self._topic = topic

    def build(self, request_struct_class: Any) -> Any:
        create = operations = False
        return request_struct_class([(BY_NAME, self._topic, {})], create, operations, {})
