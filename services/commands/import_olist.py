"""`touchline import olist DIR`: a marketplace's orders as events on stdout; what is wrong with them on stderr."""

import os
import sys
import time
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from services.commands.olist.importing import Counts, OlistFolder, open_folder
from services.commands.olist.tables import Problem, UnusableTable


def import_olist(
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", help="The folder with orders.csv, items.csv and reviews.csv.")
    ],
) -> None:
    """Turn the orders of the Olist marketplace into events: one JSON object per line on stdout.

    A journey is an order; its store is the seller of its first item. All events are marked as history, so they page
    nobody. Rows that cannot be used are named on stderr; what is usable of them is still imported, and the exit code
    is 0. It is 2 when a file or a column is missing: then nothing is imported.
    """
    started_at = time.monotonic()
    errors = Console(stderr=True, soft_wrap=True, highlight=False, markup=False)
    try:
        tables = open_folder(folder)
    except UnusableTable as error:
        errors.print(f"Nothing is imported: {error}.")
        raise typer.Exit(2) from error
    counts = Counts()
    try:
        if errors.is_terminal and not sys.stdout.isatty():
            columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
            with Progress(*columns, console=errors, transient=True) as progress:
                _write(tables, counts, errors, progress)
        else:
            errors.print(f"Importing about {tables.lines:,} orders from {folder} ...")
            _write(tables, counts, errors, None)
    except OSError as error:
        # What is still buffered would fail once more, loudly, when the process ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if isinstance(error, BrokenPipeError):  # whoever was reading has seen enough
            raise typer.Exit(1) from error
        errors.print(f"The events cannot be written: {error.strerror}.")
        raise typer.Exit(1) from error
    errors.print(_in_words(counts, time.monotonic() - started_at))


def _write(tables: OlistFolder, counts: Counts, errors: Console, progress: Progress | None) -> None:
    def report(problem: Problem) -> None:
        errors.print(str(problem))

    task = progress.add_task("importing orders", total=tables.lines) if progress else None
    for events in tables.events(counts, report):
        sys.stdout.buffer.write(b"".join(event.to_json() + b"\n" for event in events))
        if progress is not None and task is not None:
            progress.advance(task)
    sys.stdout.buffer.flush()


def _in_words(counts: Counts, seconds: float) -> str:
    problems = len(counts.rows_with_problems)
    parts = [
        f"{counts.orders:,} orders, {counts.events:,} events, {problems:,} rows with problems, in {seconds:.1f} s",
        f"Orders with several sellers: {counts.several_sellers:,}; their store is the seller of the first item",
        f"Orders without a seller: {counts.without_seller:,}; their store is the marketplace",
    ]
    if counts.items_of_no_order or counts.reviews_of_no_order:
        items, reviews = counts.items_of_no_order, counts.reviews_of_no_order
        parts.append(f"{items:,} items and {reviews:,} reviews belong to no order in orders.csv and are left out")
    return ". ".join(parts) + "."
