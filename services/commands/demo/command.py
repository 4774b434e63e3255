"""The command `touchline demo`."""

import asyncio
import tempfile
import time
from contextlib import nullcontext, suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Annotated

import httpx
import typer
from rich.console import Console
from rich.live import Live

from services.chassis.clock import ScaledClock
from services.commands.concept import publish_concepts
from services.commands.concept_files import CONCEPTS
from services.commands.demo.board import Board
from services.commands.demo.day import CLOSES, OPENS, Day
from services.commands.demo.screen import screen, summary
from services.commands.demo.sending import StoreSystems
from services.commands.machine import ENDINGS, Machine
from services.commands.phone import Phone, new_secret
from services.commands.span import Span
from services.commands.watching import Watcher
from touchline_contracts import AnyEvent
from touchline_contracts.alerts import AlertOpened

WHOLE_DAY = timedelta(hours=CLOSES - OPENS)
USUAL_LENGTH = timedelta(seconds=120)
STARTING = timedelta(seconds=9)
"""About how long the services take to start: the day begins when they are ready."""
OTHER_CHANNELS = (
    "TOUCHLINE_SMTP_HOST",
    "TOUCHLINE_APPRISE_URL",
    "TOUCHLINE_APPRISE_URL_FILE",
    "TOUCHLINE_ALERTMANAGER_URL",
)
REFRESHES_PER_SECOND = 4


def demo(
    length: Annotated[
        timedelta,
        typer.Option("--for", parser=Span(), metavar="SPAN", help="How long the day lasts here, such as 30s or 2m."),
    ] = USUAL_LENGTH,
) -> None:
    """Play a simulated day in three stores through the real services, with the clock sped up.

    In two of the stores a promise is made that nobody passes on. One manager is warned and acts, the other does not.
    """
    asyncio.run(_demo(length, started=time.monotonic()))


async def _demo(length: timedelta, *, started: float) -> None:
    console = Console()
    today = datetime.now(UTC).replace(hour=OPENS, minute=0, second=0, microsecond=0)
    clock = ScaledClock(start=today, since=datetime.now(UTC) + STARTING, speed=WHOLE_DAY / length)
    board = Board()
    seconds_to_alert: list[float] = []

    def hear(event: AnyEvent) -> None:
        if isinstance(event.data, AlertOpened) and not seconds_to_alert:
            seconds_to_alert.append(time.monotonic() - started)
        board.hear(event)

    stop = asyncio.Event()
    for number in ENDINGS:
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    secret = new_secret()
    with tempfile.TemporaryDirectory(prefix="touchline-demo-") as directory:
        console.print("Starting the broker, seven touchpoint services, the experience and the alert service ...")
        async with Phone(secret) as phone, httpx.AsyncClient(timeout=10) as client:
            machine = Machine(
                directory=Path(directory),
                say=partial(console.print, markup=False),
                any_ports=True,
                environment={
                    "TOUCHLINE_CLOCK": str(clock),
                    "TOUCHLINE_OUTGOING_ALLOW": "127.0.0.1",
                    "TOUCHLINE_WEBHOOK_URL": phone.url,
                    "TOUCHLINE_FALLBACK_WEBHOOK_URLS": "",
                    "TOUCHLINE_WEBHOOK_SECRET": secret,
                    # Nobody but the simulated managers is told of a simulated day.
                    **dict.fromkeys(OTHER_CHANNELS, ""),
                    # The simulated stores have no keys, and nobody else can reach these services.
                    "TOUCHLINE_KEYS_FILE": "",
                },
            )
            async with machine, Watcher(machine.bootstrap_servers, hear):
                await publish_concepts([CONCEPTS / "hardware-shop.yaml"], machine.bootstrap_servers, now=today)
                systems = StoreSystems(machine, client)
                opens = clock.now()

                def say(store: str, words: str) -> None:
                    board.say(clock.now(), store, words)

                day = Day(opens, clock, systems, say)
                phone.ring = day.ring
                console.print(f"Ready after {time.monotonic() - started:.1f} s. The managers' page: {machine.page}")
                await _play(day, board, clock, machine.page, length, stop, console)
                console.print("Closing the stores ...")
    summary(
        board,
        events=systems.accepted,
        seconds_to_alert=seconds_to_alert[0] if seconds_to_alert else None,
        console=console,
    )


async def _play(
    day: Day, board: Board, clock: ScaledClock, page: str, length: timedelta, stop: asyncio.Event, console: Console
) -> None:
    """Show the day until its time is over, or somebody has had enough."""
    playing = asyncio.create_task(day.run())
    ends = time.monotonic() + length.total_seconds()
    told = 0
    with Live(console=console, auto_refresh=False, transient=False) if console.is_terminal else nullcontext() as live:
        while time.monotonic() < ends and not stop.is_set():
            if playing.done() and playing.exception() is not None:
                playing.result()
            if isinstance(live, Live):
                live.update(screen(board, clock.now(), page, console.width), refresh=True)
            else:
                for at, store, _, words in board.news[told:]:
                    console.print(f"{at:%H:%M} {store}: {words}", highlight=False, soft_wrap=True)
                told = len(board.news)
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), 1 / REFRESHES_PER_SECOND)
    playing.cancel()
    with suppress(asyncio.CancelledError):
        await playing
