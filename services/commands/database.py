"""`touchline database upgrade`: makes the tables of a service, or brings them up to date, for services that may not."""

import sys
from pathlib import Path
from typing import Annotated, Literal

import typer
from pydantic import SecretStr

from services.alerts.adapters.database import MIGRATIONS as ALERTS
from services.chassis.database import engine_for, shown
from services.chassis.migrating import steps, upgrade
from services.chassis.settings import database_address
from services.chassis.store import Unavailable
from services.experience.adapters.database import MIGRATIONS as EXPERIENCE

MIGRATIONS = {"experience": EXPERIENCE, "alerts": ALERTS}

app = typer.Typer(no_args_is_help=True, help="Look after the databases of the experience and alert services.")


@app.callback()
def _database() -> None:
    """Say `upgrade`: with a single command typer would otherwise leave its name out."""


@app.command("upgrade")
def upgrade_database(
    service: Annotated[Literal["experience", "alerts"], typer.Argument(help="Whose tables.")],
    database: Annotated[
        str,
        typer.Option(
            envvar="TOUCHLINE_DATABASE", show_envvar=True, help="A SQLite file, or postgresql://USER@HOST/NAME."
        ),
    ] = "touchline.db",
) -> None:
    """Make the tables of a service, or change those of an earlier version; all of it or nothing, and again at any time.

    A service does the same when it starts, if its role may.
    """
    try:
        address = database_address(database)
        assert isinstance(address, Path | SecretStr)
        where = shown(address)
        engine = engine_for(address)
        upgrade(engine, MIGRATIONS[service], where=where)
        engine.dispose()
    except (ValueError, RuntimeError, Unavailable) as error:
        sys.stderr.write(f"The tables cannot be brought up to date: {error}\n")
        raise typer.Exit(1) from error
    sys.stdout.write(f"{where}: the tables are as {steps(MIGRATIONS[service]).get_current_head()} has them.\n")
