"""The commands that start everything on one machine, as a newcomer runs them: in processes of their own."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.brokers import Broker
from touchline_contracts import new_event
from touchline_contracts.fields import Fields
from touchline_contracts.greeting import CustomerArrived, CustomerGreeted
from touchline_contracts.promises import PromiseDeclined, PromiseMade

pytestmark = pytest.mark.live

TOUCHLINE = (sys.executable, "-m", "services.commands.main")
ENVIRONMENT = {name: value for name, value in os.environ.items() if not name.startswith(("TOUCHLINE", "KAFKA"))}
PATIENCE_SECONDS = 90


def test_the_demo_shows_a_save_and_a_loss_and_ends_by_itself() -> None:
    ended = subprocess.run(
        [*TOUCHLINE, "demo", "--for", "25s"], capture_output=True, text=True, timeout=180, env=ENVIRONMENT, check=False
    )

    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "WARNING: Nobody has confirmed: goods from the second warehouse" in ended.stdout
    assert "ESCALATED: Broken promise: goods from the second warehouse" in ended.stdout
    assert int(number_after("saves", ended.stdout)) >= 1
    assert int(number_after("alerts", ended.stdout)) >= 2
    assert int(number_after("journeys evaluated", ended.stdout)) > 20
    assert float(number_after("first alert", ended.stdout)) < 20


def test_a_story_is_played_for_programs_as_one_json_object() -> None:
    ended = subprocess.run(
        [*TOUCHLINE, "play", "warehouse", "--json"],
        capture_output=True, text=True, timeout=120, env=ENVIRONMENT, check=True,
    )  # fmt: skip

    played = json.loads(ended.stdout)
    branches = {journey["branch"]: journey for journey in played["journeys"]}
    assert all(expected["came_out"] for expected in played["expected"])
    assert branches["e"]["kv"] < branches["a"]["kv"] <= branches["b"]["kv"]
    assert [branches[name]["grade"] for name in "abcde"] == [None, None, "saved", "saved", "lost"]


def test_up_starts_everything_takes_an_event_and_stops_on_ctrl_c(tmp_path: Path, broker: Broker) -> None:
    with up(tmp_path, broker) as process:
        page, greeting = addresses(tmp_path, process)
        tell(greeting, "1", CustomerArrived(channel="door"), datetime.now(UTC))
        until(lambda: "1 journey" in httpx.get(page).text)

        process.send_signal(signal.SIGINT)
        began = time.monotonic()
        assert process.wait(timeout=30) == 0
        assert time.monotonic() - began < 15
    with pytest.raises(httpx.ConnectError):
        httpx.get(page)


def test_what_a_manager_reports_ends_the_alert(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("a-key-that-nobody-can-guess")
    keyed = {"TOUCHLINE_ACTIONS_KEY_FILE": str(tmp_path / "key")}
    with up(tmp_path, more=keyed) as process:
        page, greeting = addresses(tmp_path, process)
        promises = address_of("promises", tmp_path)
        now = datetime.now(UTC)
        goods = {"promise_id": "goods", "by_unit": "second_warehouse"}
        made = PromiseMade(
            promise_id="goods",
            what="goods_from_second_warehouse",
            due=now + timedelta(hours=2),
            fulfilled_by="second_warehouse",
        )
        tell(greeting, "1", CustomerArrived(channel="door"), now)
        tell(greeting, "greeted", CustomerGreeted(), now)
        tell(promises, "2", made, now)
        tell(promises, "3", PromiseDeclined(**goods, reason="no van"), now)
        until(lambda: alerts(page, "open"))
        (alert,) = alerts(page, "open")

        answer = httpx.post(
            f"{page}/v1/alerts/{alert['alert_id']}/report",
            json={"by": "duty-7", "report": "kept", "comment": "I have brought them over myself."},
            headers={"authorization": "Bearer a-key-that-nobody-can-guess"},
        )
        assert answer.status_code == httpx.codes.OK, answer.text
        until(lambda: alerts(page, "resolved"))
        (resolved,) = alerts(page, "resolved")
        assert resolved["acknowledged"]["by"] == "duty-7"
        assert resolved["forecast"] > 1


def test_nothing_is_left_running_when_the_terminal_is_closed(tmp_path: Path) -> None:
    with up(tmp_path) as process:
        page, greeting = addresses(tmp_path, process)
        process.send_signal(signal.SIGHUP)
        assert process.wait(timeout=30) == 0
    assert not answers(page)
    assert not answers(greeting)


@pytest.mark.parametrize("kind", ["apache"], indirect=True)  # one will do: it is the command that starts it again
def test_a_service_that_dies_is_started_again_and_goes_on(tmp_path: Path, broker: Broker) -> None:
    with up(tmp_path, broker) as process:
        page, _ = addresses(tmp_path, process)
        children = subprocess.run(
            ["pgrep", "-P", str(process.pid), "-f", "services.alerts"], capture_output=True, text=True, check=True
        ).stdout.split()
        os.kill(int(children[0]), signal.SIGKILL)
        until(lambda: not answers(page))
        until(lambda: answers(page))


def test_a_port_that_is_taken_is_named(tmp_path: Path) -> None:
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(("127.0.0.1", 8101))
            listener.listen()
        except OSError:
            pass  # somebody else listens there, which serves as well
        ended = subprocess.run(
            [*TOUCHLINE, "up", "--data", str(tmp_path)],
            capture_output=True, text=True, timeout=60, check=False, env=ENVIRONMENT,
        )  # fmt: skip

    assert ended.returncode == 1
    assert "Port 8101, which the greeting service needs, is taken" in ended.stderr


def number_after(label: str, text: str) -> str:
    found = re.search(rf"{label}\D*?([\d.]+)", text.split("The day in numbers")[1])
    assert found is not None, text
    return found[1]


@contextmanager
def up(
    directory: Path, broker: Broker | None = None, more: Mapping[str, str] | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """Everything on one machine, on that broker; an embedded one it brings itself."""
    named = {} if broker is None or broker.kind == "embedded" else {"KAFKA_BOOTSTRAP_SERVERS": broker.bootstrap_servers}
    command = [*TOUCHLINE, "up", "--data", str(directory / "data"), "--any-ports"]
    with (directory / "out").open("wb") as out:
        process = subprocess.Popen(command, stdout=out, stderr=out, env={**ENVIRONMENT, **named, **(more or {})})
        try:
            yield process
        finally:
            if process.poll() is None:
                process.terminate()
                process.wait(timeout=30)


def addresses(directory: Path, process: subprocess.Popen[bytes]) -> tuple[str, str]:
    """Where the managers' page and the greeting service are, once everything is up."""

    def printed() -> str:
        assert process.poll() is None, (directory / "out").read_text()
        return (directory / "out").read_text()

    until(lambda: "managers' page" in printed())
    page = re.search(r"page:\s*(http://[\d.:]+)", printed())
    assert page is not None
    return page[1], address_of("greeting", directory)


def address_of(service: str, directory: Path) -> str:
    """Where a service takes events, as it was printed."""
    found = re.search(rf"{service}\s*│\s*(http://[\d.:]+)", (directory / "out").read_text())
    assert found is not None
    return found[1]


def tell(service: str, number: str, data: Fields, at: datetime) -> None:
    event = new_event(data, id=number, source="/till", store="riga-1", subject="v", time=at)
    headers = {"content-type": "application/cloudevents+json"}
    answer = httpx.post(f"{service}/v1/events", content=event.to_json(), headers=headers)
    assert answer.status_code == httpx.codes.ACCEPTED, answer.text


def alerts(page: str, state: str) -> list[dict[str, Any]]:
    return httpx.get(f"{page}/v1/alerts", params={"state": state}).json()["alerts"]


def answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/health/ready").status_code == httpx.codes.OK
    except httpx.HTTPError:
        return False


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < deadline, "it did not come to pass"
        time.sleep(0.1)
