"""`touchline dead-letters list | show | resend`: the messages that could not be read, why, and their bytes."""

import asyncio
import json
import sys
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from rich.console import Console
from rich.table import Table

from services.commands.dead_letters_resend import resend
from services.commands.kafka_reading import DEFAULT_SERVERS, NoKafka, Servers, reading
from services.commands.letters import Letter, as_text, letter_from
from services.commands.safe_text import hex_dump, on_one_line, readable
from touchline_contracts import DEAD_LETTERS

FIRST_CHARACTERS = 40
WIDE = 200
"""Columns of a table that nobody's terminal bounds."""

dead_letters_app = typer.Typer(
    no_args_is_help=True, help="Look at the messages that could not be read, and send them again."
)


@dead_letters_app.command("list")
def list_letters(
    servers: Servers = DEFAULT_SERVERS,
    as_json: Annotated[bool, typer.Option("--json", help="Print a JSON array instead of a table.")] = False,
) -> None:
    """List all dead letters, the oldest first: when, why, where each came from, and how it begins."""
    letters = _letters(servers)
    if as_json:
        sys.stdout.write(json.dumps([letter.as_json() for letter in letters], indent=2) + "\n")
    elif not letters:
        sys.stdout.write(f"No dead letters: every message so far could be read ({DEAD_LETTERS.name} is empty).\n")
    else:
        console = Console(highlight=False, markup=False)
        console = console if console.is_terminal else Console(highlight=False, markup=False, width=WIDE)
        console.print(_table(letters))


@dead_letters_app.command("show")
def show_letter(
    which: Annotated[
        str, typer.Argument(metavar="NUMBER|PARTITION:OFFSET", help="Its number in the list, or where it came from.")
    ],
    servers: Servers = DEFAULT_SERVERS,
    raw: Annotated[bool, typer.Option("--raw", help="Write the bytes as they came, and nothing else.")] = False,
) -> None:
    """Show one dead letter: everything that is known of it, and its bytes; as text if they are text."""
    letter = _chosen(_letters(servers), which)
    if raw:
        sys.stdout.buffer.write(letter.value or b"")
        sys.stdout.buffer.flush()
        return
    lines = [f"{on_one_line(name)}: {on_one_line(value)}" for name, value in letter.facts()]
    sys.stdout.write("\n".join([*lines, "", _body(letter.value)]) + "\n")


@dead_letters_app.command("resend")
def resend_letters(
    which: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[NUMBER|PARTITION:OFFSET]...", help="Their numbers in the list, or where they came from."
        ),
    ] = None,
    servers: Servers = DEFAULT_SERVERS,
    every: Annotated[bool, typer.Option("--all", help="All of them.")] = False,
    reason: Annotated[
        str | None, typer.Option(metavar="REASON", help="Those that were set aside for this reason, such as wrong_key.")
    ] = None,
    body: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Of one letter: send the mended event in this file in its place."),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Also what would only be set aside again.")] = False,
) -> None:
    """Send dead letters back to the topic that they came from, once they can be read.

    Because the services can read more by now, or because you mend one: `show NUMBER --raw > event.json`, change it,
    `resend NUMBER --body event.json`. Each goes out under the key that its event asks for. A letter stays in the list,
    and to send it again is harmless: an event counts once. The exit code is 1 when one of them was not sent.
    """
    if bool(which) + every + (reason is not None) != 1:
        _stop("Say which: numbers, --all, or --reason REASON.", code=2)
    if body is not None and len(which or ()) != 1:
        _stop("--body takes the place of one letter: name that one by its number.", code=2)
    letters = _letters(servers)
    chosen = [_chosen(letters, each) for each in which or ()] or [
        each for each in letters if every or each.reason == reason
    ]
    try:
        mended = None if body is None else body.read_bytes().strip()
    except OSError as error:
        _stop(f"{body} cannot be read: {error.strerror}", code=2)
    try:
        resent = asyncio.run(resend(chosen, servers, body=mended, force=force))
    except NoKafka as error:
        _stop(str(error), code=2)
    for each in resent:
        (sys.stdout if each.sent else sys.stderr).write(f"{each.letter.number}: {each.words}\n")
    sent = sum(each.sent for each in resent)
    sys.stdout.write(f"{sent} of {len(resent)} sent.\n")
    if sent < len(resent):
        raise typer.Exit(1)


def _letters(servers: str) -> list[Letter]:
    async def read() -> list[Letter]:
        records = []
        async with reading(DEAD_LETTERS.name, servers) as topic:
            async for some in topic.until_now():
                records += some
        records.sort(key=lambda record: (record.partition, record.offset))  # the numbers stay as they are
        return [letter_from(record, number) for number, record in enumerate(records, start=1)]

    try:
        return asyncio.run(read())
    except NoKafka as error:
        _stop(str(error), code=2)


def _chosen(letters: list[Letter], which: str) -> Letter:
    """The letter that `which` names, by its number or by where it came from."""
    if not letters:
        _stop("There are no dead letters.")
    if which.isascii() and which.isdecimal():
        if not 1 <= int(which[:9]) <= len(letters):
            _stop(f"There is no dead letter {which}: they are numbered from 1 to {len(letters)}.")
        return letters[int(which[:9]) - 1]
    partition, _, offset = which.rpartition(":")
    if not (partition and offset):
        _stop(f"{which!a} names no dead letter: give its number in the list, or the PARTITION:OFFSET it came from.")
    found = [letter for letter in letters if which in (letter.place, f"{letter.topic}:{letter.place}")]
    if not found:
        _stop(f"No dead letter came from {which!a}: `touchline dead-letters list` names where each came from.")
    if len(found) > 1:
        numbers = ", ".join(str(letter.number) for letter in found)
        _stop(f"Several dead letters came from {which}: name one of them by its number, {numbers}.")
    return found[0]


def _table(letters: list[Letter]) -> Table:
    table = Table("number", "set aside", "reason", "came from", "bytes", "begins")
    table.columns[0].justify = table.columns[4].justify = "right"
    for letter in letters:
        begins = "(no value)" if letter.value is None else as_text(letter.value[: 4 * FIRST_CHARACTERS])
        table.add_row(
            str(letter.number),
            _to_the_second(letter.set_aside_at),
            on_one_line(letter.reason),
            on_one_line(f"{letter.topic} {letter.place}"),
            str(len(letter.value or b"")),
            on_one_line(begins)[:FIRST_CHARACTERS],
        )
    return table


def _body(value: bytes | None) -> str:
    if value is None:
        return "(no value: the message is a tombstone)"
    if not value:
        return "(an empty value: no bytes)"
    try:
        text = value.decode()
    except UnicodeDecodeError:
        return hex_dump(value)
    with suppress(ValueError, RecursionError):  # text of another kind
        # JSON is written on many lines, so that people can read it; --raw gives it as it came.
        text = json.dumps(json.loads(text), indent=2, ensure_ascii=False)
    return readable(text)


def _to_the_second(written: str) -> str:
    try:
        return datetime.fromisoformat(written).isoformat(" ", "seconds")
    except ValueError:
        return on_one_line(written)


def _stop(why: str, *, code: int = 1) -> NoReturn:
    sys.stderr.write(why + "\n")
    raise typer.Exit(code)
