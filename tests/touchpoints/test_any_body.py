"""No request whatever, however made, brings an answer of 500 or more; and what is accepted can be read."""

import json
import string

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.touchpoints.shell.checking import Checking, Taken
from services.touchpoints.shell.reading import SUPPORTED, Sent
from services.touchpoints.shell.service import EXAMPLE_TIME
from touchline_contracts import parse_event

ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
GOOD = {
    "specversion": "1.0",
    "id": "event-1",
    "source": "/riga-1/door-1",
    "type": "touchline.customer.arrived.v1",
    "subject": "visit-fuzz",
    "time": "2026-11-21T14:00:00+02:00",
    "store": "riga-1",
    "data": {"channel": "door", "party_size": 2},
}
NAMES = st.sampled_from([*GOOD, "receivedtime", "partitionkey", "traceparent", "replay", "customer", "datacontenttype"])
NEARLY_GOOD = st.dictionaries(NAMES | st.text(max_size=6), ANYTHING, max_size=3).map(lambda changes: GOOD | changes)
DOCUMENTS = ANYTHING | NEARLY_GOOD | st.lists(NEARLY_GOOD | ANYTHING, max_size=4)
BODIES = (
    st.binary(max_size=200)
    | DOCUMENTS.map(lambda document: json.dumps(document).encode())
    | st.lists(DOCUMENTS, max_size=4).map(lambda lines: "\n".join(map(json.dumps, lines)).encode())
)
HEADERS = st.dictionaries(
    st.sampled_from(["ce-specversion", "ce-id", "ce-type", "ce-time", "ce-data", "traceparent", "content-encoding"]),
    st.text(string.printable.strip() + "é", max_size=12),
    max_size=3,
)


@pytest.mark.anyio
@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=BODIES, content_type=st.sampled_from(SUPPORTED) | st.text(string.printable, max_size=30), headers=HEADERS)
async def test_no_body_whatever_is_our_fault(desk, body, content_type, headers):
    named = {name: value.encode("latin-1") for name, value in headers.items()}
    answer = await desk.http.post(
        "/v1/events", content=body, headers={"content-type": content_type.encode("latin-1")} | named
    )

    assert answer.status_code < 500, answer.text
    if answer.status_code >= 400:
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["detail"]


@settings(max_examples=1_000, deadline=None)
@given(document=NEARLY_GOOD | ANYTHING)
def test_what_is_accepted_can_be_read_by_whoever_reads_it(service_by_name, document):
    checked = Checking(service_by_name["greeting"]).check(Sent(document=document), now=EXAMPLE_TIME)

    if isinstance(checked, Taken):
        json.loads(checked.value, parse_constant=lambda name: pytest.fail(f"{name} is not JSON"))
        event = parse_event(checked.value)
        assert event == checked.event.model_copy(update={"partitionkey": event.key})
        assert event.receivedtime == EXAMPLE_TIME


def test_the_plain_event_of_these_tests_is_good(service_by_name):
    assert isinstance(Checking(service_by_name["greeting"]).check(Sent(document=GOOD), now=EXAMPLE_TIME), Taken)
