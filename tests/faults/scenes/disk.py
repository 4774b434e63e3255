"""R1b: no event is accepted before it is on disk, and a damaged file keeps no service from starting."""

import asyncio
import sys
import tempfile
from pathlib import Path
from xml.etree import ElementTree as ET

from tests.faults.table import Line
from tests.faults.tiers import Tier

TESTS = {
    "tests/touchpoints/test_on_disk.py": "system calls watched; fsync and writes made to fail; a full disk",
    "tests/chassis/test_spool_corruptions.py": "files of events that wait for Kafka damaged in ten ways",
}
SECONDS = 300.0


async def play(_: Tier, __: int) -> list[Line]:
    """Run the tests that look at the system calls and at damaged files, and print what they counted."""
    lines = []
    for test, what in TESTS.items():
        with tempfile.TemporaryDirectory() as folder:
            report = Path(folder) / "report.xml"
            command = [sys.executable, "-m", "pytest", "--quiet", f"--junitxml={report}", test]
            process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
            async with asyncio.timeout(SECONDS):
                said, _ = await process.communicate()
            if process.returncode != 0:
                sys.stdout.write(said.decode())
            tree = ET.parse(report)  # noqa: S314  # written by pytest a moment ago
        suite = next(tree.iter("testsuite"))
        counted = ", ".join(f"{each.get('value')} {each.get('name')}" for each in tree.iter("property"))
        failed = sum(int(suite.get(each, 0)) for each in ("failures", "errors", "skipped"))
        lines.append(
            Line(
                promise="R1b",
                what=what,
                times=f"{suite.get('tests')} tests",
                counted=f"{counted}; {failed} tests failed",
                allowed="0",
                holds=process.returncode == 0 and failed == 0,
            )
        )
    return lines
