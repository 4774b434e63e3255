"""`touchline audit`: what people did, and who they were."""

import json
import sys
from datetime import UTC, datetime
from typing import Annotated

import typer

from services.commands.alert_database import Database, opened
from services.commands.safe_text import on_one_line

MOST = 10_000


def audit(
    user: Annotated[
        str | None, typer.Option(metavar="NAME", help="What this user did, and what was done to them, alone.")
    ] = None,
    since: Annotated[
        str | None, typer.Option(metavar="TIME", help="From then on, such as 2026-11-21T08:00:00+02:00.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=MOST, help="The latest so many.")] = 1000,
    as_json: Annotated[bool, typer.Option("--json", help="Print a JSON object on each line.")] = False,
    database: Database = "touchline.db",
) -> None:
    """Print the audit trail: sign-ins, also refused ones, what was done about alerts, changes of users."""
    begins = None if since is None else _instant(since)
    with opened(database) as store:
        found = store.trail(user, begins, limit)
    for each in found:
        at = each.at.astimezone(UTC).isoformat(timespec="seconds")
        if as_json:
            facts = {"at": each.at.isoformat(), "who": each.who, "what": each.what.value, "which": each.which}
            sys.stdout.write(json.dumps(facts) + "\n")
        else:
            sys.stdout.write(on_one_line(f"{at}  {each.who}  {each.what.value}  {each.which}") + "\n")


def _instant(since: str) -> datetime:
    try:
        begins = datetime.fromisoformat(since)
    except ValueError:
        begins = None
    if begins is None or begins.tzinfo is None:
        raise typer.BadParameter(
            f"--since must be a date and time with a zone, such as 2026-11-21T08:00:00+02:00, got {since!r}"
        )
    return begins
