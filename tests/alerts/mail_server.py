"""A mail server on this machine, which answers as it is told: a real one, of which tests say what goes wrong."""

import asyncio
import ssl
from collections.abc import Callable, Sequence
from email import message_from_bytes, policy
from email.message import EmailMessage
from functools import partial
from typing import Any, Self

from aiosmtpd.smtp import SMTP, AuthResult

from services.alerts.adapters.mail import MailServer

USER, PASSWORD = "touchline", "correct horse battery staple"
TAKEN = "250 Taken"

HANG, RESET = "hang", "reset"
"""What to do in place of an answer."""


class Mailbox:
    """Takes letters, answering each with one of `answers` in turn, and with the last one from then on."""

    def __init__(
        self,
        answers: Sequence[str] = (TAKEN,),
        *,
        refused: Sequence[str] = (),
        tls: ssl.SSLContext | None = None,
        at_once: bool = False,
        farewell: bool = True,
    ) -> None:
        """`refused`: addresses for which nothing is taken. With `tls`, who hands in has to log in, encrypted.

        That begins with STARTTLS, or `at_once`. Without `farewell` it does not answer to QUIT.
        """
        self.letters: list[EmailMessage] = []
        """All that were handed in, whatever became of them."""
        self._answers, self._refused, self._tls = answers, refused, tls
        self._at_once, self._farewell = at_once, farewell
        self._hung_up = asyncio.Event()
        self._server: asyncio.Server | None = None
        self.port = 0

    def server(self, **changes: Any) -> MailServer:
        """What a channel has to be told of it."""
        usual = {"host": "localhost", "port": self.port, "security": "none"}
        return MailServer(**usual | changes)

    async def __aenter__(self) -> Self:
        # Of a connection that is encrypted from its beginning, aiosmtpd does not know that it is.
        secured = {"auth_required": True, "auth_require_tls": not self._at_once} if self._tls else {}
        if self._tls and not self._at_once:
            secured |= {"tls_context": self._tls, "require_starttls": True}
        protocol: Callable[[], Any] = partial(
            SMTP, self, authenticator=_authenticate, hostname="mail.example", **secured
        )
        self._server = await asyncio.get_running_loop().create_server(
            protocol, "127.0.0.1", 0, ssl=self._tls if self._at_once else None
        )
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._hung_up.set()
        self._server.close()
        await self._server.wait_closed()

    async def handle_RCPT(self, _server, _session, envelope, address, _options) -> str:  # noqa: N802
        if address in self._refused:
            return "550 5.1.1 Nobody of that name at secret.example"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_QUIT(self, _server, _session, _envelope) -> str:  # noqa: N802
        if not self._farewell:
            await self._hung_up.wait()
        return "221 Bye"

    async def handle_DATA(self, server, _session, envelope) -> str:  # noqa: N802
        answer = self._answers[min(len(self.letters), len(self._answers) - 1)]
        letter = message_from_bytes(envelope.content, policy=policy.default)
        letter["X-Handed-To"] = " ".join(envelope.rcpt_tos)
        self.letters.append(letter)
        if answer == HANG:
            await self._hung_up.wait()
        if answer == RESET:
            server.transport.abort()
        return answer


def _authenticate(_server, _session, _envelope, _mechanism, data) -> AuthResult:
    return AuthResult(success=(data.login, data.password) == (USER.encode(), PASSWORD.encode()), handled=False)
