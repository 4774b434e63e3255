"""Everything on one machine: the broker and a process for each service, started together and stopped in order."""

import asyncio
import os
import signal
import sys
from asyncio.subprocess import DEVNULL, Process
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import httpx

from services.chassis.embedded_broker import EmbeddedBroker, free_port
from services.chassis.kafka_settings import without_security
from services.commands.touchpoint_services import SERVICES

USUAL_BROKER_PORT = 9092
"""Kafka's own: where the other commands look for it."""
READY_SECONDS = 60.0
STOP_SECONDS = 12.0
"""A service ends within 10 s; after this it is killed."""
RESTART_SECONDS = 1.0
DRAIN_SECONDS = 1.0
"""What was accepted last is read within this time; the embedded broker forgets what nobody has read."""

Say = Callable[[str], None]
ENDINGS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
"""Ctrl-C, a polite end, and a terminal that was closed: nothing may be left running behind."""


@dataclass(frozen=True)
class Member:
    """One service: its name, the module that runs it, and its port."""

    name: str
    module: str
    port: int

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.port}"


def members(*, any_ports: bool) -> tuple[Member, ...]:
    """All services, on their usual ports, or on whichever are free."""
    usual = [(name, f"services.touchpoints.{name}", service.default_port) for name, service in SERVICES.items()]
    usual += [("experience", "services.experience", 8110), ("alerts", "services.alerts", 8120)]
    return tuple(Member(name, module, free_port() if any_ports else port) for name, module, port in usual)


class Machine:
    """The running whole. Use as an asynchronous context manager; what it says on the way goes to `say`."""

    def __init__(
        self,
        *,
        directory: Path,
        say: Say,
        kafka: str | None = None,
        any_ports: bool = False,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        """`directory` holds databases and logs. `kafka`: where Kafka is; none: the embedded broker is started."""
        self.directory = directory
        self.members = {member.name: member for member in members(any_ports=any_ports)}
        self.bootstrap_servers = kafka or ""
        self.idempotence = kafka is not None
        self._broker = None if kafka else EmbeddedBroker(None if any_ports else USUAL_BROKER_PORT)
        self._environment = dict(environment or {})
        self._say = say
        self._processes: dict[str, Process] = {}
        self._keepers: list[asyncio.Task[None]] = []
        self._stopping = False

    @property
    def page(self) -> str:
        """Where the managers' page is."""
        return self.members["alerts"].url

    def url(self, service: str) -> str:
        """Where a service answers."""
        return self.members[service].url

    async def __aenter__(self) -> Self:
        self.directory.mkdir(parents=True, exist_ok=True)
        (self.directory / "logs").mkdir(exist_ok=True)
        await self._refuse_taken_ports()
        try:
            if self._broker is not None:
                without_security(os.environ)
                await self._broker.start()
                self.bootstrap_servers = self._broker.bootstrap_servers
                self._say(f"Broker: embedded, {self.bootstrap_servers} (in memory: what it holds ends with it)")
            else:
                self._say(f"Broker: {self.bootstrap_servers}")
            # The services that have to join a consumer group take longest: they go first.
            for name in ("experience", "alerts", *SERVICES):
                await self._spawn(self.members[name])
            await self._until_ready()
            self._keepers = [asyncio.create_task(self._keep(member)) for member in self.members.values()]
        except BaseException:
            await self.__aexit__()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop taking events first, then what works them off, the broker last."""
        self._stopping = True
        for keeper in self._keepers:
            keeper.cancel()
        await self._end(SERVICES)
        for name in ("experience", "alerts"):
            if self._broker is not None and self._keepers:
                await asyncio.sleep(DRAIN_SECONDS)
            await self._end((name,))
        if self._broker is not None:
            await self._broker.stop()

    async def _refuse_taken_ports(self) -> None:
        needed = {member.port: f"the {member.name} service" for member in self.members.values()}
        if self._broker is not None:
            needed[self._broker.port] = "the embedded broker"
        for port, who in needed.items():
            with suppress(OSError):
                _, writer = await asyncio.open_connection("127.0.0.1", port)
                writer.close()
                raise SystemExit(
                    f"Port {port}, which {who} needs, is taken: "
                    "end what listens there (another `touchline up`?), or use --any-ports."
                )

    async def _spawn(self, member: Member) -> None:
        environment = {
            **os.environ,
            "KAFKA_BOOTSTRAP_SERVERS": self.bootstrap_servers,
            "TOUCHLINE_KAFKA_IDEMPOTENCE": str(self.idempotence).lower(),
            "TOUCHLINE_HOST": "127.0.0.1",
            "TOUCHLINE_PORT": str(member.port),
            "TOUCHLINE_DATABASE": str(self.directory / f"{member.name}.db"),
            # What managers report goes to the services that are started here.
            **{f"TOUCHLINE_{name.upper()}_URL": self.url(name) for name in ("greeting", "promises", "recovery")},
            "TOUCHLINE_SPOOL_FILE": str(self.directory / f"{member.name}.spool.db"),
            **self._environment,
        }
        with self.log_of(member.name).open("ab") as log:
            self._processes[member.name] = await asyncio.create_subprocess_exec(
                sys.executable, "-m", member.module, env=environment, stdin=DEVNULL, stdout=log, stderr=log,
                start_new_session=True,  # Ctrl-C reaches us alone, and we end them in order
            )  # fmt: skip

    def log_of(self, name: str) -> Path:
        """The log file of a service."""
        return self.directory / "logs" / f"{name}.log"

    async def _until_ready(self) -> None:
        waiting = set(self.members)
        async with httpx.AsyncClient(timeout=2.0) as client:
            with suppress(TimeoutError):
                async with asyncio.timeout(READY_SECONDS):
                    while waiting:
                        for name in sorted(waiting):
                            process = self._processes[name]
                            if process.returncode is not None:
                                raise SystemExit(self._died(name, process.returncode))
                            with suppress(httpx.HTTPError):
                                answer = await client.get(f"{self.url(name)}/health/ready")
                                if answer.status_code == httpx.codes.OK:
                                    waiting.discard(name)
                        await asyncio.sleep(0.1)
        if waiting:
            logs = ", ".join(str(self.log_of(name)) for name in sorted(waiting))
            raise SystemExit(f"Not ready after {READY_SECONDS:g} s: {', '.join(sorted(waiting))}. Their logs: {logs}")

    async def _keep(self, member: Member) -> None:
        """Start a service again when it ends unasked: its state is on disk, it goes on where it was."""
        while True:
            code = await self._processes[member.name].wait()
            if self._stopping:
                return
            await asyncio.sleep(RESTART_SECONDS)
            await self._spawn(member)
            self._say(f"{self._died(member.name, code)}\nStarted it again.")

    def _died(self, name: str, code: int) -> str:
        lines = self.log_of(name).read_text(errors="replace").splitlines()[-5:]
        return f"The {name} service has ended with code {code}; the end of {self.log_of(name)}:\n  " + "\n  ".join(
            lines
        )

    async def _end(self, names: Iterable[str]) -> None:
        running = [self._processes[name] for name in names if name in self._processes]
        for process in running:
            with suppress(ProcessLookupError):
                process.terminate()
        waits = [asyncio.create_task(process.wait()) for process in running]
        if waits:
            _, late = await asyncio.wait(waits, timeout=STOP_SECONDS)
            for process, wait in zip(running, waits, strict=True):
                if wait in late:
                    process.kill()
                    await wait
