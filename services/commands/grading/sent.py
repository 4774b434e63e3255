"""`--alerts`: the alerts that were really sent, from the events of the alert service."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

import typer

from services.commands.event_lines import read_lines
from services.commands.grading.judged import Key, Raised, Ungradable
from touchline_contracts.alerts import AlertOpened


def read_sent(path: Path) -> tuple[Mapping[Key, Sequence[Raised]], int]:
    """The opened alerts of each journey, and how many lines could not be read; these are named on stderr.

    Other events in the file are passed over, the same event twice counts once. Raises Ungradable.
    """
    opened: dict[Key, dict[tuple[str, str], Raised]] = defaultdict(dict)
    unreadable = 0
    try:
        with path.open("rb") as lines:
            for number, event in read_lines(lines):
                if isinstance(event, str):
                    unreadable += 1
                    typer.echo(f"{path}:{number}: {event}", err=True)
                elif isinstance(event.data, AlertOpened) and event.subject is not None:
                    told = event.data
                    raised = Raised(told.opened_at, told.line, told.reason, told.until)
                    opened[event.store, event.subject][event.source, event.id] = raised
    except OSError as error:
        raise Ungradable(f"{path} cannot be read: {error.strerror}") from error
    return {key: list(theirs.values()) for key, theirs in opened.items()}, unreadable
