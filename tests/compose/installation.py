"""The installation under test: docker-compose.yml under a name of its own, how its containers are, how they ended."""

import json
import os
import shutil
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
FILES = ("docker-compose.yml", "tests/compose/override.yml")
PROJECT_LABEL = "com.docker.compose.project"
SERVICE_LABEL = "com.docker.compose.service"
OLDEST_COMPOSE = (2, 24)
"""The first that knows `!override`."""
LAST_LINES = 12
HEALTHY_SECONDS = 400
"""Usually it takes a tenth of that; a machine that is busy with other things may take longer."""


class Failed(Exception):
    """The installation does not do what it should; the text says what, and how things stand."""


class NoEngine(Exception):
    """There is nothing here to run containers with; the text says what is missing."""


@dataclass(frozen=True, kw_only=True)
class Container:
    """One container, as the engine sees it."""

    name: str
    service: str
    state: str
    health: str
    exit_code: int

    @property
    def is_well(self) -> bool:
        """Healthy, or done with what it had to do."""
        return self.health == "healthy" if self.state == "running" else (self.state, self.exit_code) == ("exited", 0)

    def __str__(self) -> str:
        state = f"{self.state}, {self.health}" if self.health else self.state
        return f"{self.service}: {state}" + (f" with code {self.exit_code}" if self.state == "exited" else "")


@dataclass(frozen=True, kw_only=True)
class Ending:
    """How a container ended after it was told to."""

    service: str
    seconds: float
    exit_code: int


def engine(*arguments: str, given: str | None = None) -> str:
    """What a command of the engine prints. Raises Failed with what it says when it fails."""
    ended = subprocess.run(["docker", *arguments], cwd=ROOT, capture_output=True, text=True, input=given, check=False)
    if ended.returncode != 0:
        raise Failed(f"`docker {' '.join(arguments)}` has ended with {ended.returncode}:\n{ended.stderr.strip()}")
    return ended.stdout


def megabytes(image: str) -> float:
    """The size of an image."""
    return int(engine("image", "inspect", "--format", "{{.Size}}", image)) / 1e6


def require_engine() -> str:
    """The versions of engine and Compose. Raises NoEngine."""
    if shutil.which("docker") is None:
        raise NoEngine("The command `docker` is missing: install a container engine and its Compose plugin.")
    try:
        server = engine("version", "--format", "{{.Server.Version}}").strip()
    except Failed as error:
        raise NoEngine(
            f"No container engine answers: start one, or say in DOCKER_HOST where it is.\n{error}"
        ) from error
    try:
        compose = engine("compose", "version", "--short").strip().removeprefix("v")
    except Failed as error:
        raise NoEngine(f"Docker's Compose plugin is missing; install it.\n{error}") from error
    if tuple(int(part) for part in compose.split("-")[0].split(".")[:2]) < OLDEST_COMPOSE:
        raise NoEngine(f"Compose must be 2.24 or newer, got {compose}.")
    return f"engine {server}, Compose {compose}"


class Installation:
    """A Compose project. `environment` is what the Compose files are filled in with; it may change between calls."""

    def __init__(self, project: str, environment: Mapping[str, str]) -> None:
        self.project = project
        self.environment = dict(environment)

    def compose(self, *arguments: str) -> str:
        """What a command of Compose prints. Raises Failed with what it says when it fails."""
        os.environ.update(self.environment)
        files = [part for file in FILES for part in ("--file", file)]
        return engine("compose", "--project-name", self.project, *files, "--progress", "plain", *arguments)

    def up(self) -> float:
        """Build, start, and wait until everything is healthy. Returns the seconds it took; raises Failed."""
        began = time.monotonic()
        try:
            self.compose("up", "--build", "--detach", "--wait", f"--wait-timeout={HEALTHY_SECONDS}")
        except Failed as error:
            last = str(error).splitlines()[-1]
            raise Failed(f"`docker compose up --build --wait` does not succeed: {last}") from error
        self.wait_until_well()
        return time.monotonic() - began

    def containers(self, *services: str) -> list[Container]:
        """The containers of these services, or all of the project, by service."""
        lines = self.compose("ps", "--all", "--format", "json", *services).splitlines()
        found = [json.loads(line) for line in lines if line]
        return sorted(
            (
                Container(
                    name=each["Name"],
                    service=each["Service"],
                    state=each["State"],
                    health=each["Health"],
                    exit_code=each["ExitCode"],
                )
                for each in found
            ),
            key=lambda each: each.service,
        )

    def wait_until_well(self, *services: str) -> None:
        """Wait until the containers of these services, or all of them, are healthy or done. Raises Failed."""
        ends = time.monotonic() + HEALTHY_SECONDS
        while ill := [each for each in self.containers(*services) if not each.is_well]:
            if time.monotonic() > ends:
                raise Failed(f"not healthy after {HEALTHY_SECONDS} s: {', '.join(each.service for each in ill)}")
            time.sleep(0.5)

    def ailing(self) -> str:
        """Each container that is not well: its state, what its health check said, and the last lines of its log."""
        return (
            "\n".join(self._account(each) for each in self.containers() if not each.is_well)
            or "All containers are well."
        )

    def _account(self, container: Container) -> str:
        lines = [f"--- {container}"]
        if container.state == "created":
            return lines[0]
        health = json.loads(engine("inspect", "--format", "{{json .State.Health}}", container.name))
        if health and health["Log"]:
            lines.append(f"its health check: {health['Log'][-1]['Output'].strip()}")
        log = self.compose("logs", "--no-log-prefix", f"--tail={LAST_LINES}", container.service)
        return "\n".join((*lines, f"the last lines of its log:\n{log.rstrip()}"))

    def url(self, service: str, port: int) -> str:
        """Where a port of a service is reached from this machine."""
        return f"http://{self.compose('port', service, str(port)).strip()}"

    def stop(self) -> list[Ending]:
        """Have all containers end, as `docker compose stop` does, and return how each of them did."""
        since = time.time()
        self.compose("stop")
        told: dict[str, float] = {}
        endings = []
        for event in self._events(since):
            service = event["Actor"]["Attributes"][SERVICE_LABEL]
            if event["Action"] == "kill":
                told.setdefault(service, event["timeNano"] / 1e9)
            elif service in told:
                seconds = event["timeNano"] / 1e9 - told[service]
                code = int(event["Actor"]["Attributes"]["exitCode"])
                endings.append(Ending(service=service, seconds=seconds, exit_code=code))
        return endings

    def _events(self, since: float) -> list[dict[str, Any]]:
        chosen = [f"label={PROJECT_LABEL}={self.project}", "type=container", "event=kill", "event=die"]
        filters = [f"--filter={each}" for each in chosen]
        span = (f"--since={since:.6f}", f"--until={time.time():.6f}")
        return [json.loads(line) for line in engine("events", *span, *filters, "--format", "{{json .}}").splitlines()]

    def remove(self) -> None:
        """Remove containers, network and volumes; also those that an earlier run has left."""
        self.compose("down", "--volumes", "--remove-orphans", "--timeout=20")
