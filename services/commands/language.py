"""`--language`: in which language the ledgers of journeys are shown."""

from typing import Annotated

import typer

from touchline_contracts.words import languages


def _known(language: str) -> str:
    if language not in languages():
        raise typer.BadParameter(f"must be one of {', '.join(languages())}, got {language!r}")
    return language


Language = Annotated[
    str,
    typer.Option(
        "--language",
        metavar="CODE",
        callback=_known,
        help="In which language ledgers are shown, such as lt. What a service concept says stays as it is.",
    ),
]
