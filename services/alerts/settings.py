"""What the alert service can be told from outside."""

import base64
import binascii
from datetime import UTC, timedelta, tzinfo
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, Field, SecretStr, ValidationInfo, field_validator
from pydantic_settings import NoDecode

from services.alerts.channel_settings import ChannelSettings, is_address, may_be_reached, readable_secret, secret_in
from services.alerts.domain.repeating import Repeating
from services.alerts.domain.report import Teller
from services.chassis.settings import is_loopback
from touchline_contracts.access import ALERT_SERVICE
from touchline_contracts.words import ENGLISH, catalogue

SECRET_PREFIX = "whsec_"  # noqa: S105 (how every secret begins)
SECRET_BYTES = range(24, 65)
"""What Standard Webhooks allows."""
HOW_TO_MAKE_A_SECRET = "make one with: echo whsec_$(head -c 32 /dev/urandom | base64)"  # noqa: S105 (the way to one)
SHORTEST_KEY = 24
HOW_TO_MAKE_A_KEY = "make one with: head -c 32 /dev/urandom | base64 > FILE"
EVERY_ADDRESS = {"0.0.0.0", "::", ""}  # noqa: S104 (compared with, not listened on)


class AlertSettings(ChannelSettings):
    """The settings of the channels, and where else alerts are sent and shown."""

    port: Annotated[int, Field(ge=0, le=65535, description="The port of the page and the API.")] = 8120
    group: Annotated[str, Field(description="The consumer group: one for each database.")] = ALERT_SERVICE.group
    time_zone: Annotated[str, Field(description="The zone of the times on the page, such as Europe/Riga.")] = "UTC"
    language: Annotated[
        str,
        AfterValidator(lambda code: catalogue(code).language),
        Field(description="In which language e-mails, chats and Alertmanager say it, such as lt."),
    ] = ENGLISH
    page_url: Annotated[
        str | None, Field(description="Where managers reach the page: for links in webhooks. Default: host and port.")
    ] = None
    # repr=False: it may hold what keeps strangers out, and is neither shown nor logged.
    webhook_url: Annotated[
        str | None, Field(repr=False, description="Where alerts are posted; empty: they only stand on the page.")
    ] = None
    fallback_webhook_urls: Annotated[
        tuple[str, ...],
        NoDecode,
        Field(repr=False, description="Where alerts go, too, that do not arrive there: addresses, in order."),
    ] = ()
    webhook_secret: Annotated[
        SecretStr | None,
        Field(repr=False, description="What webhooks are signed with: whsec_ and 24 to 64 bytes in base64."),
    ] = None
    webhook_secret_file: Annotated[
        Path | None, Field(validate_default=True, description="A file with the secret, instead of the secret itself.")
    ] = None

    sign_in: Annotated[
        Literal["none", "password"],
        Field(validate_default=True, description="How managers sign in; none: who reaches the page sees all stores."),
    ] = "none"
    fresh_hours: Annotated[
        float, Field(ge=1, le=24 * 365, description="What came to be so longer ago than this is told to nobody.")
    ] = 24.0

    repeat_minutes: Annotated[
        float,
        Field(ge=0, le=24 * 60, description="So often what has gone wrong is told again until acknowledged; 0: never."),
    ] = 15.0
    actions_key_file: Annotated[
        Path | None,
        Field(description="A file with the key that lets programs acknowledge, snooze and close alerts; empty: none."),
    ] = None

    greeting_url: Annotated[
        str | None, Field(description="The greeting service, which is told what managers report; empty: they cannot.")
    ] = None
    promises_url: Annotated[str | None, Field(description="The same: the promises service.")] = None
    recovery_url: Annotated[str | None, Field(description="The same: the recovery service.")] = None
    reports_key_file: Annotated[
        Path | None, Field(description="A file with the key that these services ask for; empty: they ask for none.")
    ] = None

    @property
    def teller_urls(self) -> dict[Teller, str]:
        """The touchpoint services that are told what managers report."""
        urls: dict[Teller, str | None] = {
            "greeting": self.greeting_url,
            "promises": self.promises_url,
            "recovery": self.recovery_url,
        }
        return {name: url for name, url in urls.items() if url}

    @property
    def reports_key(self) -> str | None:
        """What touchpoint services ask for; None: nothing."""
        return secret_in(self.reports_key_file)

    @property
    def repeating(self) -> Repeating:
        """How often alerts are told again while nobody looks after them."""
        return Repeating(every={"critical": timedelta(minutes=self.repeat_minutes)} if self.repeat_minutes else {})

    @property
    def actions_key(self) -> str | None:
        """What lets programs do something about alerts; None: nothing does."""
        return secret_in(self.actions_key_file)

    @property
    def zone(self) -> tzinfo:
        """The zone of the times on the page."""
        return _zone(self.time_zone)

    @property
    def public_url(self) -> str:
        """Where managers reach the page, without a slash at the end."""
        host = "127.0.0.1" if self.host in EVERY_ADDRESS else self.host
        return (self.page_url or f"http://{host}:{self.port}").rstrip("/")

    @property
    def webhook_urls(self) -> tuple[str, ...]:
        """Where alerts are posted, and where they go when they do not arrive there, in order."""
        return () if self.webhook_url is None else (self.webhook_url, *self.fallback_webhook_urls)

    @property
    def signing_secret(self) -> str:
        """What webhooks are signed with. Only to be asked when there is a webhook."""
        if self.webhook_secret is not None:
            return self.webhook_secret.get_secret_value()
        return secret_in(self.webhook_secret_file) or ""

    @field_validator("sign_in")
    @classmethod
    def _not_for_everybody(cls, value: str, info: ValidationInfo) -> str:
        host = info.data.get("host", "localhost")  # wrong itself: said once
        if value == "none" and not is_loopback(host) and not info.data.get("open"):
            raise ValueError(
                f"nobody signs in, and TOUCHLINE_HOST={host} lets other machines in: set TOUCHLINE_SIGN_IN=password "
                "and add managers with `touchline users add`, listen on 127.0.0.1, or set TOUCHLINE_OPEN=true if "
                "whoever reaches this service may see and do everything"
            )
        return value

    @field_validator("time_zone")
    @classmethod
    def _a_zone_that_exists(cls, value: str) -> str:
        try:
            _zone(value)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise ValueError("no such time zone is known here; write it like Europe/Riga, or UTC") from error
        return value

    @field_validator("page_url", "webhook_url", "greeting_url", "promises_url", "recovery_url")
    @classmethod
    def _an_address(cls, value: str | None) -> str | None:
        if not value:
            return None
        if not is_address(value):
            raise ValueError("must be an address that begins with https:// or http://, with a host")
        return value

    @field_validator("webhook_url", "fallback_webhook_urls")
    @classmethod
    def _addresses_that_may_be_reached(
        cls, value: str | tuple[str, ...] | None, info: ValidationInfo
    ) -> str | tuple[str, ...] | None:
        may_be_reached((value,) if isinstance(value, str) else value or (), info)
        return value

    @field_validator("fallback_webhook_urls", mode="before")
    @classmethod
    def _addresses(cls, value: object, info: ValidationInfo) -> object:
        urls = tuple(value.replace(",", " ").split()) if isinstance(value, str) else value
        if not urls or not isinstance(urls, tuple):
            return urls
        if not all(map(is_address, urls)):
            raise ValueError(
                "each must be an address that begins with https:// or http://, with a host; separate them by spaces "
                "or commas, and write a comma within one as %2C"
            )
        if info.data.get("webhook_url", "wrong") is None:
            raise ValueError("TOUCHLINE_WEBHOOK_URL is not set: name the first address there")
        return urls

    @field_validator("actions_key_file")
    @classmethod
    def _a_key_that_cannot_be_guessed(cls, value: Path | None) -> Path | None:
        if value is None or value == Path():
            return None
        try:
            key = readable_secret(value) or ""
        except ValueError as error:
            raise ValueError(f"{error}; {HOW_TO_MAKE_A_KEY}") from error
        if key and (len(key) < SHORTEST_KEY or not all("!" <= each <= "~" for each in key)):
            raise ValueError(
                f"the key in it must have at least {SHORTEST_KEY} characters, letters, digits and signs without "
                f"blanks; {HOW_TO_MAKE_A_KEY}"
            )
        return value

    @field_validator("reports_key_file")
    @classmethod
    def _a_key_that_can_be_read(cls, value: Path | None) -> Path | None:
        if value is None or value == Path():
            return None
        readable_secret(value)
        return value

    @field_validator("webhook_secret")
    @classmethod
    def _a_secret_that_can_sign(cls, value: SecretStr | None) -> SecretStr | None:
        if value is None or not value.get_secret_value():
            return None
        _check_secret(value.get_secret_value())
        return value

    @field_validator("webhook_secret_file")
    @classmethod
    def _a_webhook_is_signed(cls, value: Path | None, info: ValidationInfo) -> Path | None:
        value = None if value == Path() else value
        # Fields that are wrong themselves are missing from info.data: one complaint about each is enough.
        if info.data.get("webhook_url") is None or info.data.get("webhook_secret", "wrong") is not None:
            return value
        try:
            secret = readable_secret(value)
        except ValueError as error:
            raise ValueError(f"{error}; {HOW_TO_MAKE_A_SECRET}") from error
        if not secret:
            raise ValueError(
                "TOUCHLINE_WEBHOOK_URL is set, but nothing to sign webhooks with: set TOUCHLINE_WEBHOOK_SECRET, or "
                f"name here a file that holds the secret; {HOW_TO_MAKE_A_SECRET}"
            )
        _check_secret(secret)
        return value


def _zone(name: str) -> tzinfo:
    # UTC needs no files; the others come from the system's list of zones.
    return UTC if name.upper() == "UTC" else ZoneInfo(name)


def _check_secret(secret: str) -> None:
    """Raise ValueError, without a word of the secret, when it cannot sign."""
    try:
        key = base64.b64decode(secret.removeprefix(SECRET_PREFIX), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if not secret.startswith(SECRET_PREFIX) or len(key) not in SECRET_BYTES:
        raise ValueError(
            f"the secret must be whsec_ and {SECRET_BYTES[0]} to {SECRET_BYTES[-1]} bytes in base64; "
            f"{HOW_TO_MAKE_A_SECRET}"
        )
