"""The channels that are set: who is told first, and who is told, too, what does not arrive there."""

from collections.abc import Sequence

from services.alerts.adapters.alertmanager import AlertmanagerChannel
from services.alerts.adapters.chat import ChatChannel
from services.alerts.adapters.mail import PORTS, EmailChannel, MailServer
from services.alerts.adapters.webhook import WebhookChannel
from services.alerts.entrypoints.delivering import Delivering, Observe
from services.alerts.ports import Channel, Transact
from services.alerts.settings import AlertSettings

OpenedChannel = WebhookChannel | EmailChannel | ChatChannel | AlertmanagerChannel


def channels_in_order(settings: AlertSettings) -> list[OpenedChannel]:
    """The channels that stand in for each other: the first is told, each further one what does not arrive before it."""
    channels: list[OpenedChannel] = [
        WebhookChannel(
            url,
            settings.signing_secret,
            allowed=settings.allowance,
            name=f"webhook-{place}" if place > 1 else "webhook",
        )
        for place, url in enumerate(settings.webhook_urls, start=1)
    ]
    if settings.smtp_host is not None:
        channels.append(_email(settings, settings.smtp_host))
    if settings.apprise_address is not None:
        channels.append(ChatChannel(settings.apprise_address, settings.zone, language=settings.language))
    return channels


def channels_beside(settings: AlertSettings) -> list[AlertmanagerChannel]:
    """The channels that are told every step, whatever becomes of it elsewhere."""
    if settings.alertmanager_url is None:
        return []
    channel = AlertmanagerChannel(
        settings.alertmanager_url,
        settings.zone,
        settings.public_url,
        allowed=settings.allowance,
        language=settings.language,
    )
    return [channel]


def delivering_in_order(transact: Transact, channels: Sequence[Channel], observe: Observe) -> list[Delivering]:
    """What delivers through each of these channels, in their order."""
    delivering: list[Delivering] = []
    for channel in reversed(channels):
        following = delivering[0] if delivering else None
        delivering.insert(0, Delivering(transact, channel, observe=observe, following=following))
    return delivering


def _email(settings: AlertSettings, host: str) -> EmailChannel:
    security = settings.smtp_security
    server = MailServer(
        host=host,
        port=settings.smtp_port or PORTS[security],
        security=security,
        user=settings.smtp_user,
        password=settings.smtp_password if settings.smtp_user else None,
    )
    sender = settings.email_from or ""
    return EmailChannel(server, sender, settings.email_to, settings.zone, language=settings.language)
