"""Commands that are imported when somebody calls them: what one of them needs must not keep the others waiting."""

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any, ClassVar, Final, cast

import typer
from typer.core import TyperCommand, TyperGroup

MARKUP: Final = "markdown"
Command = TyperCommand | TyperGroup


class OnDemand(TyperGroup):
    """A group of commands by name, each with `module:attribute`: a function, or a `typer.Typer` with more of them."""

    places: ClassVar[Mapping[str, str]] = {}

    def list_commands(self, ctx: Any) -> list[str]:
        """Their names, in the order in which they are named."""
        del ctx
        return list(self.places)

    def get_command(self, ctx: Any, cmd_name: str) -> Command | None:
        """One of them; None when there is none of this name."""
        del ctx
        if cmd_name not in self.places:
            return None
        module, _, attribute = self.places[cmd_name].partition(":")
        return _command(cmd_name, getattr(import_module(module), attribute))


def _command(name: str, what: typer.Typer | Callable[..., None]) -> Command:
    if not isinstance(what, typer.Typer):
        alone = typer.Typer(add_completion=False, rich_markup_mode=MARKUP)
        alone.command(name)(what)
        what = alone
    command = cast("Command", typer.main.get_command(what))
    command.name = name
    return command
