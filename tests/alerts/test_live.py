"""Open pages are told of changes: together and not one by one, with beats in between, until the process ends."""

import asyncio
import signal
import subprocess
import sys
import time
from contextlib import suppress

import httpx
import pytest

from services.alerts.entrypoints import live as module
from services.alerts.entrypoints.live import Live
from services.chassis.embedded_broker import free_port
from tests.alerts.builders import alert
from tests.alerts.looking import opened
from tests.alerts.waiting import eventually
from tests.processes import ends_with_us

pytestmark = pytest.mark.anyio


class Listener:
    """An open page."""

    def __init__(self, live):
        self.heard = []
        self._task = asyncio.create_task(self._listen(live))

    async def _listen(self, live):
        async for sent in live.events():
            self.heard.append(sent.partition("event: ")[2].partition("\n")[0])
        self.heard.append("end")

    async def leave(self):
        self._task.cancel()
        with suppress(asyncio.CancelledError):
            await self._task


@pytest.fixture
async def live():
    live = Live(pause_seconds=0.2)
    running = asyncio.create_task(live.run())
    yield live
    running.cancel()


async def test_all_open_pages_are_told_of_a_change_and_of_many_at_once_only_once_more(live):
    pages = [Listener(live) for _ in range(3)]
    await eventually(lambda: all(each.heard == ["beat"] for each in pages))

    for _ in range(1000):
        live.changed()
        await asyncio.sleep(0)
    await eventually(lambda: all(each.heard == ["beat", "changed", "changed"] for each in pages))
    live.changed()
    await eventually(lambda: all(each.heard == ["beat", *["changed"] * 3] for each in pages))


async def test_a_page_that_nobody_tells_anything_is_sent_beats():
    page = Listener(Live(beat_seconds=0.01))

    await eventually(lambda: page.heard[:3] == ["beat"] * 3)
    await page.leave()


async def test_a_change_while_a_page_is_being_sent_something_is_told_as_well(live):
    events = live.events()
    await anext(events)
    live.changed()
    await eventually(lambda: live._told == 1)  # noqa: SLF001  # before the page listens again

    async with asyncio.timeout(5):  # sooner than the next beat
        assert "changed" in await anext(events)
    await events.aclose()
    assert live.open == 0


async def test_pages_are_let_go_when_the_process_ends(live):
    pages = [Listener(live) for _ in range(2)]
    await eventually(lambda: live.open == 2)

    live.end()

    await eventually(lambda: [each.heard[-1] for each in pages] == ["end", "end"])
    assert live.open == 0


async def test_no_more_pages_are_told_than_there_is_room_for(page, monkeypatch):
    monkeypatch.setattr(module, "MOST_OPEN", 0)

    assert (await page.http.get("/live")).status_code == 503


async def test_what_somebody_does_is_told_to_all_open_pages(tmp_path):
    async with opened(tmp_path) as page:
        told = page.service.live
        listener = Listener(told)
        await eventually(lambda: listener.heard == ["beat"])
        await page.has(alert())

        await page.http.post(f"/alerts/{alert().alert_id}/acknowledge", headers={"sec-fetch-site": "same-origin"})

        await eventually(lambda: listener.heard == ["beat", "changed"])
        await listener.leave()


def test_a_process_with_open_pages_ends_within_seconds(tmp_path):
    port = free_port()
    environment = {
        "TOUCHLINE_PORT": str(port),
        "KAFKA_BOOTSTRAP_SERVERS": f"127.0.0.1:{free_port()}",
        "TOUCHLINE_DATABASE": str(tmp_path / "alerts.db"),
        "PATH": "/usr/bin:/bin",
    }
    command = [*ends_with_us(), sys.executable, "-m", "services.alerts"]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        started = time.monotonic()
        while True:
            try:
                httpx.get(f"http://127.0.0.1:{port}/health/live").raise_for_status()
                break
            except httpx.TransportError:
                assert time.monotonic() - started < 30
                time.sleep(0.05)
        with httpx.stream("GET", f"http://127.0.0.1:{port}/live", timeout=20) as answer:
            lines = answer.iter_lines()
            assert "beat" in "".join(next(lines) for _ in range(4))
            told = time.monotonic()
            process.send_signal(signal.SIGTERM)
            list(lines)
            let_go = time.monotonic() - told
        assert process.wait(10) == 0
        assert let_go < 2
    finally:
        process.kill()
        process.wait()
