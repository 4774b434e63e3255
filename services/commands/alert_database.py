"""The alert service's database, for commands that work on it beside the service."""

import getpass
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from pydantic import SecretStr

from services.alerts.adapters.database import MIGRATIONS, StoredTransaction
from services.chassis.database import engine_for, rows_of, shown
from services.chassis.migrating import upgrade
from services.chassis.settings import database_address
from services.chassis.store import Unavailable

Database = Annotated[
    str,
    typer.Option(
        envvar="TOUCHLINE_DATABASE",
        show_envvar=True,
        help="Of the alert service: a SQLite file, or postgresql://USER@HOST/NAME. With `touchline up`: "
        "DIRECTORY/alerts.db.",
    ),
]


@contextmanager
def opened(database: str) -> Iterator[StoredTransaction]:
    """One transaction, in a database whose tables are made where they are missing."""
    try:
        address = database_address(database)
        assert isinstance(address, Path | SecretStr)
        engine = engine_for(address)
        try:
            upgrade(engine, MIGRATIONS, where=shown(address))
            with engine.begin() as connection:
                yield StoredTransaction(rows_of(connection))
        finally:
            engine.dispose()
    except typer.Exit:  # which is a RuntimeError
        raise
    except (ValueError, RuntimeError, Unavailable) as error:
        sys.stderr.write(f"The database of the alert service cannot be used: {error}\n")
        raise typer.Exit(1) from error


def account() -> str:
    """Whoever runs the command, for the audit trail."""
    try:
        return f"command:{getpass.getuser()}"
    except (KeyError, OSError):  # a number that has no name here, as in many containers
        return "command:?"
