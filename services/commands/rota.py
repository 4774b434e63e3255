"""`touchline rota`: whether somebody is always on call, and who is at a moment."""

import asyncio
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from services.alerts.adapters.calendars import Calendars
from services.alerts.adapters.rota_file import RotaError, Rotas, read_rotas
from services.alerts.allowance import PUBLIC_ONLY
from services.alerts.channel_settings import ChannelSettings
from services.alerts.domain.gaps import shown
from services.alerts.domain.rota import WEEK, Rota
from services.chassis.settings import read_settings

app = typer.Typer(no_args_is_help=True, help="See who is on call, and when nobody is.")

File = Annotated[Path, typer.Argument(metavar="FILE", help="The rotas, in YAML.")]
MOST_GAPS = 20
"""Of more gaps in one rota than this the first are enough to mend it."""


@app.command("check")
def check(
    file: File,
    days: Annotated[int, typer.Option(min=1, max=3660, help="For how many days from now.")] = 28,
) -> None:
    """Read the rotas and their calendars; name every mistake, and when only the last resort is on call.

    Calendars at addresses are fetched. The exit code is 0 when there is nothing to name, and 1 when there is,
    or when the file cannot be read.
    """
    now = datetime.now(UTC).replace(second=0, microsecond=0)
    calendars = _with_calendars(_read(file), now, timedelta(days=days))
    rotas = calendars.rotas
    complete = not (calendars.troubles or calendars.mistakes)
    for line in (*calendars.troubles, *calendars.mistakes):
        sys.stdout.write(f"{line}\n")
    for rota in rotas.all:
        gaps = list(rota.gaps(now, now + timedelta(days=days)))
        stores = ", ".join(rotas.stores_of(rota))
        sys.stdout.write(f"{rota.name} ({stores}): " + (f"{len(gaps)} gaps in {days} days\n" if gaps else "no gap\n"))
        for begins, ends in gaps[:MOST_GAPS]:
            span = f"{shown(begins, rota)} to {shown(ends, rota)}"
            sys.stdout.write(f"  {span}: only {', '.join(rota.last_resort)}\n")
        complete = complete and not gaps
    if not complete:
        raise typer.Exit(1)


@app.command("who")
def who(
    file: File,
    store: Annotated[str, typer.Argument(metavar="STORE", help="The store.")],
    at: Annotated[
        str | None,
        typer.Option(
            metavar="TIME", help="When, by the clock in the store: 2026-11-21 19:00; or with a zone. Without it: now."
        ),
    ] = None,
) -> None:
    """Say who is on call in a store, in the order in which they are told."""
    rotas = _read(file)
    rota = rotas.of(store)
    if rota is None:
        known = ", ".join(each for one in rotas.all for each in rotas.stores_of(one))
        raise _refused(f"no rota is for the store {store!r}, and none for '*'; there are rotas for {known}")
    try:
        moment = datetime.now(UTC) if at is None else datetime.fromisoformat(at)
    except ValueError as error:
        raise _refused(f"--at must be a date and time such as 2026-11-21 19:00, got {at!r}") from error
    moment = moment.replace(tzinfo=rota.zone) if moment.tzinfo is None else moment
    calendars = _with_calendars(rotas, moment, timedelta(days=1))
    for trouble in calendars.troubles:
        sys.stderr.write(f"{trouble}\n")
    rota = calendars.rotas.of(store) or rota
    found = rota.on_call(moment)
    note = "" if found.by_plan else " (nobody by plan: the last resort)"
    sys.stdout.write(
        f"{shown(moment, rota)}, {rota.name}: {', then '.join(found.people)}{note}{_closed(moment, rota)}\n"
    )


def _closed(at: datetime, rota: Rota) -> str:
    if rota.hours is None or rota.hours.is_open(at):
        return ""
    opens = rota.hours.next_opening(at)
    if opens is None:
        return "; closed for good"
    # The day of the week tells which day it is for a week only.
    until = shown(opens, rota) if opens - at >= WEEK else opens.astimezone(rota.zone).strftime("%a %H:%M")
    return f"; closed until {until}"


def _read(file: Path) -> Rotas:
    try:
        return read_rotas(file)
    except (RotaError, OSError) as error:
        raise _refused(str(error)) from error


def _with_calendars(rotas: Rotas, since: datetime, ahead: timedelta) -> Calendars:
    calendars = Calendars(rotas, read_settings(ChannelSettings).allowance if rotas.plans else PUBLIC_ONLY)
    asyncio.run(calendars.refresh(since, ahead=ahead))
    return calendars


def _refused(why: str) -> typer.Exit:
    sys.stderr.write(why + "\n")
    return typer.Exit(1)
