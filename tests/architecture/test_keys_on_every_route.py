"""Every route of every service that asks for keys, with every kind of key: without a right one nothing is to be had.

A route is public and named here, or it is under /v1 and answers nobody without a right key. The alert service is not
here: people sign in there.
"""

import itertools
import json
from contextlib import asynccontextmanager
from typing import NamedTuple

import httpx
import pytest
from fastapi import FastAPI

from services.chassis.clock import SystemClock
from services.experience.app import create_app as create_experience
from services.experience.settings import ExperienceSettings
from services.touchpoints import cleanliness, delivery, feedback, greeting, handoff, promises, recovery
from services.touchpoints.shell.app import create_app as create_touchpoint
from services.touchpoints.shell.settings import TouchpointSettings
from tests.keys.key_files import KeysFile, bearer

pytestmark = pytest.mark.anyio

TOUCHPOINTS = {each.SERVICE.name: each.SERVICE for each in (
    cleanliness, delivery, feedback, greeting, handoff, promises, recovery
)}  # fmt: skip
NAMES = [*TOUCHPOINTS, "experience"]
PUBLIC = {"/", "/health/live", "/health/ready", "/metrics", "/openapi.json", "/docs", "/docs/oauth2-redirect"}
STATIC = "/static-offline-docs"
"""What the pages under /docs look like: files of a library."""
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS")
SENT = {
    "no key": {},
    "garbage": {"authorization": "Bearer x.y"},
    "revoked": bearer("revoked"),
    "other store": bearer("other_store"),
    "wrong scope": None,  # the other one than the service asks for
    "right": None,
}


class Case(NamedTuple):
    """One request of the matrix, and what came of it."""

    service: str
    route: str
    key: str
    status: int
    text: str


@asynccontextmanager
async def service(name, directory):
    """A service with a keys file, and a client. It does not run: Kafka is nowhere."""
    file = KeysFile(directory / "keys.json").path
    nowhere = {"kafka_bootstrap_servers": "127.0.0.1:1", "keys_file": file}
    if name == "experience":
        app = create_experience(ExperienceSettings(**nowhere, database=directory / "experience.db"), SystemClock())
    else:
        settings = TouchpointSettings(**nowhere, spool_file=directory / "spool.db")
        app = create_touchpoint(TOUCHPOINTS[name], settings, SystemClock())
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://service") as http:
        if name == "experience":
            yield app, http  # it has nothing to do without Kafka
        else:
            async with app.router.lifespan_context(app):
                yield app, http


def routes(app: FastAPI):
    """Every route that there is, whether it is documented or not, and those of the document."""
    documented = {(path, method.upper()) for path, each in app.openapi()["paths"].items() for method in each}
    served = {(route.path, method) for route in app.routes for method in getattr(route, "methods", None) or {"GET"}}
    return documented | served


def without_a_rule(app: FastAPI) -> list[str]:
    return [
        f"{method} {path}"
        for path, method in sorted(routes(app))
        if path not in PUBLIC and not path.startswith(("/v1/", STATIC))
    ]


def event_of(name: str) -> dict:
    return next(iter(TOUCHPOINTS[name].example_events.values())) if name in TOUCHPOINTS else {}


@pytest.mark.parametrize("name", NAMES)
async def test_every_route_is_public_and_named_or_takes_a_key(name, tmp_path):
    async with service(name, tmp_path) as (app, http):
        assert without_a_rule(app) == []
        for path in sorted(PUBLIC - {"/", "/health/ready"}):
            assert (await http.get(path)).status_code == 200, path


async def test_a_route_without_a_rule_is_found(tmp_path):
    async with service("experience", tmp_path) as (app, _):
        app.add_api_route("/journeys/{journey}", lambda journey: journey)

        assert without_a_rule(app) == ["GET /journeys/{journey}"]


@pytest.mark.parametrize("name", NAMES)
async def test_a_route_that_comes_to_be_under_v1_takes_a_key_by_itself(name, tmp_path):
    async with service(name, tmp_path) as (app, http):
        app.add_api_route("/v1/journeys", lambda: "a journey of riga-1")
        wanted, other = ("reader", "right") if name == "experience" else ("right", "reader")

        answers = [await http.get("/v1/journeys", headers=bearer(each)) for each in (wanted, other, "revoked")]

        assert [each.status_code for each in answers] == [200, 403, 401]
        assert (await http.get("/v1/journeys")).status_code == 401


@pytest.mark.parametrize("name", NAMES)
async def test_nobody_is_let_by_without_a_right_key(name, tmp_path):
    scopes = {"wrong scope": "reader", "right": "right"}
    if name == "experience":
        scopes = {"wrong scope": "right", "right": "reader"}
    cases = []
    async with service(name, tmp_path) as (app, http):
        guarded = {path for path, _ in routes(app) if path.startswith("/v1/")} | {"/v1/what-is-not-there"}
        for path, method, key in itertools.product(sorted(guarded), METHODS, SENT):
            headers = SENT[key] if SENT[key] is not None else bearer(scopes[key])
            headers = headers | {"content-type": "application/cloudevents+json"}
            content = json.dumps(event_of(name)) if method == "POST" else None
            answer = await http.request(method, path, headers=headers, content=content)
            cases.append(Case(name, f"{method} {path}", key, answer.status_code, answer.text))
        waiting = None if name == "experience" else app.state.spool.events

    leaks = [each for each in cases if each.status not in expected(each)]
    assert leaks == []
    assert len(cases) == len(guarded) * len(METHODS) * len(SENT)
    assert waiting in {None, 1}, "of all that was sent, the event with the right key was taken"


def expected(case: Case) -> set[int]:
    """What may come of a request."""
    if case.key in {"no key", "garbage", "revoked"}:
        return {401}
    if case.key == "wrong scope" or (case.key == "other store" and case.service == "experience"):
        return {403}
    if case.route == "POST /v1/events":
        return {403} if case.key == "other store" else {202}
    return {404, 405}
