"""What all tests share: one event loop backend, and what happens when a component of the system is missing."""

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import NoReturn

import pytest
from hypothesis import Phase, is_hypothesis_test, settings

from services.chassis.database import engine_for
from services.chassis.migrating import upgrade
from services.chassis.rows import Rows
from tests.databases import BOTH, Migrated, a_transaction
from tests.postgresql import PostgreSQL, running

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


@pytest.fixture(scope="session")
def postgresql(missing: Callable[[str, str], NoReturn]) -> Iterator[PostgreSQL]:
    """A PostgreSQL for all tests that do not stop it."""
    with running(missing) as cluster:
        yield cluster


@pytest.fixture(scope="session")
def _migrated(postgresql: PostgreSQL) -> Migrated:
    return Migrated(postgresql.database)


@pytest.fixture(params=BOTH)
def rows(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[str], Rows]]:
    """Rows of one transaction in a database with the tables of a service's migrations, in each kind of database."""
    with ExitStack() as stack:

        def with_tables(migrations: str) -> Rows:
            if request.param == "postgresql":
                return stack.enter_context(a_transaction(request.getfixturevalue("_migrated")(migrations)))
            file = tmp_path / "store.db"
            upgrade(engine_for(file), migrations, where=str(file))
            return stack.enter_context(a_transaction(file))

        yield with_tables
