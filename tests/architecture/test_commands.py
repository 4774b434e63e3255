"""The Makefile: every target says what it is for, and pre-commit and CI call its targets and nothing else."""

import re
import subprocess
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[2]
MAKEFILE = (ROOT / "Makefile").read_text()
TARGETS = set(re.findall(r"^\.PHONY: (\S+)$", MAKEFILE, flags=re.MULTILINE))


def test_help_is_the_default_and_names_every_target():
    run = subprocess.run(["make"], cwd=ROOT, capture_output=True, text=True, check=True)

    listed = dict(re.findall(r"^  make (\S+) +(\S.*)$", run.stdout, flags=re.MULTILINE))

    assert set(listed) == TARGETS
    assert all(listed.values())


def test_pre_commit_calls_targets_and_fetches_nothing():
    (repository,) = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())["repos"]

    assert repository["repo"] == "local"
    assert [hook["entry"] for hook in repository["hooks"]] == ["make check", "make test"]
    assert {"check", "test"} <= TARGETS


def test_ci_calls_the_same_targets():
    script = (ROOT / ".ci" / "run").read_text()

    assert re.findall(r"^make .*$", script, flags=re.MULTILINE) == [
        "make check </dev/null",
        "make faults </dev/null",
        "make test </dev/null",
    ]
