"""How a replay is getting on, on stderr: two bars on a terminal, a few lines elsewhere."""

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from services.commands.replaying.feeding import Onlooker
from services.commands.replaying.history import History, UnreadableLine
from services.commands.safe_text import on_one_line


class Nobody(Onlooker):
    """Onlooker that does not look."""

    def sent(self, events: int, history: History) -> None:
        """Not looked at."""

    def unreadable(self, line: UnreadableLine) -> None:
        """Not looked at."""

    def evaluated(self, journeys: int, of: int) -> None:
        """Not looked at."""


class Lines(Onlooker):
    """Onlooker that writes a line when something has begun or ended."""

    def __init__(self, errors: Console) -> None:
        self._errors = errors
        self._sent = ""
        self._waiting = False

    def sent(self, events: int, history: History) -> None:
        """What was sent."""
        self._sent = f"{events:,} events of {len(history.journeys):,} journeys sent"

    def unreadable(self, line: UnreadableLine) -> None:
        """Name the line."""
        self._errors.print(_in_words(line))

    def evaluated(self, journeys: int, of: int) -> None:
        """What is being waited for."""
        if not self._waiting:
            self._waiting = True
            missing = of - journeys
            sent = self._sent or "No events sent"
            self._errors.print(f"{sent}; waiting until {missing:,} journeys are evaluated ...")


class Bars(Onlooker):
    """Onlooker with two bars, one for what is sent, one for what is evaluated."""

    def __init__(self, progress: Progress, size: int | None) -> None:
        self._progress = progress
        self._sending = progress.add_task("sent", total=size, figures="")
        self._evaluating: TaskID | None = None

    def sent(self, events: int, history: History) -> None:
        """What was sent."""
        self._progress.update(self._sending, completed=history.size, figures=f"{events:,} events")

    def unreadable(self, line: UnreadableLine) -> None:
        """Name the line."""
        self._progress.console.print(_in_words(line))

    def evaluated(self, journeys: int, of: int) -> None:
        """What is being waited for."""
        if self._evaluating is None:
            done = self._progress.tasks[0].completed
            self._progress.update(self._sending, total=done or 1, completed=done or 1)
            self._evaluating = self._progress.add_task("evaluated", total=of or None, figures="")
        figures = f"{journeys:,} of {of:,} journeys"
        self._progress.update(self._evaluating, completed=journeys, figures=figures)


@contextmanager
def on_screen(size: int | None) -> Iterator[Onlooker]:
    """An onlooker for the command line. `size`: how many bytes there are to read; None: not known."""
    errors = Console(stderr=True, soft_wrap=True, highlight=False, markup=False)
    if not errors.is_terminal:
        errors.print("Sending ...")
        yield Lines(errors)
        return
    columns = (
        TextColumn("{task.description:>9}"),
        BarColumn(),
        TextColumn("{task.fields[figures]}"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=errors, redirect_stdout=False) as progress:
        yield Bars(progress, size)


def _in_words(line: UnreadableLine) -> str:
    return f"line {line.line} is not sent: {on_one_line(line.reason)}"
