"""The jars of Apache Kafka: brought by Maven into a cache once, and held against locked checksums at every use."""

import hashlib
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

HERE = Path(__file__).parent
POM = HERE / "pom.xml"
LOCK = HERE / "jars.sha256"
"""What `sha256sum --check` reads too."""
FETCH = "python -m tests.apache_kafka.fetch"
INSTALL = "apt-get install --no-install-recommends openjdk-17-jre-headless maven"
LAST_LINES = 20


class Unavailable(RuntimeError):
    """Apache Kafka cannot be run here: `component` is missing, and `how` says how to come by it."""

    def __init__(self, component: str, how: str) -> None:
        super().__init__(f"{component} is missing; {how}")
        self.component = component
        self.how = how


class WrongJar(RuntimeError):
    """A jar is not the one that was locked."""


def version() -> str:
    """The version that the pom names."""
    found = re.search(r"<artifactId>kafka_2\.13</artifactId>\s*<version>([\w.-]+)</version>", POM.read_text())
    if found is None:
        raise RuntimeError(f"{POM} names no version of kafka_2.13")
    return found[1]


def cache() -> Path:
    """Where the jars of this version are kept, outside the checkout: all checkouts of a user share them."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "touchline" / f"apache-kafka-{version()}"


def java() -> str:
    """The Java to run. Raises Unavailable."""
    home = os.environ.get("JAVA_HOME")
    found = shutil.which("java", path=f"{home}/bin" if home else None)
    if found is None:
        where = f"in JAVA_HOME ({home})" if home else "in PATH"
        raise Unavailable("Java", f"no `java` is {where}: {INSTALL}")
    return found


def jars() -> list[Path]:
    """The jars, each as it was locked; fetched first where there are none. Raises Unavailable or WrongJar."""
    directory = cache() / "jars"
    if not directory.exists():
        fill(locked())
    verify(directory, locked())
    return [directory / name for name in locked()]


def locked() -> dict[str, str]:
    """The locked checksum of each jar, by its name."""
    pairs = (line.split() for line in LOCK.read_text().splitlines())
    return {name: checksum for checksum, name in pairs}


def fill(expected: Mapping[str, str]) -> None:
    """Have Maven bring the jars, and put them into the cache if they are the expected ones."""
    target = cache() / "jars"
    target.parent.mkdir(parents=True, exist_ok=True)
    # Beside its place and then moved: nobody ever sees half of it, also not when two do this at once.
    with tempfile.TemporaryDirectory(dir=target.parent, prefix="filling-") as beside:
        download(Path(beside) / "jars")
        verify(Path(beside) / "jars", expected)
        with suppress(OSError):  # somebody else was quicker; what is there now is verified before it is used
            (Path(beside) / "jars").rename(target)


def download(directory: Path) -> None:
    """Have Maven put what the pom asks for into a directory. Raises Unavailable."""
    maven = shutil.which("mvn")
    if maven is None:
        raise Unavailable("Maven", f"it brings Apache Kafka into {cache()} once: {INSTALL}, or fill it by hand")
    command = [maven, "--batch-mode", "--no-transfer-progress", "--strict-checksums", f"--file={POM}"]
    command += ["dependency:copy-dependencies", f"-DoutputDirectory={directory}", "-DincludeScope=runtime"]
    ended = subprocess.run(command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
    if ended.returncode != 0:
        errors = [line for line in ended.stdout.splitlines() if line.startswith("[ERROR]")]
        raise Unavailable(
            f"Apache Kafka {version()}",
            f"`{' '.join(command)}` has ended with {ended.returncode}; when it works, all goes on by itself:\n"
            + "\n".join((errors or ended.stdout.splitlines())[:LAST_LINES]),
        )


def verify(directory: Path, expected: Mapping[str, str]) -> None:
    """Raises WrongJar, naming each jar that is missing or differs."""
    wrong = []
    for name, checksum in expected.items():
        try:
            got = checksum_of(directory / name)
        except FileNotFoundError:
            got = "no such file"
        if got != checksum:
            wrong.append(f"  {name}: expected {checksum}, got {got}")
    if wrong:
        raise WrongJar(
            f"These jars in {directory} are not those of {LOCK}:\n" + "\n".join(wrong) + "\n"
            f"If {directory} is damaged, remove it and run `{FETCH}`. If {POM} has changed, run `{FETCH} --lock` "
            "and commit what it writes."
        )


def checksum_of(path: Path) -> str:
    """The SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
