"""`touchline import log FILE --mapping FILE`: any event log as events; what is wrong with it on stderr."""

import os
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Annotated, BinaryIO

import typer
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

from services.commands.log_import.importing import Counts, LogImport, open_import
from services.commands.log_import.mapping import Mapping
from services.commands.log_import.mapping_file import MappingError, read_mapping
from services.commands.log_import.problems import NAMED, Problem, Problems
from services.commands.log_import.rows import LogFile, UnusableLog, opened
from services.commands.safe_text import on_one_line

ACTIVITIES_SHOWN = 10
PROGRESS_EVERY = 1000
"""Rows after which the bar moves."""


def import_log(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="The log: CSV (a table) or XES; it may be packed with gzip.")
    ],
    mapping: Annotated[
        Path, typer.Option("--mapping", metavar="FILE", help="What its columns mean, in YAML; see docs/import.md.")
    ],
    output: Annotated[
        Path | None, typer.Option("--output", metavar="FILE", help="Where the events go; without it: stdout.")
    ] = None,
    every_problem: Annotated[
        bool, typer.Option("--every-problem", help=f"Name every problem, not the first {NAMED} of each sort.")
    ] = False,
) -> None:
    """Turn any event log into events by a mapping file: one JSON object per line.

    The mapping says which column is the journey, the store and the time, and which rows are which kind of event.
    All events are marked as history, so they page nobody; importing a log again makes the same events.

    Rows that cannot be used are named on stderr, what is usable is imported, and the exit code is 1. It is 2 when
    nothing can be imported: the mapping has mistakes, or the log lacks a column that it names.
    """
    started_at = time.monotonic()
    errors = Console(stderr=True, soft_wrap=True, highlight=False, markup=False)
    counts = Counts()

    def tell(problem: Problem) -> None:
        errors.print(problem.text(file.name, mapping.name))

    problems = Problems(tell=tell, every=every_problem)
    try:
        _spare(output, file, mapping)
        the_mapping = read_mapping(mapping)
        with opened(file) as log:
            the_import = open_import(log, the_mapping)
            _write(the_import, log, counts, problems, output, errors)
    except (MappingError, UnusableLog) as error:
        errors.print("\n".join(map(on_one_line, f"{error}\nNothing is imported.".splitlines())))
        raise typer.Exit(2) from error
    except OSError as error:
        if output is None:
            _mute()
        if isinstance(error, BrokenPipeError):  # whoever was reading has seen enough
            raise typer.Exit(1) from error
        errors.print(f"The events cannot be written: {error.strerror}.")
        raise typer.Exit(1) from error
    never_met = the_import.columns_never_met() if counts.rows else []
    for line in (*never_met, *_notes(counts, problems, the_mapping)):
        errors.print(on_one_line(line))
    errors.print(_in_words(counts, problems, time.monotonic() - started_at))
    if problems.count or never_met or not counts.events:
        raise typer.Exit(1)


def _write(
    the_import: LogImport, log: LogFile, counts: Counts, problems: Problems, output: Path | None, errors: Console
) -> None:
    with ExitStack() as stack:
        target = sys.stdout.buffer if output is None else stack.enter_context(_whole_file(output))
        progress = None
        if errors.is_terminal and (output is not None or not sys.stdout.isatty()):
            columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
            progress = stack.enter_context(Progress(*columns, console=errors, transient=True))
            task = progress.add_task(f"importing {on_one_line(log.path.name)}", total=log.size)
        else:
            errors.print(f"Importing {on_one_line(str(log.path))} ...")
        for events in the_import.events(counts, problems):
            target.write(b"".join(event.to_json() + b"\n" for event in events))
            if progress is not None and counts.rows % PROGRESS_EVERY == 0:
                progress.update(task, completed=log.raw.tell())
        target.flush()


def _spare(output: Path | None, *read: Path) -> None:
    """Raises UnusableLog when what is written would take the place of what is read."""
    for path in read:
        if output is not None and output.exists() and path.exists() and output.samefile(path):
            raise UnusableLog(f"--output {output} is {path} itself; name another file for the events")


@contextmanager
def _whole_file(path: Path) -> Iterator[BinaryIO]:
    """A file that is there only when all of it is: half an import must not be taken for a whole one."""
    path = path.resolve()
    if path.exists() and not path.is_file():  # a device or a pipe is not to be replaced
        with path.open("wb") as target:
            yield target
        return
    partly = path.with_name(f"{path.name}.part")
    try:
        with partly.open("wb") as target:
            yield target
        partly.replace(path)
    finally:
        partly.unlink(missing_ok=True)


def _notes(counts: Counts, problems: Problems, mapping: Mapping) -> Iterator[str]:
    """What somebody who wrote the mapping may not have meant."""
    if problems.untold:
        yield f"{problems.untold:,} more problems of the same sorts are counted; --every-problem names them."
    for moment in mapping.moments:
        if counts.rows and not counts.of_moment[moment.line]:
            yield f"{mapping.file}:{moment.line}: no row of the log is a {moment.kind.name} by these conditions."
    if counts.without_event:
        shown = ", ".join(f"{name!r} {count:,}" for name, count in counts.activities.most_common(ACTIVITIES_SHOWN))
        more = len(counts.activities) > ACTIVITIES_SHOWN
        which = f": {shown}{', ...' if more else ''}" if shown else ""
        yield f"Rows that are no event by this mapping, {counts.without_event:,}{which}."
    if counts.told_twice:
        yield (
            f"Events that say the same as an earlier one, {counts.told_twice:,}: they count once. If they are several, "
            "name a column in which they differ, tell_apart: {column: NAME}."
        )


def _in_words(counts: Counts, problems: Problems, seconds: float) -> str:
    return (
        f"{counts.rows:,} rows, {counts.events:,} events, {problems.count:,} problems in {problems.lines:,} rows, "
        f"in {seconds:.1f} s."
    )


def _mute() -> None:
    """What is still buffered would fail once more, loudly, when the process ends."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
