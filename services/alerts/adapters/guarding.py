"""The guard of outgoing requests: they connect only to addresses that they may reach, as found when they connect.

To check a name before, and let the library look it up again, would be no guard: a name server may answer differently.
"""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

import httpcore
import httpx

from services.alerts.allowance import Allowance

KEPT_OPEN_SECONDS = 5.0
"""A connection that nobody needs is closed after that."""

Resolve = Callable[[str, int], Awaitable[list[str]]]
"""The addresses of a host, in the order in which they are to be tried."""


class Forbidden(httpcore.ConnectError):
    """A host is at no address that may be reached. The text says so, and what to set if it is meant to be."""


class GuardedNetwork(httpcore.AsyncNetworkBackend):
    """Connects to the very address that was checked. Certificates are still checked against the host's name."""

    def __init__(
        self,
        allowed: Allowance,
        *,
        resolve: Resolve | None = None,
        network: httpcore.AsyncNetworkBackend | None = None,
    ) -> None:
        self._allowed = allowed
        self._resolve = resolve or _resolve
        self._network = network or httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109  # the base has it
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Connect to the first address that may be reached and answers. Raises `Forbidden` when there is none."""
        found = await self._resolve(host, port)
        addresses = found if self._allowed.names(host) else [each for each in found if self._allowed.permits(each)]
        if not addresses:
            raise Forbidden(
                f"{host} is at {', '.join(found)}, which is not public: if it is meant, name the host or its network "
                "in TOUCHLINE_OUTGOING_ALLOW"
            )
        failed: Exception = Forbidden(host)
        for address in addresses:
            try:
                return await self._network.connect_tcp(address, port, timeout, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failed = error
        raise failed


def guarded_client(
    allowed: Allowance, *, timeout_seconds: float, network: httpcore.AsyncNetworkBackend | None = None
) -> httpx.AsyncClient:
    """A client that follows no redirects, asks no proxy, and reaches only what it may. `network` is for tests."""
    transport = httpx.AsyncHTTPTransport()
    # httpx takes no network of one's own: the pool is the one that it would have made itself, but for that.
    transport._pool = httpcore.AsyncConnectionPool(  # noqa: SLF001
        ssl_context=httpx.create_ssl_context(),
        keepalive_expiry=KEPT_OPEN_SECONDS,
        network_backend=network or GuardedNetwork(allowed),
    )
    return httpx.AsyncClient(transport=transport, follow_redirects=False, timeout=timeout_seconds)


async def _resolve(host: str, port: int) -> list[str]:
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError as error:
        raise httpcore.ConnectError("the name is not known") from error
    return list(dict.fromkeys(str(address[0]) for *_, address in found))
