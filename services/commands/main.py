"""The command `touchline`: what it can do, one command per module."""

import typer

from services.chassis.logs import set_up_logs
from services.commands.on_demand import MARKUP, OnDemand


class Commands(OnDemand):
    """What `touchline` can do."""

    places = {  # noqa: RUF012  # typed as it is in the base
        "demo": "services.commands.demo.command:demo",
        "up": "services.commands.up:up",
        "play": "services.commands.play:play",
        "evaluate": "services.commands.evaluate:evaluate",
        "grade": "services.commands.grade:grade",
        "concept": "services.commands.concept:app",
        "import": "services.commands.imports:app",
        "replay": "services.commands.replay:replay",
        "alerts": "services.commands.alerts:alerts_app",
        "keys": "services.commands.keys:app",
        "dead-letters": "services.commands.dead_letters:dead_letters_app",
        "topics": "services.commands.topics:app",
        "database": "services.commands.database:app",
        "channels": "services.commands.channels:app",
        "rota": "services.commands.rota:app",
        "users": "services.commands.users:app",
        "audit": "services.commands.audit:audit",
    }


app = typer.Typer(
    name="touchline",
    cls=Commands,
    help="Watches customer journeys while they run, and warns the manager on duty while there is time to act.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=MARKUP,
    pretty_exceptions_enable=False,
)


@app.callback()
def _commands() -> None:
    """A group, although none of its commands is known before it is called."""


def main() -> None:
    """Run the command line. What commands print is theirs; what goes wrong inside them goes to standard error."""
    set_up_logs("touchline", "error")
    app()


if __name__ == "__main__":
    main()
