"""What all tests share: one event loop backend, and what happens when a component of the system is missing."""

import os
from collections.abc import Callable
from typing import NoReturn

import pytest


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """The services run on asyncio alone, so tests do as well."""
    return "asyncio"


def missing(component: str, how_to_install: str) -> NoReturn:
    """Leave the test out, with the reason; in CI, where nothing may be left out, fail it instead."""
    reason = f"{component} is missing; {how_to_install}"
    if os.environ.get("CI", "").lower() in {"", "0", "false"}:
        pytest.skip(reason, allow_module_level=True)
    pytest.fail(f"{reason} (in CI no test may be left out)")


@pytest.fixture(name="missing", scope="session")
def _missing() -> Callable[[str, str], NoReturn]:
    """`missing` for tests that cannot import this file."""
    return missing
