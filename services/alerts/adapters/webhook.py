"""Webhooks: deliveries posted to one address, signed as Standard Webhooks describes it."""

import asyncio
import ssl
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Self
from urllib.parse import urlsplit

import httpx
from standardwebhooks import Webhook

from services.alerts.ports import Attempt, Delivery, Fate

TOTAL_SECONDS = 15.0
"""For one attempt, from looking up the name to the receiver's status."""
LONGEST_WAIT_SECONDS = 3600.0
"""A receiver that asks for more patience is asked again after an hour all the same."""


class WebhookChannel:
    """Posts deliveries to one address. Implements `ports.Channel`; use as an asynchronous context manager."""

    def __init__(self, url: str, secret: str, *, name: str = "webhook", total_seconds: float = TOTAL_SECONDS) -> None:
        """`secret` is what the receiver checks signatures with: whsec_ and base64. `name` stays the same for ever."""
        self.name = name
        parts = urlsplit(url)
        # Paths and queries of webhooks often are what keeps strangers out: they are never shown.
        self.where = f"{parts.scheme}://{parts.hostname}" + (f":{parts.port}" if parts.port else "")
        self._url = url
        self._signing = Webhook(secret)
        self._total_seconds = total_seconds
        self._client = httpx.AsyncClient(follow_redirects=False, timeout=total_seconds)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._client.aclose()

    async def send(self, delivery: Delivery) -> Attempt:
        """Post once. The receiver's status decides; its body is never read, so it cannot be too long or too slow."""
        try:
            async with asyncio.timeout(self._total_seconds), self._posted(delivery) as response:
                return _attempt(response)
        except TimeoutError:
            why = f"no answer within {self._total_seconds:g} s"
        except (httpx.HTTPError, httpx.InvalidURL, ssl.SSLError, OSError) as error:
            # Its text may quote the address.
            why = f"the connection failed ({type(error).__name__})"
        return Attempt(fate=Fate.REFUSED, why=why)

    def _posted(self, delivery: Delivery) -> AbstractAsyncContextManager[httpx.Response]:
        return self._client.stream("POST", self._url, content=delivery.body, headers=self._headers(delivery))

    def _headers(self, delivery: Delivery) -> dict[str, str]:
        # The network's time, whatever clock we were handed: receivers refuse what is more than five minutes off.
        now = datetime.now(UTC)
        return {
            "content-type": "application/json; charset=utf-8",
            "user-agent": "Touchline",
            "webhook-id": delivery.delivery_id,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": self._signing.sign(delivery.delivery_id, now, delivery.body.decode()),
        }


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
