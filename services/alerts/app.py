"""The alert service, put together: one process that reads evaluations, tells people, and shows them what is open."""

from collections import Counter
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from datetime import datetime, timedelta
from functools import partial

from fastapi import FastAPI
from prometheus_client import CollectorRegistry

from services.alerts.actions import Actions, Done
from services.alerts.adapters import passwords
from services.alerts.adapters.database import MIGRATIONS, StoredTransaction
from services.alerts.adapters.gap_message import gap_message
from services.alerts.adapters.reporting import Reporting
from services.alerts.adapters.telling import alert_message, deliveries, notice_message
from services.alerts.channels import channels_beside, channels_in_order, delivering_in_order
from services.alerts.delivery import Delivery, Fate, way_of
from services.alerts.domain.alert import Severity
from services.alerts.domain.decision import Reason
from services.alerts.domain.gaps import Gap
from services.alerts.domain.rota import Rota
from services.alerts.entrypoints.access import Access
from services.alerts.entrypoints.acting import acting
from services.alerts.entrypoints.api import alerts_api
from services.alerts.entrypoints.banners import banners
from services.alerts.entrypoints.delivering import Delivering
from services.alerts.entrypoints.gestures import gestures
from services.alerts.entrypoints.headers import SecurityHeaders
from services.alerts.entrypoints.kafka import Taken, take_in
from services.alerts.entrypoints.live import Live, live_route
from services.alerts.entrypoints.pages import Pages, show_pages
from services.alerts.entrypoints.planning import Planning
from services.alerts.entrypoints.reading import CANNOT_BE_HANDLED, set_aside
from services.alerts.entrypoints.record_page import record_route
from services.alerts.entrypoints.refreshing import Refreshing
from services.alerts.entrypoints.rendering_pages import Banner, Rendering
from services.alerts.entrypoints.repeating import Repeats
from services.alerts.entrypoints.report_forms import report_forms
from services.alerts.entrypoints.reporting import reporting
from services.alerts.entrypoints.sign_in_page import sign_in_page
from services.alerts.entrypoints.signing_in import SigningIn
from services.alerts.entrypoints.taking_over import TakingOver
from services.alerts.entrypoints.watching import Watching
from services.alerts.metrics import AlertMetrics
from services.alerts.on_call import on_call_from
from services.alerts.ports import OpenAlerts, Told
from services.alerts.scoped import Scope
from services.alerts.settings import AlertSettings
from services.alerts.usecases import Alerts
from services.chassis.bookkeeping import Record
from services.chassis.clock import Clock
from services.chassis.consumer_metrics import ConsumerMetrics
from services.chassis.consuming import TRANSIENT
from services.chassis.durable import Durable
from services.chassis.process_metrics import process_registry
from services.chassis.web import web_app
from touchline_contracts import EVALUATIONS
from touchline_contracts.access import ALERT_SERVICE

LARGEST_BODY_BYTES = 4096
"""What people do about an alert is said in a few words."""
UNSEEN = frozenset({Reason.NOTHING_NEW, Reason.SEEN_BEFORE, Reason.HISTORY, Reason.HISTORIC})
"""Decisions that change nothing on the pages."""


class AlertService:
    """The running parts."""

    def __init__(self, settings: AlertSettings, clock: Clock, registry: CollectorRegistry) -> None:
        self.clock = clock
        self.live = Live()
        in_order, beside, on_call = channels_in_order(settings), channels_beside(settings), on_call_from(settings)
        to_people = [channel for channels in on_call.channels.values() for channel in channels]
        self.channels = [*in_order, *beside, *to_people]
        ways = dict.fromkeys(way_of(each.name) for each in self.channels)
        self.metrics = AlertMetrics(registry, topic=EVALUATIONS.name, channels=list(ways) or ("webhook",))
        self._routing = on_call.routing(company=[each.name for each in in_order], beside=[each.name for each in beside])
        self._page_url = settings.public_url
        self._alerts = Alerts(
            announce=alert_message, notify=self._notify, pass_on=notice_message, repeating=settings.repeating
        )
        self.actions = Actions(announce=alert_message, notify=self._notify, repeating=settings.repeating)
        self.durable = Durable(
            settings,
            clock,
            name="alerts",
            group=settings.group,
            reads=EVALUATIONS,
            topics=ALERT_SERVICE.writes,
            migrations=MIGRATIONS,
            transaction=StoredTransaction,
            take_in=self._take_in,
            set_aside=set_aside,
            committed=self._committed,
            metrics=ConsumerMetrics(registry),
        )
        self.watching = Watching(
            self.durable.transact, clock, hears=self._hears, horizon=timedelta(hours=settings.fresh_hours)
        )
        self.repeats = Repeats(
            self.durable.transact,
            clock,
            self.actions,
            has_read=self.durable.consumer.caught_up.is_set,
            committed=self._repeated,
        )
        company = delivering_in_order(self.durable.transact, in_order, self._tried)
        self.delivering = [
            *company,
            *on_call.delivering(
                self.durable.transact,
                self._tried,
                company=company[0] if company else None,
                page_url=settings.public_url,
                clock=clock,
            ),
            *(Delivering(self.durable.transact, each, observe=self._tried) for each in beside),
        ]
        """One for each channel, in their order."""
        self.on_call = on_call
        self.reporting = Reporting(settings.teller_urls, settings.reports_key)
        self.planning = Planning(
            self.durable.transact,
            clock,
            refresh=on_call.calendars.refresh,
            plans=on_call.plans,
            tell=self._tell_of_gaps,
            wake=self._wake,
        )
        company_names = [each.name for each in in_order]
        self.taking_over = TakingOver(
            self.durable.transact,
            [each.name for each in self.channels],
            partial(on_call.stand_in, company=company_names),
        )
        self.refreshing = [Refreshing(self.durable.transact, each) for each in beside]

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Work until the block is left."""
        async with AsyncExitStack() as stack:
            stack.push_async_callback(self.reporting.close)
            for channel in self.channels:
                await stack.enter_async_context(channel)
            # Before anybody is told: as long as calendars are unread, all would come to the last resort.
            await self.on_call.calendars.refresh(self.clock.now())
            await stack.enter_async_context(
                self.durable.running(
                    self.watching.run,
                    self.repeats.run,
                    self.planning.run,
                    self.taking_over.run,
                    self.live.run,
                    *(each.run for each in self.delivering),
                    *(each.run for each in self.refreshing),
                )
            )
            with suppress(*TRANSIENT):  # then they are counted with what is read first
                self.metrics.open(await self.durable.transact(lambda each: each.open_alerts()))
            yield

    async def idle(self) -> bool:
        """Whether everything that can be sent and delivered by now has been."""
        return self.durable.outbox.empty and all([await each.nothing_due() for each in self.delivering])

    def notes(self) -> Sequence[str]:
        """What somebody should know although all can be told: that it takes another way."""
        return (
            [
                f"alerts do not reach {each.channel.where} ({each.trouble}): what does not arrive goes to "
                f"{each.following.channel.where} as well"
                for each in self.delivering
                if each.trouble and each.following is not None
            ]
            + [
                f"what is open is not repeated to {each.board.where} ({each.trouble}): it will take it for ended"
                for each in self.refreshing
                if each.trouble
            ]
            + [f"a calendar cannot be read: {each}" for each in self.on_call.calendars.troubles]
        )

    async def banners(self) -> Sequence[Banner]:
        """What managers have to know before they trust the page."""
        return await banners(self.durable, self.delivering, self.on_call.calendars.troubles)

    def _take_in(self, transaction: StoredTransaction, records: Sequence[Record], now: datetime) -> Taken:
        fresh_from = self.watching.fresh_from(transaction, now)
        return take_in(self._alerts, transaction, records, now, fresh_from=fresh_from)

    def _notify(self, told: Told, told_before: Collection[str]) -> Sequence[Delivery]:
        channels = self._routing.channels(told.step, told.case.alert, told.at, told_before)
        return deliveries(told, channels, self._page_url)

    def _tell_of_gaps(self, rota: Rota, stores: Sequence[str], gaps: Sequence[Gap], now: datetime) -> Delivery:
        channel = self.on_call.first_channel(rota.last_resort[0])
        return gap_message(rota, stores, gaps, channel, self._page_url, now)

    def _hears(self) -> bool:
        """Whether everything that was there has been read, and what comes is."""
        consumer = self.durable.consumer
        return consumer.caught_up.is_set() and not (self.durable.connection.trouble or consumer.trouble)

    def _committed(self, taken: Taken | None) -> None:
        if taken is None:
            self.metrics.set_aside(Counter([CANNOT_BE_HANDLED]))
        else:
            self.metrics.took_in(taken.outcome, self.clock.now())
            self.metrics.set_aside(taken.set_aside)
            self.metrics.open(taken.open)
            if not taken.outcome.reasons.keys() <= UNSEEN or taken.outcome.good_news:
                self.live.changed()
        self._wake()

    def acted(self, done: Done, are_open: Mapping[str, OpenAlerts]) -> None:
        """Count what a person did about an alert, once it has been committed, and have it told."""
        self.metrics.acted(done)
        self.metrics.open(are_open)
        self.live.changed()
        self._wake()

    def _repeated(self, severities: Sequence[Severity], are_open: Mapping[str, OpenAlerts]) -> None:
        self.metrics.repeated(severities)
        self.metrics.open(are_open)
        self.live.changed()
        self._wake()

    def _wake(self) -> None:
        for each in self.delivering:
            each.wake()

    def _tried(self, delivery: Delivery, fate: Fate, seconds: float) -> None:
        self.metrics.tried(delivery, fate, seconds, self.clock.now())


def create_app(settings: AlertSettings, clock: Clock) -> FastAPI:
    """The service as a web application: page, API, health and metrics outside, the work in its lifespan."""
    registry = process_registry()
    service = AlertService(settings, clock, registry)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with service.running():
            yield

    app = web_app(
        title="Touchline alerts",
        description="Which journeys need somebody, why, and what to do about it. The page at / says it to people.",
        lifespan=lifespan,
        not_ready=service.durable.not_ready,
        dead=service.durable.dead,
        notes=service.notes,
        registry=registry,
        largest_body_bytes=LARGEST_BODY_BYTES,
    )
    app.add_middleware(SecurityHeaders)
    transact = service.durable.transact
    scope = Scope(transact, clock, service.actions, service.acted)
    access = Access(
        transact,
        clock,
        signs_in=settings.sign_in != "none",
        key=settings.actions_key,
        page_url=settings.public_url,
        open_to_all=settings.open,
    )
    app.include_router(alerts_api(scope, access, service.reporting, settings.public_url))
    app.include_router(acting(scope, access, page_url=settings.public_url))
    app.include_router(reporting(scope, access, stores=service.reporting, page_url=settings.public_url))
    rendering = Rendering(
        clock=clock,
        zone=settings.zone,
        language=settings.language,
        banners=service.banners,
        signs_in=access.signs_in,
    )
    pages = Pages(scope, rendering, service.reporting)
    show_pages(app, pages, access)
    app.include_router(record_route(scope, rendering, access))
    app.include_router(report_forms(scope, pages, access, service.reporting))
    app.include_router(gestures(scope, pages, access))
    app.include_router(live_route(service.live, access))
    if access.signs_in:
        app.include_router(sign_in_page(access, SigningIn(transact, passwords), transact, rendering))
    app.state.alerts = service
    app.state.ending = service.live.end
    return app
