"""What keeps requests from where they must not go: the address is judged as it is found when the connection is made."""

from datetime import UTC, datetime

import httpcore
import httpx
import pytest
from standardwebhooks import Webhook

from services.alerts.adapters.guarding import Forbidden, GuardedNetwork, guarded_client
from services.alerts.adapters.webhook import WebhookChannel
from services.alerts.allowance import PUBLIC_ONLY, allowance
from services.alerts.delivery import Delivery, Fate
from tests.alerts.receiver import LOOPBACK, SECRET, Answer, Receiver

pytestmark = pytest.mark.anyio

PUBLIC, LOCAL = "93.184.215.14", "127.0.0.1"
DELIVERY = Delivery(delivery_id="1", alert_id="1", step=1, channel="webhook", body=b"{}")


class Internet(httpcore.AnyIOBackend):
    """The Internet, in which one public address is that of this machine, since tests reach no further."""

    async def connect_tcp(self, host, *others, **named):
        assert host in {PUBLIC, LOCAL}, f"connected by name: {host}"
        return await super().connect_tcp(LOCAL, *others, **named)


class NameServer:
    """Answers with each of these lists of addresses in turn, and with the last one from then on."""

    def __init__(self, *answers):
        self.answers = list(answers)

    async def __call__(self, host, port):
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


def client(name_server, allowed=PUBLIC_ONLY):
    network = GuardedNetwork(allowed, resolve=name_server, network=Internet())
    return guarded_client(allowed, timeout_seconds=5, network=network)


def posting(client, receiver):
    return client.post(f"http://hooks.example:{receiver.port}/", content=b"{}", headers=signed())


def signed() -> dict[str, str]:
    """What the receiver believes."""
    now = datetime.now(UTC)
    stamp = str(int(now.timestamp()))
    return {"webhook-id": "1", "webhook-timestamp": stamp, "webhook-signature": Webhook(SECRET).sign("1", now, "{}")}


async def test_a_name_that_moves_to_this_machine_after_it_was_public_is_not_followed():
    close = Answer(204, ((b"connection", b"close"),))
    async with Receiver([close]) as receiver, client(NameServer([PUBLIC], [LOCAL])) as ours:
        first = await posting(ours, receiver)
        with pytest.raises(
            httpx.ConnectError, match=r"hooks\.example is at 127\.0\.0\.1, which is not public"
        ) as refused:
            await posting(ours, receiver)

    assert first.status_code == 204
    assert isinstance(refused.value.__cause__, Forbidden)
    assert "TOUCHLINE_OUTGOING_ALLOW" in str(refused.value)
    assert len(receiver.received) == 1


async def test_of_several_addresses_only_those_that_may_be_reached_are():
    async with Receiver() as receiver, client(NameServer([LOCAL, PUBLIC, "10.0.0.1"])) as ours:
        assert (await posting(ours, receiver)).status_code == 204


async def test_a_host_that_is_allowed_by_name_is_reached_wherever_it_is():
    async with Receiver() as receiver, client(NameServer([LOCAL]), allowance(["hooks.example"])) as ours:
        assert (await posting(ours, receiver)).status_code == 204


async def test_a_host_within_an_allowed_network_is_reached():
    async with Receiver() as receiver, client(NameServer([LOCAL]), LOOPBACK) as ours:
        assert (await posting(ours, receiver)).status_code == 204


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "2130706433", "127.1", "0x7f000001", "[::1]", "0.0.0.0"])  # noqa: S104
async def test_however_this_machine_is_written_it_is_not_reached(host):
    async with Receiver() as receiver, WebhookChannel(f"http://{host}:{receiver.port}/hidden", SECRET) as channel:
        attempt = await channel.send(DELIVERY)

    assert attempt.fate is Fate.REFUSED
    assert "is not public: if it is meant, name the host or its network in TOUCHLINE_OUTGOING_ALLOW" in attempt.why
    assert "hidden" not in attempt.why
    assert receiver.received == []


async def test_a_redirect_to_this_machine_is_not_followed():
    async with Receiver() as inner:
        location = ((b"location", inner.url.encode()),)
        async with Receiver([Answer(302, location)]) as outer, client(NameServer([PUBLIC])) as ours:
            assert (await posting(ours, outer)).status_code == 302

    assert inner.received == []


async def test_no_proxy_stands_between_the_guard_and_the_address(monkeypatch):
    async with Receiver() as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        async with client(NameServer([LOCAL])) as ours:
            with pytest.raises(httpx.ConnectError, match="not public"):
                await posting(ours, proxy)

    assert proxy.received == []
