"""A PostgreSQL of the tests' own: a cluster in a temporary folder, on a socket there, as somebody who is not root."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path
from typing import NoReturn

import psycopg
from pydantic import SecretStr
from sqlalchemy import URL

HOW_TO_INSTALL = "apt-get install postgresql"
OWNER = "touchline"
WITHIN_SECONDS = 30.0
QUICK = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")
"""For tests that are not about what a crash leaves behind."""


def programs() -> Path | None:
    """The folder with PostgreSQL's programs, the newest version first; None: it is not installed."""
    found = [Path(folder) for folder in (os.environ.get("PATH") or "").split(":") if (Path(folder) / "initdb").exists()]
    found += sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda each: float(each.parent.name), reverse=True)
    return next((each for each in found if (each / "initdb").exists() and (each / "postgres").exists()), None)


class PostgreSQL:
    """One cluster. `quick`: what is committed may be lost when the machine is."""

    def __init__(self, folder: Path, programs: Path, *, quick: bool) -> None:
        self.folder, self._programs, self._quick = folder, programs, quick
        self._databases = (f"touchline_{number}" for number in count(1))
        self._process: subprocess.Popen[bytes] | None = None
        # PostgreSQL refuses to be run by root.
        self._user = pwd.getpwnam("postgres").pw_name if os.geteuid() == 0 else None

    def make(self) -> None:
        """Make the cluster; start it afterwards."""
        if self._user is not None:
            shutil.chown(self.folder, self._user)
        command = ["initdb", "--pgdata", self._data, "--auth", "trust", "--username", OWNER, "--encoding", "UTF8"]
        self._run([*command, "--locale", "C", "--no-sync"])

    def start(self) -> None:
        """Start it, and wait until it answers."""
        options = ["listen_addresses=", f"unix_socket_directories={self.folder}", *(QUICK if self._quick else ())]
        self._process = subprocess.Popen(
            [self._programs / "postgres", "-D", self._data, *(part for each in options for part in ("-c", each))],
            user=self._user,
            stdout=(self.folder / "log").open("ab"),
            stderr=subprocess.STDOUT,
            cwd=self.folder,
        )
        until = time.monotonic() + WITHIN_SECONDS
        while True:
            try:
                psycopg.connect(host=str(self.folder), user=OWNER, dbname="postgres").close()
            except psycopg.OperationalError as error:
                if time.monotonic() > until or self._process.poll() is not None:
                    log = (self.folder / "log").read_text(errors="replace")
                    raise AssertionError(f"PostgreSQL does not start: {error}\n{log}") from error
                time.sleep(0.02)
            else:
                return

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """End it: SIGINT has it roll back what is under way and leave, SIGQUIT is as good as a crash."""
        if self._process is not None:
            self._process.send_signal(how)
            self._process.wait(WITHIN_SECONDS)
            self._process = None

    def kill(self) -> None:
        """End all its processes at once, without a word."""
        if self._process is None:
            return
        self._process.send_signal(signal.SIGSTOP)  # so that it has no more children than we see
        mother = self._process.pid
        children = Path(f"/proc/{mother}/task/{mother}/children").read_text().split()
        for pid in [mother, *map(int, children)]:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self._process.wait(WITHIN_SECONDS)
        self._process = None
        while any(map(_runs, children)):  # while one does, the memory that they share is not free
            time.sleep(0.01)

    def database(self, name: str = "") -> SecretStr:
        """A new, empty database."""
        name = name or next(self._databases)
        with psycopg.connect(host=str(self.folder), user=OWNER, dbname="postgres", autocommit=True) as connection:
            connection.execute(f'create database "{name}"')
        return self.address(name)

    def address(self, database: str, user: str = OWNER) -> SecretStr:
        """Where a database is."""
        url = URL.create("postgresql", username=user, database=database, query={"host": str(self.folder)})
        return SecretStr(url.render_as_string())

    @property
    def _data(self) -> Path:
        return self.folder / "data"

    def _run(self, command: list[object]) -> None:
        command[0] = self._programs / str(command[0])
        ended = subprocess.run(command, user=self._user, capture_output=True, text=True, check=False, cwd=self.folder)
        assert ended.returncode == 0, ended.stderr


def _runs(pid: str) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


@contextmanager
def running(missing: Callable[[str, str], NoReturn], *, quick: bool = True) -> Iterator[PostgreSQL]:
    """A cluster for as long as the block lasts."""
    found = programs()
    if found is None:
        missing("PostgreSQL", HOW_TO_INSTALL)
    folder = Path(tempfile.mkdtemp(prefix="touchline-pg-"))  # short: the name of a socket is at most 107 characters
    cluster = PostgreSQL(folder, found, quick=quick)
    try:
        cluster.make()
        cluster.start()
        yield cluster
    finally:
        cluster.stop()
        shutil.rmtree(folder, ignore_errors=True)
