"""Webhooks: deliveries posted to one address, signed as Standard Webhooks describes it."""

from datetime import UTC, datetime
from typing import Self

from standardwebhooks import Webhook

from services.alerts.adapters.posting import TOTAL_SECONDS, Posting
from services.alerts.allowance import PUBLIC_ONLY, Allowance
from services.alerts.delivery import Attempt, Delivery


class WebhookChannel:
    """Posts deliveries to one address. Implements `ports.Channel`; use as an asynchronous context manager."""

    def __init__(
        self,
        url: str,
        secret: str,
        *,
        allowed: Allowance = PUBLIC_ONLY,
        name: str = "webhook",
        total_seconds: float = TOTAL_SECONDS,
    ) -> None:
        """`secret` is what the receiver checks signatures with: whsec_ and base64. `name` stays the same for ever."""
        self.name = name
        self._posting = Posting(url, allowed, total_seconds=total_seconds)
        self.where = self._posting.where
        self._signing = Webhook(secret)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._posting.close()

    async def send(self, delivery: Delivery) -> Attempt:
        """Post once."""
        return await self._posting.post(delivery.body, self._headers(delivery))

    def _headers(self, delivery: Delivery) -> dict[str, str]:
        # The network's time, whatever clock we were handed: receivers refuse what is more than five minutes off.
        now = datetime.now(UTC)
        return {
            "webhook-id": delivery.delivery_id,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": self._signing.sign(delivery.delivery_id, now, delivery.body.decode()),
        }
