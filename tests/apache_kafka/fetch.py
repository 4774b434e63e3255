"""`python -m tests.apache_kafka.fetch`: fill the cache, so that tests need no Maven and no network afterwards.

With --lock the checksums are written anew, after a change of the pom.
"""

import asyncio
import sys
import tempfile
from pathlib import Path

from tests.apache_kafka.broker import ApacheKafka, archive
from tests.apache_kafka.jars import LOCK, Unavailable, WrongJar, cache, checksum_of, download, jars


def fetch() -> None:
    """Make sure of the jars, and of the archive that halves the time a broker takes to start."""
    jars()
    if not archive().exists():
        asyncio.run(make_archive())


async def make_archive() -> None:
    """Let a broker write down, as it ends, how the classes that it has loaded look in memory."""
    with tempfile.TemporaryDirectory(dir=cache(), prefix="archiving-") as beside:
        written = Path(beside) / "classes"
        async with ApacheKafka(java_options=(f"-XX:ArchiveClassesAtExit={written}",)) as broker:
            await broker.stop()
        if written.exists():
            written.rename(archive())


def lock() -> None:
    """Write down the checksums of what the pom asks for."""
    with tempfile.TemporaryDirectory() as directory:
        download(Path(directory))
        found = sorted(Path(directory).glob("*.jar"))
        LOCK.write_text("".join(f"{checksum_of(path)}  {path.name}\n" for path in found))


def main() -> None:
    """What the command does."""
    try:
        if sys.argv[1:] == ["--lock"]:
            lock()
            sys.stdout.write(f"Wrote {LOCK}\n")
        elif sys.argv[1:]:
            raise SystemExit(f"{__doc__}\nUnknown: {' '.join(sys.argv[1:])}")
        fetch()
    except (Unavailable, WrongJar) as error:
        raise SystemExit(str(error)) from error
    sys.stdout.write(f"Apache Kafka is in {cache()}\n")


if __name__ == "__main__":
    main()
