"""A file of events as happenings: for the commands that need neither broker nor database."""

import sys
from contextlib import ExitStack
from pathlib import Path

import typer

from services.commands.event_lines import read_lines
from services.experience.domain.happening import Happening
from services.experience.entrypoints.translation import happening_from

OUR_OWN = ("command", "experience", "alerts")
"""Who tells nothing of what happens in a store: such events in the file are passed over."""


class NoFile(Exception):
    """The file cannot be read; says which and why."""


def read_happenings(events: str) -> tuple[list[Happening], int]:
    """What happened, and how many lines could not be read; these are named on stderr. `-` is stdin. Raises NoFile."""
    happenings, unreadable = [], 0
    with ExitStack() as stack:
        try:
            lines = sys.stdin.buffer if events == "-" else stack.enter_context(Path(events).open("rb"))
            for number, event in read_lines(lines):
                if isinstance(event, str):
                    unreadable += 1
                    typer.echo(f"{'stdin' if events == '-' else events}:{number}: {event}", err=True)
                elif event.kind is None or event.kind.teller not in OUR_OWN:
                    happenings.append(happening_from(event))
        except OSError as error:
            raise NoFile(f"{events} cannot be read: {error.strerror}") from error
    return happenings, unreadable
