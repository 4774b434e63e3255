"""What all tests share: one event loop backend, and what happens when a component of the system is missing."""

import os
from collections.abc import Callable
from typing import NoReturn

import pytest
from hypothesis import Phase, is_hypothesis_test, settings

IN_CI = os.environ.get("CI", "").lower() not in {"", "0", "false"}

# What holds for every concept and every history is tried on so many of them; in CI always on the same.
settings.register_profile("developer", max_examples=100, deadline=None)
settings.register_profile("ci", max_examples=2_000, deadline=None, derandomize=True)
# Of a mutant it is enough to know that it fails: few, always the same, and no search for the simplest.
settings.register_profile("mutants", max_examples=25, deadline=None, derandomize=True, phases=[Phase.generate])
settings.load_profile("ci" if IN_CI else "developer")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Of a mutant examples tell sooner that it fails than what is tried on many."""
    if settings.get_current_profile_name() == "mutants":
        items.sort(key=lambda item: is_hypothesis_test(getattr(item, "obj", None)))


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """The services run on asyncio alone, so tests do as well."""
    return "asyncio"


def missing(component: str, how_to_install: str) -> NoReturn:
    """Leave the test out, with the reason; in CI, where nothing may be left out, fail it instead."""
    reason = f"{component} is missing; {how_to_install}"
    if not IN_CI:
        pytest.skip(reason, allow_module_level=True)
    pytest.fail(f"{reason} (in CI no test may be left out)")


@pytest.fixture(name="missing", scope="session")
def _missing() -> Callable[[str, str], NoReturn]:
    """`missing` for tests that cannot import this file."""
    return missing
