"""The lock: what is installed is what was pinned, byte for byte, from wherever this machine installs packages."""

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LOCKS = ["main.txt", "build.txt", "dev.txt", "mutants.txt"]
PIN = re.compile(r"^(?P<name>[a-z0-9-]+)==(?P<version>\S+)(?: ; (?P<marker>.+?))? \\$")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())


def pins(lock: str) -> dict[str, str]:
    lines = (ROOT / "requirements" / lock).read_text().splitlines()
    return {found["name"]: found["version"] for found in map(PIN.match, lines) if found}


def names(requirements: list[str]) -> set[str]:
    return {re.split(r"[^a-z0-9-]", requirement, maxsplit=1)[0] for requirement in requirements}


@pytest.mark.parametrize("lock", LOCKS)
def test_every_package_is_pinned_with_hashes(lock):
    text = (ROOT / "requirements" / lock).read_text()

    packages = re.findall(r"^[a-z0-9].*(?:\n    --hash=sha256:[0-9a-f]{64}(?: \\)?)*", text, flags=re.MULTILINE)

    assert packages
    assert [
        package for package in packages if not PIN.match(package.partition("\n")[0]) or "--hash=" not in package
    ] == []


@pytest.mark.parametrize("lock", LOCKS)
def test_no_address_stands_in_a_lock(lock):
    text = (ROOT / "requirements" / lock).read_text()

    assert re.findall(r"://|file:|^--.*|^-[a-z] .*|@ ", text, flags=re.MULTILINE) == []


def test_everything_that_the_project_depends_on_is_locked():
    ours = {"touchline-contracts"}

    assert names(PROJECT["project"]["dependencies"]) - ours <= set(pins("main.txt"))
    assert names(PROJECT["dependency-groups"]["build"]) <= set(pins("build.txt"))
    assert names(PROJECT["project"]["optional-dependencies"]["grading"]) <= set(pins("dev.txt"))
    assert names([item for item in PROJECT["dependency-groups"]["dev"] if isinstance(item, str)]) <= set(
        pins("dev.txt")
    )


def test_mutants_are_tested_with_what_everything_else_is_tested_with():
    tested = pins("dev.txt")

    assert names(PROJECT["dependency-groups"]["mutants"]) <= set(pins("mutants.txt"))
    assert [name for name, pin in pins("mutants.txt").items() if tested.get(name, pin) != pin] == []


@pytest.mark.parametrize("lock", ["main.txt", "build.txt"])
def test_what_runs_in_the_image_is_what_was_tested(lock):
    tested = pins("dev.txt")

    assert {name: tested.get(name) for name in pins(lock)} == pins(lock)


def test_the_makefile_and_compose_name_the_image_after_the_version():
    image = f"touchline:{PROJECT['project']['version']}"

    assert f"IMAGE := {image}\n" in (ROOT / "Makefile").read_text()
    assert f"image: {image}\n" in (ROOT / "docker-compose.yml").read_text()


def test_the_checks_would_notice_an_unpinned_package_and_a_missing_one():
    assert PIN.match("httpx>=0.28 \\") is None
    assert names(["faststream[kafka]>=0.7", "rich>=14"]) == {"faststream", "rich"}
