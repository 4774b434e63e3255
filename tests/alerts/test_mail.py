"""E-mails handed to a real mail server: what they say, that those of an alert are one thread, and what goes wrong."""

import asyncio
import ssl
from contextlib import suppress
from dataclasses import replace

import pytest

from services.alerts.adapters.mail import EmailChannel, MailServer
from services.alerts.adapters.telling import deliveries
from services.alerts.delivery import Fate
from services.alerts.domain.alert import State
from services.alerts.domain.decision import Step
from services.alerts.entrypoints.paging import body_of
from services.alerts.settings import AlertSettings
from services.chassis.embedded_broker import free_port
from tests.alerts.builders import alert, broken, told
from tests.alerts.mail_server import HANG, PASSWORD, RESET, TAKEN, USER, Mailbox
from tests.alerts.sending import sending
from tests.apache_kafka.secured import authority, signed

pytestmark = [
    pytest.mark.anyio,
    # Of a connection that is encrypted from its beginning, aiosmtpd does not know that it is.
    pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS"),
]

ALERT = alert().alert_id
SENDER, MANAGERS = "touchline@shop.example", ("anna@shop.example", "peter@shop.example")
ZONE = AlertSettings(time_zone="Europe/Riga").zone
OPENED = told(Step.OPENED)
ESCALATED = told(Step.ESCALATED, finding=broken(), steps=2)
RESOLVED = told(Step.RESOLVED, state=State.RESOLVED, steps=3, closed_at=OPENED.at)


def channel(mailbox: Mailbox, *, total_seconds: float = 5.0, **server) -> EmailChannel:
    return EmailChannel(mailbox.server(**server), SENDER, MANAGERS, ZONE, total_seconds=total_seconds)


def delivery(step=OPENED):
    (only,) = deliveries(step, ["email"], "https://alerts.example")
    return only


async def test_a_letter_says_on_a_lock_screen_what_is_wrong_for_whom_what_to_do_and_until_when():
    async with Mailbox() as mailbox:
        attempt = await channel(mailbox).send(delivery())

    (letter,) = mailbox.letters
    assert attempt.fate is Fate.SENT
    assert attempt.why == ""
    assert letter["Subject"] == (
        "Nobody has confirmed: goods brought over from the second warehouse by 14:00 · riga-1, visit-1043 · "
        "Call the second warehouse and have it confirmed. · until 16:00 EET"
    )
    assert letter["From"] == "Touchline <touchline@shop.example>"
    assert letter["X-Handed-To"] == " ".join(MANAGERS)
    assert letter["Auto-Submitted"] == "auto-generated"
    plain, html = (letter.get_body((kind,)).get_content() for kind in ("plain", "html"))
    for text in (plain, html):
        assert "What to do: Call the second warehouse and have it confirmed." in text
        assert f"https://alerts.example/alerts/{ALERT}" in text


async def test_a_letter_about_what_somebody_has_is_of_little_importance_and_no_other_is():
    async with Mailbox() as mailbox:
        await channel(mailbox).send(delivery())
        await channel(mailbox).send(replace(delivery(), body=body_of(replace(delivery(), taken=True))))

    assert [each["Importance"] for each in mailbox.letters] == [None, "low"]
    assert mailbox.letters[1]["Subject"].startswith("Taken already: Nobody has confirmed")


async def test_a_letter_is_in_the_language_of_its_channel():
    async with Mailbox() as mailbox:
        await EmailChannel(mailbox.server(), SENDER, MANAGERS, ZONE, language="lv").send(delivery(ESCALATED))

    (letter,) = mailbox.letters
    assert letter["Subject"].startswith("Kļuva nopietnāk. Broken promise: goods · riga-1, visit-1043")
    assert "Ko darīt: " in letter.get_body(("plain",)).get_content()


async def test_the_letters_of_an_alert_are_one_thread(tmp_path):
    async with Mailbox() as mailbox:
        for step in (OPENED, ESCALATED, RESOLVED):
            await channel(mailbox).send(delivery(step))

    first, second, third = mailbox.letters
    names = [f"<{ALERT}.{step}.email@shop.example>" for step in (1, 2, 3)]
    assert [each["Message-ID"] for each in mailbox.letters] == names
    assert first["References"] is None
    assert (second["In-Reply-To"], second["References"]) == (names[0], names[0])
    assert (third["In-Reply-To"], third["References"]) == (names[1], f"{names[0]} {names[1]}")
    assert third["Subject"].startswith("Resolved: Nobody has confirmed")


@pytest.mark.parametrize("answer", ["451 4.3.0 Try later, secret.example", "552 5.2.2 Full, secret.example"])
async def test_what_the_server_could_not_take_is_handed_in_again(tmp_path, answer):
    async with Mailbox([answer, TAKEN]) as mailbox, sending(tmp_path, channel=channel(mailbox)) as ours:
        await ours.leave(OPENED)
        await ours.until({f"{ALERT}:1:email": "sent"})

    assert [each["Message-ID"] for each in mailbox.letters] == [f"<{ALERT}.1.email@shop.example>"] * 2
    assert ours.attempts == [Fate.REFUSED, Fate.SENT]


async def test_of_an_answer_only_the_code_is_told():
    async with Mailbox(["552 5.2.2 Full, secret.example"]) as mailbox:
        attempt = await channel(mailbox).send(delivery())

    assert (attempt.fate, attempt.why) == (Fate.REFUSED, "it answers 552")


async def test_a_server_that_hangs_is_given_up_in_time():
    async with Mailbox([HANG]) as mailbox:
        attempt = await channel(mailbox, total_seconds=0.3).send(delivery())

    assert (attempt.fate, attempt.why) == (Fate.REFUSED, "no answer within 0.3 s")
    assert len(mailbox.letters) == 1


async def test_a_server_that_is_just_quick_enough_each_time_is_given_up_in_time_too():
    async def dawdle(reader, writer) -> None:
        answer = b"220 mail.example\r\n"
        with suppress(ConnectionError):
            while not reader.at_eof():
                await asyncio.sleep(0.2)  # a slow server, not a test that waits
                writer.write(answer)
                answer = b"250 OK\r\n"
                await reader.readline()

    server = await asyncio.start_server(dawdle, "127.0.0.1", 0)
    async with server:
        at = MailServer(host="127.0.0.1", port=server.sockets[0].getsockname()[1], security="none")
        slow = EmailChannel(at, SENDER, MANAGERS, ZONE, total_seconds=0.3)
        began = asyncio.get_running_loop().time()
        attempt = await slow.send(delivery())
        took = asyncio.get_running_loop().time() - began

    assert (attempt.fate, attempt.why) == (Fate.REFUSED, "no answer within 0.3 s")
    assert took < 0.5


async def test_a_server_that_does_not_say_good_bye_has_the_letter_all_the_same(tmp_path):
    async with Mailbox(farewell=False) as mailbox:
        attempt = await channel(mailbox).send(delivery())

    assert attempt.fate is Fate.SENT
    assert len(mailbox.letters) == 1


async def test_a_connection_that_breaks_after_the_letter_repeats_it_under_the_same_id(tmp_path):
    async with Mailbox([RESET, TAKEN]) as mailbox, sending(tmp_path, channel=channel(mailbox)) as ours:
        await ours.leave(OPENED)
        await ours.until({f"{ALERT}:1:email": "sent"})

    first, second = mailbox.letters
    assert first["Message-ID"] == second["Message-ID"]
    assert ours.attempts == [Fate.REFUSED, Fate.SENT]


async def test_a_server_that_is_not_there_is_told_without_its_address():
    async with Mailbox() as mailbox:
        attempt = await channel(mailbox, port=free_port()).send(delivery())

    assert (attempt.fate, attempt.why) == (Fate.REFUSED, "the connection failed (SMTPConnectError)")


async def test_when_one_address_is_refused_the_others_are_written_to_once_and_it_is_told():
    async with Mailbox(refused=[MANAGERS[1]]) as mailbox:
        attempt = await channel(mailbox).send(delivery())

    assert (attempt.fate, attempt.why) == (Fate.SENT, "1 of 2 addresses are refused (550)")
    assert [each["X-Handed-To"] for each in mailbox.letters] == [MANAGERS[0]]


async def test_when_every_address_is_refused_nobody_was_told():
    async with Mailbox(refused=MANAGERS) as mailbox:
        attempt = await channel(mailbox).send(delivery())

    assert (attempt.fate, attempt.why) == (Fate.REFUSED, "every address is refused (550)")


@pytest.fixture(scope="module")
def certificates(tmp_path_factory):
    """An authority, and what it has signed for this machine."""
    directory = tmp_path_factory.mktemp("certificates")
    by = authority(directory, "mail")
    certificate, key = signed(directory, by, "localhost", "DNS:localhost")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return by, context


@pytest.mark.parametrize("security", ["starttls", "tls"])
async def test_with_a_user_a_letter_goes_encrypted_and_no_other_way(certificates, monkeypatch, security):
    by, tls = certificates
    monkeypatch.setenv("SSL_CERT_FILE", str(by))
    login = {"user": USER, "password": PASSWORD}
    async with Mailbox(tls=tls, at_once=security == "tls") as mailbox:
        encrypted = await channel(mailbox, security=security, total_seconds=2, **login).send(delivery())
        plain = await channel(mailbox, security="none", total_seconds=2, **login).send(delivery())

    assert encrypted.fate is Fate.SENT
    assert plain.fate is Fate.REFUSED
    assert len(mailbox.letters) == 1


async def test_a_wrong_password_is_told_and_not_tried_again_at_once(certificates, monkeypatch):
    by, tls = certificates
    monkeypatch.setenv("SSL_CERT_FILE", str(by))
    async with Mailbox(tls=tls) as mailbox:
        attempt = await channel(mailbox, security="starttls", user=USER, password="hunter2").send(delivery())

    assert (attempt.fate, attempt.why, attempt.wait_seconds) == (Fate.REFUSED, "the login is refused (535)", 60.0)
    assert mailbox.letters == []


async def test_a_server_whose_certificate_nobody_has_signed_gets_no_password(certificates):
    _, tls = certificates
    async with Mailbox(tls=tls) as mailbox:
        attempt = await channel(mailbox, security="starttls", user=USER, password=PASSWORD).send(delivery())

    assert attempt.fate is Fate.REFUSED
    assert mailbox.letters == []


async def test_a_server_that_cannot_encrypt_gets_no_letter():
    async with Mailbox() as mailbox:
        attempt = await channel(mailbox, security="starttls").send(delivery())

    assert attempt.fate is Fate.REFUSED
    assert attempt.why.startswith("it does not offer what is asked of it")
    assert mailbox.letters == []
