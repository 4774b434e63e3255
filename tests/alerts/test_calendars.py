"""Calendars that are fetched and read again and again: what one said last counts for as long as it cannot be read."""

import asyncio
import time
from datetime import UTC, datetime, timedelta
from functools import partial
from zoneinfo import ZoneInfo

import pytest

from services.alerts.adapters.calendar_plan import CalendarPlan
from services.alerts.adapters.calendar_process import reading_apart
from services.alerts.adapters.calendar_reading import NoCalendar, Terms
from services.alerts.adapters.calendars import MOST_BYTES, Calendars
from services.alerts.adapters.rota_file import Rotas
from services.alerts.allowance import PUBLIC_ONLY, allowance
from services.alerts.domain.rota import Rota
from services.chassis.embedded_broker import free_port
from tests.alerts.calendar_server import CalendarServer, slowly, without_end
from tests.alerts.ics import calendar, duty
from tests.alerts.receiver import LOOPBACK

pytestmark = pytest.mark.anyio

NOW = datetime(2026, 11, 22, 19, tzinfo=UTC)
RIGA = ZoneInfo("Europe/Riga")
NIGHTLY = calendar(duty("anna", "20261101T200000", "20261102T080000", "RRULE:FREQ=DAILY"))
NAMES = {"anna": "anna", "boris": "boris"}


def calendars(*sources, allowed=LOOPBACK, **named):
    rota = Rota(name="riga", zone=RIGA, last_resort=("owner",))
    plans = {"riga": CalendarPlan(sources=tuple(map(str, sources)), names=NAMES)}
    return Calendars(Rotas({"riga-1": rota}, plans), allowed, **named)


def on_call(found: Calendars, at: datetime = NOW) -> tuple[str, ...]:
    return found.rotas.of("riga-1").on_call(at).people


@pytest.fixture
async def server():
    async with CalendarServer() as server:
        server.gives(NIGHTLY)
        yield server


async def test_whom_a_calendar_at_an_address_names_is_on_call(server):
    found = calendars(server.address)
    assert on_call(found) == ("owner",)

    await found.refresh(NOW)

    assert on_call(found) == ("anna", "owner")
    assert on_call(found, NOW - timedelta(hours=9)) == ("owner",)
    assert (found.troubles, found.mistakes) == ((), ())
    assert b"accept-encoding: identity" in server.requests[0].lower()


async def test_a_change_of_the_calendar_counts_at_the_next_refresh(server):
    found = calendars(server.address)
    await found.refresh(NOW)
    server.gives(NIGHTLY.replace(b"anna", b"boris"))

    await found.refresh(NOW + timedelta(minutes=5))

    assert on_call(found) == ("boris", "owner")


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (("503 Service Unavailable",), "it answers 503"),
        (("404 Not Found",), "it answers 404"),
        (("302 Found", "location: /other"), "it answers 302, a redirect, which is not followed"),
        (("200 OK", "content-encoding: gzip"), "it is compressed"),
        (("200 OK",), "it is no calendar"),
        (slowly, "it did not come within 0.5 s"),
        (without_end, "it is larger than 4 MiB"),
        (None, "the connection failed (ConnectError)"),
        (
            b"HTTP/1.1 200 OK\r\ncontent-length: 900\r\n\r\nBEGIN:VCALENDAR",
            "the connection failed (RemoteProtocolError)",
        ),
        (b"220 mail.example.org ESMTP\r\n", "the connection failed (RemoteProtocolError)"),
    ],
)
async def test_what_it_said_last_counts_whatever_keeps_it_away_and_the_trouble_is_told(server, answer, why):
    found = calendars(server.address, fetching_seconds=0.5 if answer is slowly else 10)
    await found.refresh(NOW)
    if answer is None:
        await server.__aexit__()
    elif isinstance(answer, bytes):
        server.answer = answer
    elif callable(answer):
        server.answer = answer()
    else:
        server.gives(b"<html>", *answer)

    await found.refresh(NOW + timedelta(days=40))

    assert on_call(found, NOW + timedelta(days=90)) == ("anna", "owner")
    (trouble,) = found.troubles
    assert trouble.startswith(f"riga, http://127.0.0.1:{server.port}: {why}")
    assert trouble.endswith("; what it said last counts")
    assert "private-key" not in trouble


async def test_when_it_is_back_the_trouble_is_over(server):
    found = calendars(server.address)
    server.gives(b"", "500 Internal Server Error")
    await found.refresh(NOW)
    assert found.troubles[0].endswith("it answers 500; nobody is on call by it")
    assert on_call(found) == ("owner",)

    server.gives(NIGHTLY)
    await found.refresh(NOW)

    assert found.troubles == ()
    assert on_call(found) == ("anna", "owner")


async def test_a_restart_finds_what_the_calendar_said_last(server, tmp_path):
    await calendars(server.address, kept_in=tmp_path / "kept").refresh(NOW)
    server.gives(b"", "500 Internal Server Error")
    found = calendars(server.address, kept_in=tmp_path / "kept")

    await found.refresh(NOW)

    assert on_call(found) == ("anna", "owner")
    assert [file.suffix for file in (tmp_path / "kept").iterdir()] == [".ics"]
    assert "private-key" not in str(list((tmp_path / "kept").iterdir()))


async def test_a_copy_that_was_damaged_counts_for_nothing_and_is_replaced(server, tmp_path):
    await calendars(server.address, kept_in=tmp_path).refresh(NOW)
    (copy,) = tmp_path.iterdir()
    copy.write_bytes(b"BEGIN:VCAL")
    found = calendars(server.address, kept_in=tmp_path)
    server.gives(b"", "500 Internal Server Error")

    await found.refresh(NOW)
    assert found.troubles[0].endswith("it answers 500; nobody is on call by it")

    server.gives(NIGHTLY)
    await found.refresh(NOW)
    assert (found.troubles, copy.read_bytes()) == ((), NIGHTLY)


async def test_a_folder_that_takes_nothing_is_told_and_the_calendar_counts(server, tmp_path):
    (tmp_path / "file").touch()
    found = calendars(server.address, kept_in=tmp_path / "file")

    for _ in range(2):
        await found.refresh(NOW)

        assert on_call(found) == ("anna", "owner")
        assert "cannot be kept for the next start" in found.troubles[0]


async def test_one_of_several_calendars_that_is_away_keeps_no_other(server, tmp_path):
    file = tmp_path / "boris.ics"
    file.write_bytes(NIGHTLY.replace(b"anna", b"boris"))
    found = calendars(f"http://127.0.0.1:{free_port()}/", file, server.address)

    await found.refresh(NOW)

    assert on_call(found) == ("boris", "anna", "owner")
    assert len(found.troubles) == 1


@pytest.mark.parametrize(
    ("allowed", "address", "why"),
    [
        (PUBLIC_ONLY, "http://127.0.0.1:{port}/", "its address has to begin with https://"),
        (PUBLIC_ONLY, "https://127.0.0.1:{port}/", "which is not public: if it is meant, name the host"),
        (allowance(["10.0.0.0/8"]), "http://127.0.0.1:{port}/", "its address has to begin with https://"),
        (allowance(["10.0.0.0/8"]), "http://localhost:{port}/", "its address has to begin with https://"),
        (PUBLIC_ONLY, f"https://{'x' * 70}.example.org/", "the connection failed"),
    ],
)
async def test_nothing_is_fetched_from_where_it_must_not_be(server, allowed, address, why):
    found = calendars(address.format(port=server.port), allowed=allowed)

    await found.refresh(NOW)

    assert why in found.troubles[0]
    assert server.requests == []


async def test_a_host_that_is_named_may_give_a_calendar_without_encryption(server):
    found = calendars(f"http://localhost:{server.port}/", allowed=allowance(["localhost"]))

    await found.refresh(NOW)

    assert on_call(found) == ("anna", "owner")


@pytest.mark.parametrize("made", ["none", "folder", "too large"])
async def test_a_file_that_cannot_be_read_is_told(tmp_path, made):
    file = tmp_path / "riga.ics"
    if made == "folder":
        file.mkdir()
    if made == "too large":
        file.write_bytes(b" " * (MOST_BYTES + 1))
    found = calendars(file)

    await found.refresh(NOW)

    why = {"none": "there is no such file", "folder": "it is no file", "too large": "it is larger than 4 MiB"}[made]
    assert found.troubles == (f"riga, {file}: {why}; nobody is on call by it",)


async def test_a_rule_that_never_comes_true_holds_nothing_up(tmp_path):
    rules = [
        duty("anna", "20261101T200000", "20261102T080000", "RRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30", uid=str(number))
        for number in range(100)
    ]
    file = tmp_path / "riga.ics"
    file.write_bytes(NIGHTLY)
    found = calendars(file, read=partial(reading_apart, most_seconds=5))
    await found.refresh(NOW)
    file.write_bytes(calendar(*rules))
    ticks = 0

    async def tick():
        nonlocal ticks
        while True:
            await asyncio.sleep(0.05)
            ticks += 1

    ticking = asyncio.create_task(tick())
    began = time.monotonic()
    await found.refresh(NOW)
    ticking.cancel()

    assert "it takes longer than 5 s to read" in found.troubles[0]
    assert on_call(found) == ("anna", "owner")
    assert time.monotonic() - began < 15
    assert ticks > 10  # what else the service does goes on


async def test_a_calendar_that_takes_too_much_memory_is_refused():
    day = datetime(2026, 11, 22, tzinfo=UTC)
    dates = ",".join(f"{day + timedelta(seconds=each):%Y%m%dT%H%M%SZ}" for each in range(20_000))
    content = calendar(duty("anna", "20261101T200000", "20261102T080000", f"RDATE:{dates}"))
    terms = Terms(zone=RIGA, names=NAMES, since=NOW, until=NOW + timedelta(days=60))

    with pytest.raises(NoCalendar, match="it takes more than 64 MiB of memory to read"):
        await reading_apart(content, terms, most_memory_bytes=64 << 20)
