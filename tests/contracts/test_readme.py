"""The README of the contracts: its example runs as it stands, and what it says is in the wheel is there."""

import importlib
import re
import sys
from pathlib import Path
from types import ModuleType
from typing import Self

import pytest

import touchline_contracts
from touchline_contracts import parse_event


class Topics:
    """What was sent, by topic: topic, key, value."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, bytes, bytes]] = []

    def producer(self, *, bootstrap_servers: str, acks: str) -> "Producer":
        assert acks == "all"
        return Producer(self)


class Producer:
    """As much of Kafka's producer as the example needs; refuses to send when it is not open."""

    def __init__(self, topics: Topics) -> None:
        self._topics, self._open = topics, False

    async def __aenter__(self) -> Self:
        self._open = True
        return self

    async def __aexit__(self, *_: object) -> None:
        self._open = False

    async def send_and_wait(self, topic: str, value: bytes, *, key: bytes) -> None:
        assert self._open
        self._topics.sent.append((topic, key, value))


@pytest.fixture
def readme(contracts: Path) -> str:
    """The text of the README."""
    return (contracts / "README.md").read_text()


def test_the_example_sends_an_event_with_its_key(readme: str, monkeypatch: pytest.MonkeyPatch):
    topics, aiokafka = Topics(), ModuleType("aiokafka")
    aiokafka.AIOKafkaProducer = topics.producer
    monkeypatch.setitem(sys.modules, "aiokafka", aiokafka)
    (example,) = re.findall(r"```python\n(.*?)```", readme, re.DOTALL)

    exec(compile(example, "README.md", "exec"), {"__name__": "__main__"})  # noqa: S102 (that it runs is what is tested)

    ((topic, key, value),) = topics.sent
    event = parse_event(value)
    assert (topic, key) == ("touchline.touchpoints", b"riga-1/visit-1042")
    assert event.type == "touchline.promise.kept.v1"
    assert event.key.encode() == key


def test_every_module_and_name_that_it_lists_is_there(readme: str):
    listed = re.findall(r"^\| (`[^|]+)\|", readme, re.MULTILINE)
    names = [name for cell in listed for name in re.findall(r"`(\w+)`", cell)]

    assert len(names) > 12
    for name in names:
        assert hasattr(touchline_contracts, name) or importlib.import_module(f"touchline_contracts.{name}")
