"""`touchline import`: the records of other systems, as events."""

import typer

from services.commands.import_log import import_log
from services.commands.import_olist import import_olist

app = typer.Typer(no_args_is_help=True, help="Turn the records of other systems into events, on standard output.")
app.command("log")(import_log)
app.command("olist")(import_olist)
