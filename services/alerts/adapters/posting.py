"""Posting to a service of somebody else: once, where we may, for a limited time; its status says what came of it."""

import asyncio
import ssl
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from urllib.parse import urlsplit

import httpx

from services.alerts.adapters.guarding import Forbidden, guarded_client
from services.alerts.allowance import Allowance
from services.alerts.delivery import Attempt, Fate

TOTAL_SECONDS = 15.0
"""For one attempt, from looking up the name to the receiver's status."""
LONGEST_WAIT_SECONDS = 3600.0
"""A receiver that asks for more patience is asked again after an hour all the same."""


class Posting:
    """Posts to one address. Close it at the end."""

    def __init__(self, url: str, allowed: Allowance, *, total_seconds: float = TOTAL_SECONDS) -> None:
        parts = urlsplit(url)
        # Paths and queries of webhooks often are what keeps strangers out: they are never shown.
        self.where = f"{parts.scheme}://{parts.hostname}" + (f":{parts.port}" if parts.port else "")
        self._url, self._total_seconds = url, total_seconds
        self._client = guarded_client(allowed, timeout_seconds=total_seconds)

    async def close(self) -> None:
        """Give the connections back."""
        await self._client.aclose()

    async def post(self, content: bytes, headers: dict[str, str]) -> Attempt:
        """Post once. The receiver's body is never read, so it cannot be too long or too slow."""
        headers = {"content-type": "application/json; charset=utf-8", "user-agent": "Touchline", **headers}
        try:
            async with (
                asyncio.timeout(self._total_seconds),
                self._client.stream("POST", self._url, content=content, headers=headers) as response,
            ):
                return _attempt(response)
        except TimeoutError:
            why = f"no answer within {self._total_seconds:g} s"
        except (httpx.HTTPError, httpx.InvalidURL, ssl.SSLError, OSError) as error:
            forbidden = isinstance(error.__cause__, Forbidden)
            # Any other text may quote the address.
            why = str(error.__cause__) if forbidden else f"the connection failed ({type(error).__name__})"
        return Attempt(fate=Fate.REFUSED, why=why)


def _attempt(response: httpx.Response) -> Attempt:
    if response.is_success:
        return Attempt(fate=Fate.SENT)
    why = f"it answers {response.status_code}"
    if response.status_code == HTTPStatus.GONE:
        return Attempt(fate=Fate.GONE, why=why)
    if response.is_redirect:
        why += ", a redirect, which is not followed: set the address that it leads to"
    return Attempt(fate=Fate.REFUSED, why=why, wait_seconds=_wait_seconds(response.headers.get("retry-after", "")))


def _wait_seconds(retry_after: str) -> float | None:
    """What Retry-After asks for, in seconds: it holds a number of them, or a date."""
    if retry_after.isdigit():
        return min(float(retry_after[:9]), LONGEST_WAIT_SECONDS)
    try:
        until = parsedate_to_datetime(retry_after)
    except ValueError:
        return None
    if until.tzinfo is None:
        until = until.replace(tzinfo=UTC)
    return min(max((until - datetime.now(UTC)).total_seconds(), 0.0), LONGEST_WAIT_SECONDS)
