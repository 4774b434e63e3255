"""What integrators read is true: examples are taken, answers are as it says, and no page needs the internet."""

import json
import re
import shlex

import jsonschema
import pytest

from services.touchpoints.shell.service import EXAMPLE_TIME

pytestmark = pytest.mark.anyio

JSON_TYPES = ("application/cloudevents+json", "application/json", "application/cloudevents-batch+json")


@pytest.fixture
async def running(service, kafka, open_desk, ready):
    async with open_desk(service, kafka.bootstrap_servers) as opened:
        await ready(opened)
        opened.clock.advance_to(EXAMPLE_TIME.replace(hour=20))
        yield opened


async def operation(desk):
    document = (await desk.http.get("/openapi.json")).json()
    return document, document["paths"]["/v1/events"]["post"]


def validator(document, schema):
    """Checks against a schema of the document, with the references resolved within the document."""
    return jsonschema.Draft202012Validator({"components": document["components"], **schema})


async def test_every_example_of_the_documentation_is_taken(running):
    _, post = await operation(running)
    sent = set()

    for content_type, content in post["requestBody"]["content"].items():
        examples = {"lines": {"value": content["example"]}} if "example" in content else content["examples"]
        for name, example in examples.items():
            headers = {}
            if "(binary mode)" in name:
                event = running.service.example_events[name.split()[0]]
                headers = {f"ce_{key}": value for key, value in event.items() if isinstance(value, str)}
            value = example["value"]
            answer = await running.send(value.encode() if isinstance(value, str) else value, content_type, **headers)
            assert answer.status_code == 202, (name, answer.text)
            assert "warnings" not in answer.text
            sent.add(name.split()[0])

    assert {kind.type for kind in running.service.kinds} <= sent


async def test_every_example_fits_its_schema(running):
    document, post = await operation(running)

    checked = 0
    for content_type in JSON_TYPES:
        content = post["requestBody"]["content"][content_type]
        for example in content["examples"].values():
            validator(document, content["schema"]).validate(example["value"])
            checked += 1
    for status, response in post["responses"].items():
        for content in response["content"].values():
            validator(document, content["schema"]).validate(content["example"])
            assert content["example"].get("status", int(status)) == int(status)
            checked += 1

    assert checked >= len(running.service.kinds) * 3 + 7


async def test_answers_are_as_documented(desk, journey):
    document, post = await operation(desk)
    answers = [
        await desk.send(journey.event(data={"channel": "door", "party_sise": 1})),
        await desk.send([journey.event(x="1"), 7], "application/cloudevents-batch+json"),
        await desk.send(b"{"),
        await desk.send_lines(b"{", b"{"),
        await desk.send(b"x" * 2_000_000),
        await desk.send(b"{}", "text/xml"),
        await desk.send(journey.event(time=1, data={})),
    ]

    assert [answer.status_code for answer in answers] == [202, 207, 400, 400, 413, 415, 422]
    for answer in answers:
        content = post["responses"][str(answer.status_code)]["content"]
        schema = content[answer.headers["content-type"]]["schema"]
        validator(document, schema).validate(answer.json())


async def test_every_content_type_that_is_taken_is_documented(desk):
    _, post = await operation(desk)

    refused = await desk.send(b"{}", "text/xml")

    assert set(post["requestBody"]["content"]) == set(refused.json()["supported"])


async def test_the_command_on_the_page_sends_an_event_that_is_taken(running):
    page = (await running.http.get("/")).text
    command = re.search(r"<pre>(curl .*?)</pre>", page, re.DOTALL)[1]
    words = shlex.split(command.replace("&#34;", '"').replace("&#39;", "'"))

    assert words[:3] == ["curl", "-i", "http://desk/v1/events"]
    name, _, content_type = words[words.index("-H") + 1].partition(": ")
    answer = await running.send(words[words.index("-d") + 1].encode(), content_type)

    assert name == "Content-Type"
    assert answer.status_code == 202, answer.text


async def test_the_page_names_every_kind_and_field(running):
    page = (await running.http.get("/")).text

    for kind in running.service.kinds:
        assert f"<code>{kind.type}</code>" in page
        for name, field in kind.data.model_fields.items():
            assert f"<code>{field.alias or name}</code>" in page


async def test_no_page_needs_the_internet(desk):
    for path in ("/", "/docs"):
        page = (await desk.http.get(path)).text
        loaded = re.findall(r'(?:src|<link[^>]*href)="([^"]+)"', page)
        for address in loaded:
            assert address.startswith("/"), address
            assert (await desk.http.get(address)).status_code == 200
    assert "swagger-ui-bundle.js" in page


async def test_what_touchline_sets_is_marked_as_not_for_senders(desk):
    document, _ = await operation(desk)

    properties = document["components"]["schemas"]["CustomerArrivedV1"]["properties"]

    assert [name for name, schema in properties.items() if schema.get("readOnly")] == ["partitionkey", "receivedtime"]
    assert json.dumps(document).count("#/components/schemas/") > 0
