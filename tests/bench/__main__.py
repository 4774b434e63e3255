"""Measures how fast the services are on a real Apache Kafka: `make bench`, or `python -m tests.bench --help`."""

import argparse
import asyncio
import sys
import tempfile
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from tests.bench import alerting, experience, ingest, overload, store
from tests.bench.figures import Figure, table, write
from tests.bench.machine import machine
from tests.bench.screen import say

Measurement = Callable[[Path, argparse.Namespace], Awaitable[Sequence[Figure]]]

MEASUREMENTS: dict[str, Measurement] = {
    experience.NAME: lambda directory, told: experience.measure(directory, events=told.events, shuffled=told.shuffled),
    ingest.NAME: lambda directory, told: ingest.measure(directory, seconds=told.ingest_seconds),
    overload.NAME: lambda directory, told: overload.measure(directory, seconds=told.overload_seconds),
    alerting.NAME: lambda directory, told: alerting.measure(directory, seconds=told.alerting_seconds),
    store.NAME: lambda directory, _: store.measure(directory),
}


def main() -> int:
    """Measure what is asked for. 1 when a target is missed and `--strict` is given."""
    told = _arguments()
    about = machine()
    say(", ".join(f"{name} {value}" for name, value in about.items()))
    figures: list[Figure] = []
    for name in told.only or MEASUREMENTS:
        say(f"== {name}")
        with tempfile.TemporaryDirectory(prefix=f"touchline-bench-{name}-") as directory:
            figures += asyncio.run(MEASUREMENTS[name](Path(directory), told))
    write(told.json, figures, date=datetime.now(UTC).isoformat(timespec="seconds"), machine=about)
    print(table(figures))  # noqa: T201  # what the program is for
    missed = [figure for figure in figures if figure.missed]
    say(f"{len(missed)} of {sum(figure.target is not None for figure in figures)} targets missed; all in {told.json}")
    return 1 if missed and told.strict else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--only", nargs="+", choices=MEASUREMENTS, metavar="NAME", help=", ".join(MEASUREMENTS))
    parser.add_argument("--events", type=int, default=150_000, help="for the experience service (%(default)s)")
    parser.add_argument("--shuffled", action="store_true", help="its events in no order at all")
    parser.add_argument("--ingest-seconds", type=float, default=4.0, help="for each way of sending (%(default)s)")
    parser.add_argument("--overload-seconds", type=float, default=10.0, help="for each load (%(default)s)")
    parser.add_argument("--alerting-seconds", type=float, default=30.0, help="how long events are sent (%(default)s)")
    parser.add_argument("--json", type=Path, default=Path("build/bench.json"), help="where to write (%(default)s)")
    parser.add_argument("--strict", action="store_true", help="exit with 1 when a target is missed")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
