"""Outages: each is played on Apache Kafka with the services as processes, and what was counted is told at the end.

RUNS says how often each is played; `make outages` plays each five times.
"""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.brokers import need_apache_kafka
from tests.live.outages.stage import Outcome, Stage

OUTCOMES = pytest.StashKey[list[Outcome]]()


def pytest_configure(config):
    config.stash.setdefault(OUTCOMES, [])


def pytest_generate_tests(metafunc):
    if "run" in metafunc.fixturenames:
        metafunc.parametrize("run", range(1, int(os.environ.get("RUNS") or 1) + 1), ids=lambda run: f"run{run}")


def pytest_terminal_summary(terminalreporter, config):
    outcomes = config.stash[OUTCOMES]
    if not outcomes:
        return
    terminalreporter.section("what was counted in outages")
    terminalreporter.write_line(Outcome.head())
    for outcome in sorted(outcomes, key=lambda each: each.outage):
        terminalreporter.write_line(str(outcome))


@pytest.fixture
def play(request, run, missing, tmp_path: Path) -> Iterator[Callable[..., Stage]]:
    """Makes the stage of an outage; what was counted on it is told in the terminal's summary, passed or failed."""
    need_apache_kafka(missing)
    stages: list[Stage] = []

    def play(servers: str, **options: int) -> Stage:
        outage = request.node.name.removeprefix("test_").replace("_", " ").partition("[")[0]
        stages.append(Stage(servers, tmp_path, outage, **options))
        return stages[-1]

    yield play
    request.config.stash[OUTCOMES] += [stage.outcome for stage in stages]
