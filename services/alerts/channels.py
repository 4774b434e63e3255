"""The channels that are set: who is told first, and who is told, too, what does not arrive there."""

from collections.abc import Sequence

from services.alerts.adapters.alertmanager import AlertmanagerChannel
from services.alerts.adapters.chat import ChatChannel
from services.alerts.adapters.mail import PORTS, EmailChannel, MailServer
from services.alerts.adapters.people_file import Reach
from services.alerts.adapters.webhook import WebhookChannel
from services.alerts.delivery import Channel, personal
from services.alerts.entrypoints.claiming import Claim, each_by_itself
from services.alerts.entrypoints.delivering import Delivering, Observe
from services.alerts.ports import Transact
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
    if settings.smtp_host is not None and settings.email_to:
        channels.append(_email(settings, settings.smtp_host, to=settings.email_to, language=settings.language))
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


def channels_to(person: str, reach: Reach, settings: AlertSettings) -> list[OpenedChannel]:
    """The ways to one person, in order. Their names are made of the way and the person."""
    channels: list[OpenedChannel] = []
    language = reach.language or settings.language
    for place, address in enumerate(reach.reach, start=1):
        number = f"-{place}" if place > 1 else ""
        if address.apprise is not None:
            name = personal(f"apprise{number}", person)
            channels.append(ChatChannel(address.apprise, settings.zone, language=language, name=name))
        elif address.email is not None and settings.smtp_host is not None:
            name = personal(f"email{number}", person)
            channels.append(_email(settings, settings.smtp_host, to=(address.email,), name=name, language=language))
    for channel in channels:
        channel.where = f"{person} ({channel.where})"
    return channels


def delivering_in_order(
    transact: Transact,
    channels: Sequence[Channel],
    observe: Observe,
    *,
    following: Delivering | None = None,
    claim: Claim = each_by_itself,
) -> list[Delivering]:
    """What delivers through each of these channels, in their order; `following`: what stands in for the last."""
    delivering: list[Delivering] = []
    for channel in reversed(channels):
        following = Delivering(transact, channel, observe=observe, following=following, claim=claim)
        delivering.insert(0, following)
    return delivering


def _email(
    settings: AlertSettings, host: str, *, to: tuple[str, ...], language: str, name: str = "email"
) -> EmailChannel:
    security = settings.smtp_security
    server = MailServer(
        host=host,
        port=settings.smtp_port or PORTS[security],
        security=security,
        user=settings.smtp_user,
        password=settings.smtp_password if settings.smtp_user else None,
    )
    sender = settings.email_from or ""
    return EmailChannel(server, sender, to, settings.zone, language=language, name=name)
