"""Which channels the whole service tells, on a real broker: the first that is set, and those beside it."""

import pytest

from services.chassis.embedded_broker import EmbeddedBroker
from tests.alerts.builders import JOURNEY, broken, evaluation, finding
from tests.alerts.mail_server import Mailbox
from tests.alerts.receiver import Receiver
from tests.alerts.test_service import running

pytestmark = [pytest.mark.anyio, pytest.mark.live]

PEOPLE = {"email_from": "touchline@shop.example", "email_to": "anna@shop.example"}


@pytest.fixture
async def servers():
    async with EmbeddedBroker() as broker:
        yield broker.bootstrap_servers


async def test_alertmanager_is_told_every_step_beside_the_webhook(servers, tmp_path):
    board = Receiver(signed=False)
    others = {"alertmanager_url": f"http://127.0.0.1:{board.port}"}
    async with board, running(servers, tmp_path / "alerts.db", group="alerts", **others) as alerts:
        await alerts.publish(evaluation(JOURNEY, 1, finding()))
        await alerts.publish(evaluation(JOURNEY, 2, broken()))
        await alerts.publish(evaluation(JOURNEY, 3))
        lines = (await alerts.http.get("/metrics")).text.splitlines()

    assert len(alerts.webhooks(JOURNEY)) == 3
    told = [[each["labels"]["severity"] for each in received.body] for received in board.received]
    assert told == [["warning"], ["critical", "warning"], ["critical", "warning"]]
    assert 'touchline_alert_delivery_attempts_total{outcome="delivered",transport="alertmanager"} 3.0' in lines


async def test_without_a_webhook_the_first_channel_that_is_set_is_told(servers, tmp_path):
    async with Mailbox() as mailbox, Receiver(signed=False) as chat:
        others = {"smtp_host": "localhost", "smtp_port": mailbox.port, "smtp_security": "none", **PEOPLE}
        others |= {"apprise_url": f"json://127.0.0.1:{chat.port}/", "webhook_url": None}
        async with running(servers, tmp_path / "alerts.db", group="alerts", **others) as alerts:
            await alerts.publish(evaluation(JOURNEY, 1, finding()))

    assert [each["Subject"].partition(" · ")[0] for each in mailbox.letters] == [finding().headline]
    assert chat.received == []
