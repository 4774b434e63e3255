"""Each service takes its own types, and of the others' says where they belong."""

import pytest

from services.touchpoints.ports import DEFAULT_PORTS
from services.touchpoints.shell.checking import Checking, Refused, Taken
from services.touchpoints.shell.reading import Sent
from services.touchpoints.shell.service import EXAMPLE_TIME
from touchline_contracts import KINDS


def answer_to(service, document):
    return Checking(service).check(Sent(document=document), now=EXAMPLE_TIME.replace(hour=20))


def test_every_service_has_an_example_of_every_kind_that_it_takes_and_takes_it(service):
    assert service.example_events.keys() == {kind.type for kind in service.kinds}

    for event in service.example_events.values():
        taken = answer_to(service, event)
        assert isinstance(taken, Taken), taken
        assert taken.warnings == ()


def test_no_service_takes_what_belongs_to_another(service):
    for kind in KINDS:
        if kind.teller == service.name:
            continue
        refused = answer_to(service, {"type": kind.type, "specversion": "1.0"})
        assert isinstance(refused, Refused)
        (error,) = refused.errors
        assert error.pointer == "/type"
        if kind.teller in DEFAULT_PORTS:
            assert f"{kind.teller} (POST /v1/events, port {DEFAULT_PORTS[kind.teller]}" in error.detail
        else:
            assert "told by Touchline itself" in error.detail


def test_every_port_is_of_one_service():
    assert len(set(DEFAULT_PORTS.values())) == len(DEFAULT_PORTS) == 7


@pytest.mark.anyio
async def test_an_event_of_another_service_is_refused_with_the_address_of_that_service(desk, journey):
    answer = await desk.send(journey.event(type="touchline.promise.made.v1"))

    assert answer.status_code == 422
    assert "taken by greeting but by promises (POST /v1/events, port 8105" in answer.json()["detail"]
