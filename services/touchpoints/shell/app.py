"""A touchpoint service as an application: what it is made of, and its one way in."""

import math
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import structlog
from fastapi import FastAPI, Request, Response
from fastapi.responses import HTMLResponse
from faststream.kafka import KafkaBroker

from services.chassis.broker import kafka_broker
from services.chassis.clock import Clock
from services.chassis.connecting import Connection
from services.chassis.problems import Problem
from services.chassis.process_metrics import process_registry
from services.chassis.spool import Spool
from services.chassis.spool_disk import MEBIBYTE
from services.chassis.spool_file import InUse
from services.chassis.topics import prepare
from services.chassis.under_way import UnderWay
from services.chassis.web import web_app
from services.keys.door import Door
from services.keys.guard import SENT_BY
from services.touchpoints.shell.accepting import HEADERS, Accepting
from services.touchpoints.shell.answering import answer
from services.touchpoints.shell.checking import Checking
from services.touchpoints.shell.limits import LARGEST_REQUEST_BYTES, MOST_BYTES, MOST_REQUESTS
from services.touchpoints.shell.metrics import IngestMetrics, measure_spool
from services.touchpoints.shell.openapi import openapi_of
from services.touchpoints.shell.page import page_of
from services.touchpoints.shell.reading import read_body, read_events
from services.touchpoints.shell.refusals import RefusalLog
from services.touchpoints.shell.service import TouchpointService
from services.touchpoints.shell.settings import TouchpointSettings
from touchline_contracts import TOUCHPOINTS

PATH = "/v1/events"

log = structlog.get_logger(__name__)


def create_app(
    service: TouchpointService, settings: TouchpointSettings, clock: Clock, broker: KafkaBroker | None = None
) -> FastAPI:
    """The application of one service. A `broker` that is handed in is started and stopped by whoever made it.

    What it accepts is in its spool, on disk; Kafka may come later. Its connection and spool are in `app.state`.
    """
    owned = broker is None
    broker = broker or kafka_broker(settings, client=service.name)
    connection = Connection(
        broker,
        where=settings.kafka_bootstrap_servers,
        prepare=lambda: prepare(broker, settings, reads=[], writes=[TOUCHPOINTS]),
        attempt_seconds=settings.kafka_attempt_seconds,
        pause_seconds=settings.kafka_pause_seconds,
        owned=owned,
    )
    spool = Spool(
        settings.spool_file or Path(f"{service.name}-spool.db"),
        topic=TOUCHPOINTS,
        headers=HEADERS,
        largest_bytes=settings.spool_mebibytes * MEBIBYTE,
        connection=connection,
        clock=clock,
    )
    checking = Checking(service)
    accepting = Accepting(checking, clock, spool)
    registry = process_registry()
    metrics = IngestMetrics(registry, service.name)
    measure_spool(registry, service.name, spool)
    door = Door(settings.keys_file, scope="events", registry=registry, service=service.name)
    refusals = RefusalLog()
    retry_after_seconds = math.ceil(settings.kafka_pause_seconds)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        try:
            async with connection, spool.running(), door.running():
                yield
        except InUse as error:
            log.error("cannot start", why=str(error))  # noqa: TRY400  # there is nothing wrong with the code
            raise

    app = web_app(
        title=service.title,
        description=service.description,
        lifespan=lifespan,
        not_ready=spool.not_ready,
        dead=lambda: [*connection.dead(), *spool.dead()],
        notes=lambda: [*spool.notes(), *door.notes()],
        registry=registry,
        largest_body_bytes=LARGEST_REQUEST_BYTES,
    )
    app.state.connection = connection
    app.state.spool = spool

    async def take_events(request: Request) -> Response:
        try:
            body = await read_body(request)
            arrived_at = clock.now()
            with metrics.timed():
                events = read_events(request.headers, body)
                results = await accepting.accept(
                    events, traceparent=request.headers.get("traceparent"), key=request.scope.get(SENT_BY)
                )
        except Problem as problem:
            metrics.refused(problem)
            refusals.request(problem)
            raise
        metrics.answered(results, arrived_at)
        refusals.events(results)
        return answer(results, retry_after_seconds=retry_after_seconds)

    # A route of Starlette's own: FastAPI's would look for what is to be injected, and more, with every request.
    app.add_route(PATH, take_events, methods=["POST"])

    app.add_middleware(
        UnderWay,
        path=PATH,
        most_requests=MOST_REQUESTS,
        most_bytes=MOST_BYTES,
        largest_bytes=LARGEST_REQUEST_BYTES,
        refused=metrics.turned_away,
    )

    @app.get("/", include_in_schema=False)
    async def page(request: Request) -> HTMLResponse:
        return HTMLResponse(page_of(service, str(request.base_url), takes_keys=door.takes_keys))

    document = openapi_of(service, checking, takes_keys=door.takes_keys)
    app.openapi = lambda: document  # type: ignore[method-assign]  # the way that FastAPI documents
    door.guard(app)
    return app
