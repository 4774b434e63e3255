"""`--language`: in which language the ledgers of journeys, and alerts, are shown."""

from typing import Annotated

import typer

from touchline_contracts.words import languages


def _known(language: str | None) -> str | None:
    if language is not None and language not in languages():
        raise typer.BadParameter(f"must be one of {', '.join(languages())}, got {language!r}")
    return language


_OPTION = typer.Option(
    "--language",
    metavar="CODE",
    callback=_known,
    help="In which language ledgers or alerts are shown, such as lt. What a service concept says stays as it is.",
)
Language = Annotated[str, _OPTION]
LanguageOrNone = Annotated[str | None, _OPTION]
"""None: none was asked for."""
