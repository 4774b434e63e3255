"""A test whose component is missing is left out on a developer's machine, with the reason, and fails in CI.

Each case runs pytest of its own on a test that misses something, with this project's conftest.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

CONFTEST = Path(__file__).parents[1] / "conftest.py"


def run_a_test_that_misses_a_component(folder: Path, *, ci: str) -> subprocess.CompletedProcess[str]:
    shutil.copy(CONFTEST, folder)
    (folder / "test_database.py").write_text(
        'def test_the_database_answers(missing):\n    missing("PostgreSQL", "apt-get install postgresql")\n'
    )
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-rs", "-p", "no:cacheprovider", "--rootdir", str(folder), str(folder)],
        cwd=folder,
        env={**os.environ, "CI": ci, "COLUMNS": "200", "PYTHONPATH": str(CONFTEST.parents[1])},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("ci", ["", "false"])
def test_on_a_developers_machine_it_is_left_out_with_the_reason(tmp_path, ci):
    run = run_a_test_that_misses_a_component(tmp_path, ci=ci)

    assert run.returncode == 0, run.stdout
    assert "1 skipped" in run.stdout
    assert "PostgreSQL is missing; apt-get install postgresql" in run.stdout


@pytest.mark.parametrize("ci", ["true", "1"])
def test_in_ci_it_fails(tmp_path, ci):
    run = run_a_test_that_misses_a_component(tmp_path, ci=ci)

    assert run.returncode == 1, run.stdout
    assert "1 failed" in run.stdout
    assert "PostgreSQL is missing; apt-get install postgresql" in run.stdout
