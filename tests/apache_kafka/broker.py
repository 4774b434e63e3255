"""Apache Kafka for tests: one broker that is its own controller, on the loopback address, with its data in a directory.

What `services.chassis.embedded_broker` cannot show is shown here: idempotent producers, a log that survives a crash,
topics that keep their settings, several brokers, access control.
"""

import asyncio
import base64
import random
import shutil
import signal
import socket
import subprocess
import tempfile
import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Self

from tests.apache_kafka.jars import cache, jars, java, version
from tests.processes import ends_with_us

START_SECONDS = 60.0
"""Usually it takes two or three."""
STOP_SECONDS = 20.0
"""After this a broker that was asked to end is killed."""
PORTS = range(20_000, 30_000)
"""Below those that the system gives to outgoing connections: a port stays free while its broker is away, and nobody
who tries to reach it can be connected to himself."""
MEMORY = ("-Xms64m", "-Xmx512m", "-XX:+UseSerialGC", "-XX:-UsePerfData")
QUICK = ("-XX:TieredStopAtLevel=1",)
"""Ready sooner, slower in the long run: for tests. For measurements use `java_options=()`."""
LAST_LINES = 15
STARTED = "Kafka Server started"

DEFAULTS = {
    "process.roles": "broker,controller",
    "controller.listener.names": "CONTROLLER",
    "inter.broker.listener.name": "CLIENTS",
    "auto.create.topics.enable": "false",
    "group.initial.rebalance.delay.ms": "0",
    # A broker that was killed may come back once its session is over: in Kafka's own settings after 9 s.
    "broker.session.timeout.ms": "4000",
    "broker.heartbeat.interval.ms": "1000",
    # Fewer partitions of Kafka's own, fewer threads and smaller buffers than a server for many needs.
    "offsets.topic.num.partitions": "3",
    "transaction.state.log.num.partitions": "3",
    "share.coordinator.state.topic.num.partitions": "3",
    "num.network.threads": "2",
    "num.io.threads": "4",
    "background.threads": "2",
    "log.cleaner.dedupe.buffer.size": str(4 << 20),
}


def archive() -> Path:
    """The classes as a broker has once loaded them. Java leaves it aside where it does not fit."""
    return cache() / "classes.jsa"


def random_port() -> int:
    """A port that nobody listens on at the moment."""
    while True:
        port = random.choice(PORTS)  # noqa: S311  # nobody is to be kept from guessing it
        if not taken(port):
            return port


def taken(port: int) -> bool:
    """Whether somebody listens on a port."""
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(("127.0.0.1", port))
        except OSError:
            return True
    return False


def new_cluster_id() -> str:
    """As Kafka makes them: 16 random bytes."""
    return base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")


class ApacheKafka:
    """One broker. Use as an asynchronous context manager; `bootstrap_servers` is where it listens.

    Port and data stay when it is stopped, killed and started again; they end with the block.
    """

    def __init__(  # noqa: PLR0913  # by name
        self,
        port: int | None = None,
        *,
        protocol: str = "PLAINTEXT",
        properties: Mapping[str, str] | None = None,
        format_options: Sequence[str] = (),
        java_options: Sequence[str] = QUICK,
        node: int = 1,
        controller_port: int | None = None,
        voters: Sequence[str] = (),
        cluster_id: str | None = None,
    ) -> None:
        """`protocol` is that of the listener for clients; `properties` go before ours; so do `java_options`.

        `format_options` are for `kafka-storage format`: --add-scram and the like. The rest is for clusters.
        """
        self.port = port or random_port()
        self.controller_port = controller_port or random_port()
        self.bootstrap_servers = f"127.0.0.1:{self.port}"
        self.node = node
        self.cluster_id = cluster_id or new_cluster_id()
        self._directory = tempfile.TemporaryDirectory(prefix="touchline-kafka-")
        self.directory = Path(self._directory.name)
        self.log = self.directory / "log"
        self._formatted = False
        self._format_options = tuple(format_options)
        self._java_options = (*MEMORY, *java_options)
        self._process: subprocess.Popen[bytes] | None = None
        quorum = voters or [f"{node}@127.0.0.1:{self.controller_port}"]
        copies = str(len(quorum))
        self.properties = {
            **DEFAULTS,
            "node.id": str(node),
            "controller.quorum.voters": ",".join(quorum),
            "listeners": f"CLIENTS://127.0.0.1:{self.port},CONTROLLER://127.0.0.1:{self.controller_port}",
            "advertised.listeners": f"CLIENTS://127.0.0.1:{self.port}",
            "listener.security.protocol.map": f"CLIENTS:{protocol},CONTROLLER:PLAINTEXT",
            "log.dirs": str(self.directory / "data"),
            "offsets.topic.replication.factor": copies,
            "transaction.state.log.replication.factor": copies,
            "transaction.state.log.min.isr": str(len(quorum) // 2 + 1),
            "share.coordinator.state.topic.replication.factor": copies,
            "share.coordinator.state.topic.min.isr": str(len(quorum) // 2 + 1),
            **(properties or {}),
        }

    async def __aenter__(self) -> Self:
        try:
            await self.start()
        except BaseException:
            await self.__aexit__()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.kill()  # quicker, and its data goes as well
        self._directory.cleanup()

    @property
    def running(self) -> bool:
        """Whether its process is there."""
        return self._process is not None and self._process.poll() is None

    async def start(self) -> None:
        """Start it and wait until it serves. RuntimeError, with the end of its log, when it does not."""
        if self.running:
            return
        for port in (self.port, self.controller_port):
            if taken(port):
                raise RuntimeError(f"port {port} on 127.0.0.1 is taken: end what listens there, or name another port")
        classpath = ":".join(map(str, await asyncio.to_thread(jars)))
        if not self._formatted:
            await asyncio.to_thread(self._format, classpath)
        self.log.touch()
        before = self.log.stat().st_size
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(  # noqa: ASYNC220  # it only forks; and it belongs to no event loop
                [*ends_with_us(), *self._java(classpath), "kafka.Kafka", str(self._properties_file())],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C reaches us alone, and we end it last
            )
        try:
            async with asyncio.timeout(START_SECONDS):
                while self.running and STARTED not in self._log_since(before):
                    await asyncio.sleep(0.02)
        except TimeoutError:
            await self.kill()
            raise RuntimeError(self._failed(f"did not serve within {START_SECONDS:g} s")) from None
        if self._process.poll() is not None:
            raise RuntimeError(self._failed(f"has ended with code {self._process.returncode} instead of serving"))

    async def stop(self) -> None:
        """Ask it to end, and wait until it has."""
        await self._end(signal.SIGTERM)

    async def kill(self) -> None:
        """End it as a crash of the machine would: without a word."""
        await self._end(signal.SIGKILL)

    def pause(self) -> None:
        """Let it hang: connections stay, nothing is answered."""
        self._signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Let it go on after `pause`."""
        self._signal(signal.SIGCONT)

    async def renew(self) -> None:
        """Make it another cluster at the same address, with nothing in it. It is stopped afterwards."""
        await self.kill()
        shutil.rmtree(self.directory / "data")
        self.cluster_id = new_cluster_id()
        self._formatted = False

    def end_of_log(self) -> str:
        """The last lines that it has written."""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-LAST_LINES:])

    def _signal(self, number: signal.Signals) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(number)

    async def _end(self, number: signal.Signals) -> None:
        if self._process is None:
            return
        self._signal(number)
        self._signal(signal.SIGCONT)  # a paused process would not end
        try:
            async with asyncio.timeout(STOP_SECONDS):
                while self.running:
                    await asyncio.sleep(0.01)
        finally:  # also when the one who waits is cancelled
            if self.running:
                self._process.kill()
                self._process.wait()

    def _format(self, classpath: str) -> None:
        command = [*self._java(classpath), "kafka.tools.StorageTool", "format", f"--cluster-id={self.cluster_id}"]
        command += ["-c", str(self._properties_file()), *self._format_options]
        ended = subprocess.run(command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
        if ended.returncode != 0:
            raise RuntimeError(f"formatting the data directory of Apache Kafka failed:\n{ended.stdout}{ended.stderr}")
        self._formatted = True

    def _java(self, classpath: str) -> list[str]:
        command = [java(), *self._java_options, "-cp", classpath, "-Dorg.slf4j.simpleLogger.showDateTime=true"]
        command += ["-Dorg.slf4j.simpleLogger.dateTimeFormat=HH:mm:ss.SSS"]
        if archive().exists():
            command += [f"-XX:SharedArchiveFile={archive()}"]
        return command

    def _properties_file(self) -> Path:
        path = self.directory / "server.properties"
        path.write_text("".join(f"{name}={value}\n" for name, value in self.properties.items()))
        return path

    def _log_since(self, position: int) -> str:
        with self.log.open("rb") as file:
            file.seek(position)
            return file.read().decode(errors="replace")

    def _failed(self, what: str) -> str:
        return f"Apache Kafka {version()} at {self.bootstrap_servers} {what}; the end of its log:\n{self.end_of_log()}"
