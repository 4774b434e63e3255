"""What is done with the installation, and what has to come of it."""

import time
from collections.abc import Callable
from datetime import datetime

import httpx

from services.commands.machine import members
from services.commands.touchpoint_services import SERVICES
from tests.compose.installation import Ending, Failed, Installation
from tests.compose.on_duty import ManagerOnDuty
from tests.compose.story import PATIENCE_SECONDS, Day, StoreSystem

PHONE_PORT = 8130
MARGIN_SECONDS = 15.0
"""The story begins so much later than when the containers should be ready for it."""
ON_TIME_SECONDS = 5.0
"""A deadline noticed this late is still on time: a dozen containers may share two processors."""
STOP_SECONDS = 15.0
"""What the end of a process of ours may take, also when nine of them end at once; after 20 the engine uses force."""
KAFKA_STOP_SECONDS = 30.0
ENDED_BY_SIGTERM = 143
"""Java says so when it has ended in order; our processes end with 0."""

PROMISE, GREETING = "promise/goods", "greeting"
"""Lines of a journey's ledger that the manager may hear about."""
HEARD = {"d": ["opened", "resolved pending", "resolved saved"], "e": ["opened", "escalated", "resolved lost"]}
"""What the manager hears of these branches of the story. c goes well by luck, after a warning."""
QUIET = ("a", "b")
"""Branches that the manager hears nothing of."""


class Course:
    """One run: from nothing to healthy, the story, an outage, a restart, the end."""

    def __init__(self, installation: Installation, client: httpx.Client, say: Callable[[str], None]) -> None:
        self._installation, self._client, self._say = installation, client, say
        self._urls: dict[str, str] = {}
        self._manager = ManagerOnDuty(client, self._urls)
        self._store = StoreSystem(client, self._urls)
        self._day: Day

    def run(self) -> None:
        """Everything, in order. Raises Failed at the first thing that is not as it should be."""
        seconds = self._installation.up()
        self._say(f"all healthy {seconds:.1f} s after `docker compose up --build --wait`")
        self._set_clock(seconds_ahead=seconds + MARGIN_SECONDS)
        self._play_until_two()
        self._check_warnings()
        self._lose_kafka()
        self._check_endings()
        self._restart("experience")
        self._stop()

    def _set_clock(self, *, seconds_ahead: float) -> None:
        """Make all containers anew, on the volumes that are there, with one clock that runs faster."""
        self._day = Day(seconds_ahead=seconds_ahead)
        self._installation.environment["TEST_CLOCK"] = str(self._day.clock)
        seconds = self._installation.up()
        if seconds > seconds_ahead:
            raise Failed(
                f"the containers took {seconds:.1f} s to be made anew, and {seconds_ahead:.1f} s were expected"
            )
        self._locate()
        self._say(f"containers made anew with a clock that runs faster: all healthy after {seconds:.1f} s")

    def _locate(self) -> None:
        """Look up the ports: a container that is started again may have got another one."""
        ports = {each.name: each.port for each in members(any_ports=False)} | {"phone": PHONE_PORT}
        self._urls.update({name: self._installation.url(name, port) for name, port in ports.items()})

    def _play_until_two(self) -> None:
        """Tell what happens in all branches until shortly after 14:00, each at its hour."""
        for moment in self._day.moments(until="14:05"):
            self._day.wait_until(moment.at)
            self._store.tell_until_taken(moment.event)
            self._say(f"{moment.at:%H:%M} {moment.branch}: {moment.words}")

    def _check_warnings(self) -> None:
        self._expect("e to escalate", lambda: self._manager.heard("warehouse-e", PROMISE) == ["opened", "escalated"])
        alert = self._manager.alert("warehouse-e", PROMISE)
        for step, hour in (("opened", "11:45"), ("escalated", "14:00")):
            late = self._day.seconds_after(hour, datetime.fromisoformat(alert[f"{step}_at"]))
            if not 0 <= late <= ON_TIME_SECONDS:
                raise Failed(f"the alert of e was to be {step} at {hour}, and was {late:.1f} s later: {alert}")
            self._say(f"the alert of e was {step} {late:.2f} s after {hour}, without any further event")
        if alert["call"] != "second_warehouse":
            raise Failed(f"the alert does not say that the second warehouse is to be called: {alert}")
        for branch in QUIET:
            if heard := self._manager.heard(f"warehouse-{branch}", PROMISE):
                raise Failed(f"nothing is wrong in branch {branch}, and the manager was told: {heard}")

    def _lose_kafka(self) -> None:
        """Kill Kafka, tell what happens meanwhile, start it again. Nothing else is done by hand."""
        self._installation.compose("kill", "kafka")
        self._say("killed kafka")
        (last,) = self._day.moments(after="14:05")
        self._day.wait_until(last.at)
        answer = self._store.tell(last.event)
        if answer.status_code != httpx.codes.ACCEPTED:
            raise Failed(f"an event is taken without Kafka, got {answer.status_code} {answer.text}")
        self._say(f"{last.at:%H:%M} {last.branch}: {last.words} (taken without Kafka)")
        takes_events = {name: name in SERVICES for name in self._ready()}
        self._expect("those that read from Kafka to be unready, and no other", lambda: self._ready() == takes_events)
        self._installation.compose("restart", last.event.kind.teller)
        self._locate()
        self._installation.compose("start", "kafka")
        began = time.monotonic()
        self._say(f"restarted {last.event.kind.teller}, which has the event on disk; started kafka again")
        self._installation.wait_until_well("kafka")
        self._say(f"kafka is healthy after {time.monotonic() - began:.1f} s")
        self._check_recovery(began)

    def _restart(self, service: str) -> None:
        began = time.monotonic()
        self._installation.compose("restart", service)
        self._locate()
        self._say(f"restarted {service} in {time.monotonic() - began:.1f} s")
        self._check_recovery(began)

    def _check_recovery(self, began: float) -> None:
        """Everything becomes ready by itself, and what comes in then comes out at the other end."""
        self._expect("all services to be ready", lambda: all(self._ready().values()))
        ready = time.monotonic() - began
        self._installation.wait_until_well()
        self._say(f"all ready again after {ready:.1f} s, all containers healthy after {time.monotonic() - began:.1f} s")
        name = f"ignored-at-{self._day.clock.now():%H:%M}"
        told = time.monotonic()
        self._store.tell_until_taken(self._day.ignored_customer(name))
        self._expect(f"the manager to hear of {name}", lambda: self._manager.heard(name, GREETING) == ["opened"])
        self._say(f"a customer whom nobody greets: the manager hears of it {time.monotonic() - told:.1f} s later")

    def _check_endings(self) -> None:
        for branch, steps in HEARD.items():
            journey = f"warehouse-{branch}"
            self._expect(f"{journey}: {steps}", lambda: self._manager.heard(journey, PROMISE) == steps)  # noqa: B023  # at once
            self._say(f"the manager was told of {branch}: {', '.join(steps)}")
        saved, lost = (self._manager.alert(f"warehouse-{branch}", PROMISE) for branch in HEARD)
        if not lost["kv"] < lost["adequate"] <= saved["kv"]:
            raise Failed(f"KV of e is to be below adequate, and that of d is not; got {lost['kv']} and {saved['kv']}")
        if "goods from the second warehouse" not in self._manager.page(lost["alert_id"]):
            raise Failed("the page of e's alert does not say what was promised")
        self._say(f"KV of d is {saved['kv']:.3f}, that of e {lost['kv']:.3f}; the page says what was promised")

    def _stop(self) -> None:
        """`docker compose stop`: every process ends by itself, well before force would be used."""
        left = {each.service for each in self._installation.containers() if each.state == "running"} - {"phone"}
        for ending in self._installation.stop():
            self._say(f"{ending.service} ended {ending.seconds:.1f} s after SIGTERM, with code {ending.exit_code}")
            if _in_order(ending):
                left.discard(ending.service)
        if left:
            raise Failed(f"these did not end in order and in time: {', '.join(sorted(left))}")

    def _ready(self) -> dict[str, bool]:
        """Whether each service says that it can do its work."""
        return {name: self._is_ready(url) for name, url in self._urls.items() if name != "phone"}

    def _is_ready(self, url: str) -> bool:
        try:
            return self._client.get(f"{url}/health/ready").status_code == httpx.codes.OK
        except httpx.TransportError:
            return False

    def _expect(self, what: str, condition: Callable[[], bool]) -> None:
        """Wait until something has come about. Raises Failed with how things stand."""
        ends = time.monotonic() + PATIENCE_SECONDS
        while not condition():
            if time.monotonic() > ends:
                raise Failed(
                    f"waited {PATIENCE_SECONDS:.0f} s in vain for {what}\nready: {self._ready()}\n"
                    f"the manager was told: {self._manager.everything_heard()}"
                )
            time.sleep(0.2)


def _in_order(ending: Ending) -> bool:
    if ending.service == "kafka":
        return ending.exit_code in {0, ENDED_BY_SIGTERM} and ending.seconds <= KAFKA_STOP_SECONDS
    return ending.exit_code == 0 and ending.seconds <= STOP_SECONDS
