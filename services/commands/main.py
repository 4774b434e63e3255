"""The command `touchline`: what it can do, one command per module."""

import typer

from services.chassis.logs import set_up_logs
from services.commands import concept, database, evaluate, grade, play, replay, up
from services.commands.dead_letters import dead_letters_app
from services.commands.demo import command as demo
from services.commands.fit import fit
from services.commands.import_log import import_log
from services.commands.import_olist import import_olist
from services.commands.topics import app as topics_app

app = typer.Typer(
    name="touchline",
    help="Watches customer journeys while they run, and warns the manager on duty while there is time to act.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
)
imports = typer.Typer(no_args_is_help=True, help="Turn the records of other systems into events, on standard output.")
imports.command("log")(import_log)
imports.command("olist")(import_olist)

app.command()(demo.demo)
app.command()(up.up)
app.command()(play.play)
app.command()(evaluate.evaluate)
app.command()(grade.grade)
concept.app.command("fit")(fit)
app.add_typer(concept.app, name="concept")
app.add_typer(imports, name="import")
app.command()(replay.replay)
app.add_typer(dead_letters_app, name="dead-letters")
app.add_typer(topics_app, name="topics")
app.add_typer(database.app, name="database")


def main() -> None:
    """Run the command line. What commands print is theirs; what goes wrong inside them goes to standard error."""
    set_up_logs("touchline", "error")
    app()


if __name__ == "__main__":
    main()
