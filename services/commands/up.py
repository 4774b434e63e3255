"""`touchline up`: the whole of Touchline on this machine, until Ctrl-C."""

import asyncio
import os
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from services.commands.concept import publish_concepts
from services.commands.concept_files import CONCEPTS
from services.commands.machine import ENDINGS, Machine
from services.commands.touchpoint_services import SERVICES

console = Console(stderr=True)


def up(
    data: Annotated[Path, typer.Option(help="Where databases and logs are kept.")] = Path(".touchline"),
    concepts: Annotated[
        Path, typer.Option(help="A folder of service concepts; they are checked and published.")
    ] = CONCEPTS,
    any_ports: Annotated[bool, typer.Option("--any-ports", help="Listen on whichever ports are free.")] = False,
) -> None:
    """Start broker, services and the managers' page on this machine; Ctrl-C stops them.

    With KAFKA_BOOTSTRAP_SERVERS set, that Kafka is used instead of the embedded broker.
    Alerts go to the managers' page, and through the channels that are set, such as TOUCHLINE_WEBHOOK_URL (with
    TOUCHLINE_WEBHOOK_SECRET); `touchline channels test` tries them out.
    """
    asyncio.run(_up(data.resolve(), sorted(concepts.glob("*.yaml")), any_ports=any_ports))


async def _up(data: Path, concepts: list[Path], *, any_ports: bool) -> None:
    stop = asyncio.Event()
    for number in ENDINGS:
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    kafka = os.environ.get("KAFKA_BOOTSTRAP_SERVERS")
    machine = Machine(directory=data, say=partial(console.print, markup=False), kafka=kafka, any_ports=any_ports)
    console.print("Starting ...")
    starting = asyncio.ensure_future(machine.__aenter__())
    stopped = asyncio.ensure_future(stop.wait())
    await asyncio.wait([starting, stopped], return_when=asyncio.FIRST_COMPLETED)
    if not starting.done():
        starting.cancel()
        await asyncio.wait([starting])
        return
    starting.result()
    try:
        await publish_concepts(concepts, machine.bootstrap_servers, now=datetime.now(UTC))
        console.print(_overview(machine))
        console.print(f"\n[bold]The managers' page: {machine.page}[/bold]   Data and logs: {data}   Ctrl-C stops.")
        await stop.wait()
    finally:
        with suppress(OSError):  # the terminal may be gone
            console.print("Stopping ...")
        await machine.__aexit__()
        with suppress(OSError):
            console.print("Stopped.")


def _overview(machine: Machine) -> Table:
    table = Table("service", "takes events at", "documentation", title="Touchline is up", title_justify="left")
    for name in SERVICES:
        table.add_row(name, f"{machine.url(name)}/v1/events", f"{machine.url(name)}/docs")
    return table
