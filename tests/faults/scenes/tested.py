"""R1b, R3b: what tests of their own count: system calls and damaged files, and how soon a dead channel is passed by."""

import asyncio
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree as ET

from tests.faults.table import Line
from tests.faults.tiers import Tier

SECONDS = 300.0


class Counting(NamedTuple):
    """A test, or a file of them, that puts what it has counted into its report."""

    promise: str
    path: str
    what: str
    allowed: str = "0"


DISK = (
    Counting(
        "R1b",
        "tests/touchpoints/test_on_disk.py",
        "system calls watched; fsync and writes made to fail; a full disk",
    ),
    Counting(
        "R1b",
        "tests/chassis/test_spool_corruptions.py",
        "files of events that wait for Kafka damaged in ten ways",
    ),
)
CHANNELS = (
    Counting(
        "R3b",
        "tests/alerts/test_fail_over.py",
        "one receiver hangs, one refuses, the third is told; others that fail in other ways",
        "60 s",
    ),
)


async def disk(_: Tier, __: int) -> list[Line]:
    """No event is accepted before it is on disk, and a damaged file keeps no service from starting."""
    return await _counted(DISK)


async def channels(_: Tier, __: int) -> list[Line]:
    """A dead channel is no silence."""
    return await _counted(CHANNELS)


async def _counted(tests: Sequence[Counting]) -> list[Line]:
    """Run the tests, and say what they counted; they themselves fail where it is more than is allowed."""
    lines = []
    for each in tests:
        with tempfile.TemporaryDirectory() as folder:
            report = Path(folder) / "report.xml"
            command = [sys.executable, "-m", "pytest", "--quiet", f"--junitxml={report}", each.path]
            process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
            async with asyncio.timeout(SECONDS):
                said, _ = await process.communicate()
            if process.returncode != 0:
                sys.stdout.write(said.decode())
            tree = ET.parse(report)  # noqa: S314  # written by pytest a moment ago
        suite = next(tree.iter("testsuite"))
        counted = ", ".join(f"{one.get('value')} {one.get('name')}" for one in tree.iter("property"))
        failed = sum(int(suite.get(kind, 0)) for kind in ("failures", "errors", "skipped"))
        lines.append(
            Line(
                promise=each.promise,
                what=each.what,
                times=f"{suite.get('tests')} tests",
                counted=f"{counted}; {failed} tests failed",
                allowed=each.allowed,
                holds=process.returncode == 0 and failed == 0,
            )
        )
    return lines
