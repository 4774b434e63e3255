"""Fetching a document from somebody else's server: where we may, of a bounded size, for a limited time."""

import asyncio
import ssl
from ipaddress import ip_address
from urllib.parse import urlsplit

import httpx

from services.alerts.adapters.guarding import Forbidden, guarded_client
from services.alerts.allowance import Allowance

TOTAL_SECONDS = 15.0
"""For one document, from looking up the name to its last byte."""


class NotFetched(Exception):
    """A document did not come. The text says why and never quotes its address, which often is the key to it."""


def where(address: str) -> str:
    """As much of an address as may be shown."""
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.hostname}" + (f":{parts.port}" if parts.port else "")


async def fetch(address: str, allowed: Allowance, *, most_bytes: int, total_seconds: float = TOTAL_SECONDS) -> bytes:
    """Fetch a document. Raises NotFetched, after `total_seconds` at the latest."""
    if not (address.startswith("https://") or _may_be_plain(address, allowed)):
        raise NotFetched(
            "its address has to begin with https://, or its host or network has to be named in TOUCHLINE_OUTGOING_ALLOW"
        )
    # Not compressed: a small answer could become a large one.
    headers = {"user-agent": "Touchline", "accept": "text/calendar, */*", "accept-encoding": "identity"}
    try:
        async with (
            asyncio.timeout(total_seconds),
            guarded_client(allowed, timeout_seconds=total_seconds) as client,
            client.stream("GET", address, headers=headers) as response,
        ):
            return await _content(response, most_bytes)
    except (TimeoutError, httpx.TimeoutException) as error:
        raise NotFetched(f"it did not come within {total_seconds:g} s") from error
    except (httpx.HTTPError, httpx.InvalidURL, ssl.SSLError, OSError, UnicodeError) as error:
        forbidden = isinstance(error.__cause__, Forbidden)
        # Any other text may quote the address.
        why = str(error.__cause__) if forbidden else f"the connection failed ({type(error).__name__})"
        raise NotFetched(why) from error


async def _content(response: httpx.Response, most_bytes: int) -> bytes:
    if response.is_redirect:
        raise NotFetched(
            f"it answers {response.status_code}, a redirect, which is not followed: name the address that it leads to"
        )
    if response.status_code != httpx.codes.OK:
        raise NotFetched(f"it answers {response.status_code}")
    if response.headers.get("content-encoding", "identity") != "identity":
        raise NotFetched("it is compressed, which was not asked for")
    content = bytearray()
    async for part in response.aiter_raw():
        content += part
        if len(content) > most_bytes:
            raise NotFetched(f"it is larger than {most_bytes >> 20} MiB")
    return bytes(content)


def _may_be_plain(address: str, allowed: Allowance) -> bool:
    """Whether what is neither encrypted nor signed may come from there: where the operator has named it."""
    host = urlsplit(address).hostname or ""
    if not address.startswith("http://"):
        return False
    try:
        at = ip_address(host)
    except ValueError:
        return allowed.names(host)
    return any(at in network for network in allowed.networks)
