"""`touchline channels test`: sends a message through each channel that is set, and says what became of it."""

import asyncio
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated

import typer

from services.alerts.adapters.trying import trial
from services.alerts.channels import OpenedChannel, channels_beside, channels_in_order
from services.alerts.delivery import Attempt, Fate
from services.alerts.on_call import on_call_from
from services.alerts.settings import AlertSettings
from services.chassis.settings import read_settings

app = typer.Typer(no_args_is_help=True, help="Look after the ways in which the alert service reaches people.")


@app.callback()
def _channels() -> None:
    """Say `test`: with a single command typer would otherwise leave its name out."""


@app.command("test")
def try_channels(
    name: Annotated[str | None, typer.Argument(help="One of them alone, such as webhook-2 or email:anna.")] = None,
) -> None:
    """Send a test message through each channel that is set; it says that nothing is wrong.

    The settings are those of the alert service, from the environment. The exit code is 0 when all have taken it,
    and 1 when one has not, or when there is none.
    """
    settings = read_settings(AlertSettings)
    to_people = [channel for channels in on_call_from(settings).channels.values() for channel in channels]
    channels = [*channels_in_order(settings), *channels_beside(settings), *to_people]
    chosen = [each for each in channels if name in (None, each.name)]
    if not chosen:
        names = ", ".join(each.name for each in channels)
        sys.stderr.write(
            f"There is no channel {name}; set are: {names}\n"
            if channels
            else "No channel is set: set TOUCHLINE_WEBHOOK_URL, TOUCHLINE_SMTP_HOST, TOUCHLINE_APPRISE_URL, "
            "TOUCHLINE_ALERTMANAGER_URL, or TOUCHLINE_ROTA_FILE and TOUCHLINE_PEOPLE_FILE\n"
        )
        raise typer.Exit(1)
    attempts = asyncio.run(_tried(chosen, settings.public_url))
    for channel, attempt in zip(chosen, attempts, strict=True):
        sys.stdout.write(f"{channel.name} ({channel.where}): {_in_words(attempt)}\n")
    if any(each.fate is not Fate.SENT or each.why for each in attempts):
        raise typer.Exit(1)


async def _tried(channels: Sequence[OpenedChannel], page_url: str) -> list[Attempt]:
    return await asyncio.gather(*(_try(each, page_url) for each in channels))


async def _try(channel: OpenedChannel, page_url: str) -> Attempt:
    async with channel:
        return await channel.send(trial(channel.name, page_url, datetime.now(UTC)))


def _in_words(attempt: Attempt) -> str:
    if attempt.fate is not Fate.SENT:
        return f"not taken, {attempt.why}"
    return f"taken, but {attempt.why}" if attempt.why else "taken"
