"""Event logs for tests: small ones in CSV and XES, a mapping for them, and the command run on both."""

import json
import re
from dataclasses import dataclass
from pathlib import Path

import typer
from click.testing import Result
from typer.testing import CliRunner

from services.commands.import_log import import_log

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "deploy" / "mappings"

MAPPING = """\
log: desk
journey: {column: case}
store: {column: office}
time: {column: at, format: "%d.%m.%Y %H:%M", zone: Europe/Riga}
activity: {column: what}
events:
  - event: customer.arrived
    activity: Came
    data: {channel: {column: how, values: {Telephone: phone, In person: desk}}}
  - event: promise.made
    activity: Promised
    data:
      promise_id: answer
      what: answer
      due: {column: due, format: "%d.%m.%Y %H:%M", zone: Europe/Riga}
      fulfilled_by: {column: team}
  - event: feedback.given
    activity: Rated
    data: {score: {column: stars}, scale_min: 1, scale_max: 5}
"""
HEADER = "case,office,at,what,how,due,team,stars"
CAME = "c-1,riga-1,02.03.2026 09:00,Came,Telephone,,,"
PROMISED = "c-1,riga-1,02.03.2026 09:05,Promised,,02.03.2026 12:00,network,"
RATED = "c-1,riga-1,03.03.2026 09:00,Rated,,,,4"
NOTED = "c-1,riga-1,02.03.2026 10:00,Noted,,,,"
LOG = f"{HEADER}\n{CAME}\n{PROMISED}\n{NOTED}\n{RATED}\n"


@dataclass(frozen=True)
class Run:
    """What a run of the command came to."""

    result: Result
    written: bytes

    @property
    def exit_code(self) -> int:
        return self.result.exit_code

    @property
    def errors(self) -> list[str]:
        """The lines on stderr."""
        return self.result.stderr.splitlines()

    @property
    def events(self) -> list[dict]:
        return [json.loads(line) for line in self.written.splitlines()]

    @property
    def told(self) -> list[tuple[str, str, str, str, object]]:
        """Of each event store, journey, kind, time and data."""
        return [
            (
                event["store"],
                event.get("subject"),
                event["type"].removeprefix("touchline.").removesuffix(".v1"),
                event["time"],
                event["data"],
            )
            for event in self.events
        ]

    @property
    def named_lines(self) -> set[int]:
        """The lines of the log of which something was said."""
        return {int(match[1]) for each in self.errors if (match := re.match(r"log\.\w+:(\d+): ", each))}

    def about(self, line: int) -> list[str]:
        """What was said of a line of the log, without its place."""
        return [each.partition(": ")[2] for each in self.errors if re.match(rf"log\.\w+:{line}: ", each)]


def run_files(*arguments: object) -> Run:
    """Run the command with these arguments."""
    app = typer.Typer(pretty_exceptions_enable=False)
    app.command()(import_log)
    result = CliRunner().invoke(app, [str(each) for each in arguments])
    # Whatever happens, it is told in words.
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    assert "Traceback" not in result.stderr
    return Run(result, result.stdout_bytes)


def run_import(folder: Path, log: str | bytes, mapping: str = MAPPING, *options: str, name: str = "log.csv") -> Run:
    """Run the command on a log and a mapping, which are put into a folder first."""
    (folder / name).write_bytes(log.encode() if isinstance(log, str) else log)
    (folder / "mapping.yaml").write_text(mapping)
    return run_files(folder / name, "--mapping", folder / "mapping.yaml", *options)


def mapping_for(*events: str, **usual: str) -> str:
    """A mapping with the usual columns, of which some are given in another way, and these entries."""
    lines = {
        "log": "desk",
        "journey": "{column: case}",
        "store": "riga-1",
        "time": "{column: at}",
    } | usual
    return (
        "".join(
            [f"{key}: {value}\n" for key, value in lines.items() if value],
        )
        + "events:\n"
        + "".join(f"  - {event}\n" for event in events)
    )
