"""How far the grading is, on standard error, for somebody who watches."""

from collections.abc import Iterable, Sequence

from rich.console import Console
from rich.progress import track

from services.commands.grading.judged import Key


def on_screen(keys: Sequence[Key]) -> Iterable[Key]:
    """Hand the keys on, and show how many are done."""
    errors = Console(stderr=True)
    return track(keys, "grading journeys", console=errors, transient=True, disable=not errors.is_terminal)
