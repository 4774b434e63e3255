"""How people on call are reached, written by hand in YAML. It holds addresses: keep it as secrets are kept."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import yaml
from pydantic import AfterValidator, Field, ValidationError, model_validator

from services.alerts.adapters.rota_file import Person
from services.alerts.adapters.written import Clock, Part, TimeZone, zone_called
from services.alerts.channel_settings import check_apprise, is_mail_address
from services.alerts.domain.quiet import Quiet
from services.chassis.field_errors import Location, field_errors
from touchline_contracts.words import languages


class PeopleError(ValueError):
    """A file does not say how people are reached; the text says what is wrong where, without any address."""


class Address(Part):
    """One way to reach somebody."""

    apprise: Annotated[str | None, Field(repr=False)] = None
    email: Annotated[str | None, Field(repr=False)] = None

    @model_validator(mode="after")
    def _one_that_leads_somewhere(self) -> "Address":
        if (self.apprise is None) == (self.email is None):
            raise ValueError("each way is either apprise, with an address as Apprise writes them, or email")
        if self.apprise is not None:
            check_apprise(self.apprise)
        elif self.email is None or not is_mail_address(self.email):
            raise ValueError("must be an address alone, such as manager@example.org")
        return self


def _known_language(code: str | None) -> str | None:
    if code is not None and code not in languages():
        raise ValueError(f"must be one of {', '.join(languages())}")
    return code


class _Quiet(Part):
    begins: Annotated[Clock, Field(alias="from")]
    ends: Annotated[Clock, Field(alias="until")]
    time_zone: TimeZone


class Reach(Part):
    """How somebody is reached."""

    reach: Annotated[tuple[Address, ...], Field(min_length=1, max_length=9)]
    """In order: each further way is taken for what does not arrive by the one before it."""
    language: Annotated[str | None, AfterValidator(_known_language)] = None
    """In which language they are told; None: as everybody."""
    written_quiet: Annotated[_Quiet | None, Field(alias="quiet")] = None

    @model_validator(mode="after")
    def _quiet_for_a_while(self) -> "Reach":
        _ = self.quiet
        return self

    @property
    def quiet(self) -> Quiet | None:
        """When they are left alone, but for what is critical."""
        if self.written_quiet is None:
            return None
        written = self.written_quiet
        return Quiet(begins=written.begins, ends=written.ends, zone=zone_called(written.time_zone))


class _People(Part):
    people: Annotated[dict[Person, Reach], Field(min_length=1)]


def read_people(file: Path) -> Mapping[str, Reach]:
    """Read a file. Raises PeopleError, whose text names every mistake; OSError when it cannot be read."""
    try:
        document = yaml.load(file.read_text(), Loader=yaml.BaseLoader)  # noqa: S506  # makes nothing but texts
        return _People.model_validate(document).people
    except ValidationError as error:
        found = [dict(each) for each in error.errors()]
        mistakes = field_errors(found, document, expected_at=_expected_at)
        raise PeopleError("\n".join(f"{file}: {each.detail}" for each in mistakes)) from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise PeopleError(f"{file} is no YAML ({type(error).__name__})") from None


def _expected_at(_: Location) -> str | None:
    return None
