"""What the alert service can be told of the ways to reach people other than webhooks, and of what it may reach."""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationInfo, field_validator
from pydantic_settings import NoDecode

from services.alerts.allowance import Allowance, allowance
from services.chassis.settings import ProcessSettings


class ChannelSettings(ProcessSettings):
    """The shared settings, and the channels: e-mail, chat and telephone services, Alertmanager."""

    # First: what follows is checked against it.
    outgoing_allow: Annotated[
        tuple[str, ...],
        NoDecode,
        Field(description="Hosts and networks that webhooks and the like may be at although not public."),
    ] = ()
    # repr=False: it may hold what keeps strangers out, and is neither shown nor logged.
    alertmanager_url: Annotated[
        str | None, Field(repr=False, description="The address of an Alertmanager that is told every step.")
    ] = None
    rota_file: Annotated[
        Path | None, Field(description="Who is on call in which stores, in YAML; empty: what is set here is for all.")
    ] = None
    people_file: Annotated[
        Path | None, Field(validate_default=True, description="How the people in the rotas are reached, in YAML.")
    ] = None
    calendars_folder: Annotated[
        Path | None, Field(description="A folder for what calendars at addresses said last, for the next start.")
    ] = None
    smtp_host: Annotated[
        str | None, Field(description="The mail server that e-mails are handed to; empty: nobody is sent any.")
    ] = None
    smtp_port: Annotated[
        int | None, Field(ge=1, le=65535, description="Its port. Default: 587, with tls 465, with none 25.")
    ] = None
    smtp_security: Annotated[
        Literal["starttls", "tls", "none"], Field(description="How what is said to it is encrypted.")
    ] = "starttls"
    smtp_user: Annotated[str | None, Field(description="Who we are, where it wants to know.")] = None
    smtp_password_file: Annotated[
        Path | None, Field(validate_default=True, description="A file with the user's password.")
    ] = None
    email_from: Annotated[str | None, Field(description="The address that e-mails come from.")] = None
    email_to: Annotated[
        tuple[str, ...],
        NoDecode,
        Field(validate_default=True, description="The addresses that they go to, separated by spaces or commas."),
    ] = ()

    apprise_url: Annotated[
        SecretStr | None,
        Field(repr=False, description="An address of Apprise's, of a chat or telephone service."),
    ] = None
    apprise_url_file: Annotated[
        Path | None, Field(validate_default=True, description="A file with that address, instead of itself.")
    ] = None

    @property
    def allowance(self) -> Allowance:
        """What requests may reach although it is not public."""
        return allowance(self.outgoing_allow)

    @property
    def smtp_password(self) -> str | None:
        """The mail user's password."""
        return secret_in(self.smtp_password_file)

    @property
    def apprise_address(self) -> str | None:
        """Where Apprise sends messages."""
        return secret_in(self.apprise_url_file) if self.apprise_url is None else self.apprise_url.get_secret_value()

    @field_validator("outgoing_allow", "email_to", mode="before")
    @classmethod
    def _several(cls, value: object) -> object:
        return tuple(value.replace(",", " ").split()) if isinstance(value, str) else value

    @field_validator("outgoing_allow")
    @classmethod
    def _hosts_and_networks(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        allowance(value)
        return value

    @field_validator("alertmanager_url")
    @classmethod
    def _an_alertmanager(cls, value: str | None, info: ValidationInfo) -> str | None:
        if value and not is_address(value):
            raise ValueError(
                "must be an address that begins with https:// or http://, such as http://alertmanager:9093"
            )
        may_be_reached((value,) if value else (), info)
        return value or None

    @field_validator("rota_file", "people_file")
    @classmethod
    def _both_files_or_none(cls, value: Path | None, info: ValidationInfo) -> Path | None:
        value = None if value == Path() else value
        if info.field_name == "people_file" and (value is None) != (info.data.get("rota_file", "wrong") is None):
            missing = "this file, which says how they are reached" if value is None else "TOUCHLINE_ROTA_FILE"
            raise ValueError(f"who is on call takes two files: set {missing}, too")
        if value is not None and not value.is_file():
            raise ValueError(f"there is no file {value}")
        return value

    @field_validator("smtp_host")
    @classmethod
    def _a_host(cls, value: str | None) -> str | None:
        if value and any(each.isspace() or each in "/@" for each in value):
            raise ValueError("must be the name of a host alone, such as mail.example; its port is TOUCHLINE_SMTP_PORT")
        return value or None

    @field_validator("smtp_user")
    @classmethod
    def _a_user_who_is_not_overheard(cls, value: str | None, info: ValidationInfo) -> str | None:
        if value and info.data.get("smtp_security") == "none":
            raise ValueError(
                "TOUCHLINE_SMTP_SECURITY is none, which would send the password for all to read: set starttls or tls"
            )
        return value or None

    @field_validator("smtp_password_file")
    @classmethod
    def _a_password_for_the_user(cls, value: Path | None, info: ValidationInfo) -> Path | None:
        value = None if value == Path() else value
        if info.data.get("smtp_host") is None or info.data.get("smtp_user") is None:
            return value
        if not readable_secret(value):
            raise ValueError("TOUCHLINE_SMTP_USER is set: name a file that holds the user's password")
        return value

    @field_validator("email_from")
    @classmethod
    def _an_address_of_mail(cls, value: str | None) -> str | None:
        if value and not is_mail_address(value):
            raise ValueError("must be an address alone, such as touchline@example.org")
        return value or None

    @field_validator("email_to")
    @classmethod
    def _from_somebody_to_somebody(cls, value: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        if not all(map(is_mail_address, value)):
            raise ValueError(
                "each must be an address alone, such as manager@example.org, separated by spaces or commas"
            )
        # Fields that are wrong themselves are missing from info.data: one complaint about each is enough.
        if info.data.get("smtp_host") is not None:
            if not value and info.data.get("people_file", "wrong") is None:
                raise ValueError("TOUCHLINE_SMTP_HOST is set, but nobody to write to: name their addresses here")
            if info.data.get("email_from", "wrong") is None:
                raise ValueError("set TOUCHLINE_EMAIL_FROM, too: the address that e-mails come from")
        return value

    @field_validator("apprise_url")
    @classmethod
    def _an_address_of_apprise(cls, value: SecretStr | None) -> SecretStr | None:
        if value is None or not value.get_secret_value():
            return None
        check_apprise(value.get_secret_value())
        return value

    @field_validator("apprise_url_file")
    @classmethod
    def _a_file_with_an_address_of_apprise(cls, value: Path | None, info: ValidationInfo) -> Path | None:
        value = None if value == Path() else value
        if info.data.get("apprise_url", "wrong") is None and (written := readable_secret(value)):
            check_apprise(written)
        return value


def is_address(value: str) -> bool:
    """Whether it is an address of the web, with a host."""
    parts = urlsplit(value)
    return parts.scheme in {"http", "https"} and bool(parts.hostname) and not any(each.isspace() for each in value)


def may_be_reached(urls: Iterable[str], info: ValidationInfo) -> None:
    """Raise ValueError when it can be said already that one of them must not be."""
    allowed = allowance(info.data.get("outgoing_allow", ("0.0.0.0/0", "::/0", "localhost")))  # wrong itself: said once
    if any(map(allowed.forbids, urls)):
        raise ValueError(
            "this address is not public: if it is meant, name its host or network in TOUCHLINE_OUTGOING_ALLOW"
        )


def secret_in(file: Path | None) -> str | None:
    """What a file holds; None for no file, or an empty one."""
    return None if file is None else file.read_text().strip() or None


def readable_secret(file: Path | None) -> str | None:
    """The same for a setting. ValueError, without a word of the secret, when the file cannot be read."""
    try:
        return secret_in(file)
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"cannot be read ({type(error).__name__})") from error


def check_apprise(address: str) -> None:
    """Raise ValueError, without a word of the address, when it is none."""
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9]*://\S+", address):
        raise ValueError("must be one address as Apprise writes them, such as slack://... or tgram://...")


def is_mail_address(value: str) -> bool:
    """Whether it is an address of somebody's mail, and nothing else."""
    name, _, domain = value.rpartition("@")
    return bool(name and domain) and all(each.isprintable() and each not in ' ,;:<>()"' for each in value)
