"""Requests of Kafka's protocol that aiokafka does not know: what we may do with topics, and single settings changed."""

from typing import Any

from aiokafka.protocol.api import Request, RequestStruct, Response
from aiokafka.protocol.types import Array, Boolean, Int8, Int16, Int32, Schema, String

NOT_TOLD = -(1 << 31)
"""Instead of operations, from a Kafka that does not tell them."""
READ, WRITE = 1 << 3, 1 << 4
"""Bits of the operations that Kafka says we may do."""
SET = 0
"""The operation on a setting; the others of the topic stay as they are."""

_TEXT = String("utf-8")


class _WhatWeMayDoResponse(Response):  # type: ignore[misc]  # aiokafka is not typed
    API_KEY = 3
    API_VERSION = 8
    SCHEMA = Schema(
        ("throttle_time_ms", Int32),
        ("brokers", Array(("node_id", Int32), ("host", _TEXT), ("port", Int32), ("rack", _TEXT))),
        ("cluster_id", _TEXT),
        ("controller_id", Int32),
        (
            "topics",
            Array(
                ("error_code", Int16),
                ("topic", _TEXT),
                ("is_internal", Boolean),
                (
                    "partitions",
                    Array(
                        ("error_code", Int16),
                        ("partition", Int32),
                        ("leader", Int32),
                        ("leader_epoch", Int32),
                        ("replicas", Array(Int32)),
                        ("isr", Array(Int32)),
                        ("offline_replicas", Array(Int32)),
                    ),
                ),
                ("operations", Int32),
            ),
        ),
        ("cluster_operations", Int32),
    )


class _WhatWeMayDo(RequestStruct):  # type: ignore[misc]
    API_KEY = 3
    API_VERSION = 8
    RESPONSE_TYPE = _WhatWeMayDoResponse
    SCHEMA = Schema(
        ("topics", Array(_TEXT)), ("create", Boolean), ("cluster_operations", Boolean), ("operations", Boolean)
    )


class WhatWeMayDo(Request[_WhatWeMayDo]):  # type: ignore[misc]
    """How topics stand, and which operations we are allowed; unlike aiokafka's own it never creates a topic."""

    API_KEY = 3

    def __init__(self, topics: list[str]) -> None:
        self._topics = topics

    def build(self, request_struct_class: Any) -> Any:
        """The request as it is sent."""
        return request_struct_class(self._topics, False, False, True)  # noqa: FBT003  # in the order of the protocol


class _ChangeSettingsResponse(Response):  # type: ignore[misc]
    API_KEY = 44
    API_VERSION = 0
    SCHEMA = Schema(
        ("throttle_time_ms", Int32),
        (
            "resources",
            Array(("error_code", Int16), ("error_message", _TEXT), ("resource_type", Int8), ("resource_name", _TEXT)),
        ),
    )


class _ChangeSettings(RequestStruct):  # type: ignore[misc]
    API_KEY = 44
    API_VERSION = 0
    RESPONSE_TYPE = _ChangeSettingsResponse
    SCHEMA = Schema(
        (
            "resources",
            Array(
                ("resource_type", Int8),
                ("resource_name", _TEXT),
                ("settings", Array(("name", _TEXT), ("operation", Int8), ("value", _TEXT))),
            ),
        ),
        ("validate_only", Boolean),
    )


class ChangeSettings(Request[_ChangeSettings]):  # type: ignore[misc]
    """Set single settings of one topic. aiokafka's own request would put all others back to their defaults."""

    API_KEY = 44

    def __init__(self, topic: str, settings: dict[str, str]) -> None:
        self._topic, self._settings = topic, settings

    def build(self, request_struct_class: Any) -> Any:
        """The request as it is sent."""
        changes = [(name, SET, value) for name, value in self._settings.items()]
        return request_struct_class([(2, self._topic, changes)], False)  # noqa: FBT003  # 2: a topic
