"""E-mail: each step of an alert as a letter, handed to one mail server. The letters of an alert are one thread."""

import asyncio
import json
import socket
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import Literal, Self

import aiosmtplib

from services.alerts.adapters.digest import message_of
from services.alerts.delivery import Attempt, Delivery, Fate
from touchline_contracts.words import ENGLISH

TOTAL_SECONDS = 15.0
"""For one attempt, from looking up the name to the server's word that it has the letter."""
FAREWELL_SECONDS = 1.0
AFTER_REFUSED_LOGIN_SECONDS = 60.0
"""Servers lock out who tries a wrong password too often."""

Security = Literal["starttls", "tls", "none"]
"""How what is said to a mail server is encrypted: from the first answer on, from the beginning, or not at all."""
PORTS: dict[Security, int] = {"starttls": 587, "tls": 465, "none": 25}
"""Where mail servers listen for it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class MailServer:
    """Where letters are handed in."""

    host: str
    port: int
    security: Security
    user: str | None = None
    password: str | None = field(default=None, repr=False)


class EmailChannel:
    """Hands letters to a mail server. Implements `ports.Channel`; use as an asynchronous context manager."""

    def __init__(
        self,
        server: MailServer,
        sender: str,
        recipients: tuple[str, ...],
        zone: tzinfo,
        *,
        language: str = ENGLISH,
        name: str = "email",
        total_seconds: float = TOTAL_SECONDS,
    ) -> None:
        """`zone` and `language` are those of letters. `name` stays the same for ever: it is part of a letter's id."""
        self.name = name
        self.where = f"e-mail by {server.host}:{server.port}"
        self._server, self._zone, self._language, self._total_seconds = server, zone, language, total_seconds
        self._sender, self._recipients = sender, recipients

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        """Each attempt has a connection of its own, which is closed by now."""

    async def send(self, delivery: Delivery) -> Attempt:
        """Hand it in once. Texts of the server's answers may quote addresses: only its codes are told."""
        wait_seconds = None
        try:
            async with asyncio.timeout(self._total_seconds):
                refused = await self._hand_in(self._letter(delivery))
            if not refused:
                return Attempt(fate=Fate.SENT)
            # The others have it: once more would be once too often for them.
            codes = ", ".join(sorted({str(each.code) for each in refused.values()}))
            of = len(self._recipients)
            return Attempt(fate=Fate.SENT, why=f"{len(refused)} of {of} addresses are refused ({codes})")
        except TimeoutError:
            why = f"no answer within {self._total_seconds:g} s"
        except aiosmtplib.SMTPRecipientsRefused as error:
            codes = ", ".join(sorted({str(each.code) for each in error.recipients}))
            why = f"every address is refused ({codes})"
        except aiosmtplib.SMTPAuthenticationError as error:
            why, wait_seconds = f"the login is refused ({error.code})", AFTER_REFUSED_LOGIN_SECONDS
        except aiosmtplib.SMTPResponseException as error:
            why = f"it answers {error.code}"
        except OSError as error:
            why = f"the connection failed ({type(error).__name__})"
        except aiosmtplib.SMTPException:
            why = "it does not offer what is asked of it: STARTTLS, a login, or addresses beyond ASCII"
        return Attempt(fate=Fate.REFUSED, why=why, wait_seconds=wait_seconds)

    async def _hand_in(self, letter: EmailMessage) -> dict[str, aiosmtplib.SMTPResponse]:
        """Returns the addresses that were refused, when others were not."""
        server = self._server
        client = aiosmtplib.SMTP(
            hostname=server.host,
            port=server.port,
            username=server.user,
            password=server.password,
            use_tls=server.security == "tls",
            start_tls=server.security == "starttls",
            # Not the full name: to find that out, the resolver is asked, who may not answer.
            local_hostname=socket.gethostname(),
            timeout=self._total_seconds,
        )
        try:
            await client.connect()
            refused, _ = await client.send_message(letter, sender=self._sender, recipients=self._recipients)
            # The server has the letter: that it is slow to say good-bye is no reason to hand it in once more.
            with suppress(TimeoutError, aiosmtplib.SMTPException, OSError):
                async with asyncio.timeout(FAREWELL_SECONDS):
                    await client.quit()
            return refused
        finally:
            client.close()

    def _letter(self, delivery: Delivery) -> EmailMessage:
        message = message_of(delivery.body, self._zone, self._language)
        letter = EmailMessage(policy=SMTP)
        letter["Subject"] = message.subject
        letter["From"] = Address("Touchline", addr_spec=self._sender)
        letter["To"] = ", ".join(self._recipients)
        # The network's time, whatever clock we were handed: letters with another date count as unwanted.
        letter["Date"] = format_datetime(datetime.now(UTC))
        letter["Message-ID"] = self._letter_id(delivery, delivery.step)
        if delivery.step > 1:
            before = [self._letter_id(delivery, step) for step in sorted({1, delivery.step - 1})]
            letter["In-Reply-To"] = before[-1]
            letter["References"] = " ".join(before)
        if json.loads(delivery.body)["data"].get("taken"):
            letter["Importance"] = "low"  # somebody has it already: no telephone needs to ring
        letter["Auto-Submitted"] = "auto-generated"  # so that nobody's absence is answered
        letter.set_content(message.text)
        letter.add_alternative(message.html, subtype="html")
        return letter

    def _letter_id(self, delivery: Delivery, step: int) -> str:
        """The same however often it is sent, so that mail programs can tell."""
        return f"<{delivery.alert_id}.{step}.{self.name}@{self._sender.rpartition('@')[2]}>"
