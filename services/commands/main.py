"""The command `touchline`: what it can do, one command per module."""

import typer

from services.commands import concept, evaluate, play, up
from services.commands.demo import command as demo

app = typer.Typer(
    name="touchline",
    help="Watches customer journeys while they run, and warns the manager on duty while there is time to act.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
)
app.command()(demo.demo)
app.command()(up.up)
app.command()(play.play)
app.command()(evaluate.evaluate)
app.add_typer(concept.app, name="concept")


def main() -> None:
    """Run the command line."""
    app()


if __name__ == "__main__":
    main()
