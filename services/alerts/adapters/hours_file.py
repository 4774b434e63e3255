"""Opening hours as they are written by hand, in the YAML of a rota."""

from collections.abc import Sequence
from datetime import date, time, tzinfo
from typing import Annotated

from pydantic import BeforeValidator, Field, field_validator

from services.alerts.adapters.public_holidays import public_holidays
from services.alerts.adapters.written import DAYS, Clock, Day, Part
from services.alerts.domain.hours import Hours, Span

EXPECTED = {"except": "closed, or a list of from and until, under a date such as 2026-12-24"}
"""What would be right under a name, where a reader might not know."""


class _Span(Part):
    begins: Annotated[Clock, Field(alias="from")] = time(0)
    ends: Annotated[Clock, Field(alias="until")] = time(0)

    def span(self) -> Span:
        return Span(begins=self.begins, ends=self.ends)


class _WeeklySpan(_Span):
    days: Annotated[tuple[Day, ...], Field(min_length=1)] = DAYS


def _closed(value: object) -> object:
    if isinstance(value, str) and value != "closed":
        raise ValueError("is neither closed nor a list")
    return () if value == "closed" else value


class WrittenHours(Part):
    """The opening hours of the stores of a rota."""

    open: Annotated[tuple[_WeeklySpan, ...], Field(min_length=1)]
    exceptions: Annotated[
        dict[date, Annotated[tuple[_Span, ...], BeforeValidator(_closed)]], Field(alias="except", default_factory=dict)
    ]
    holidays: str | None = None

    @field_validator("holidays")
    @classmethod
    def _known(cls, value: str | None) -> str | None:
        if value is not None:
            public_holidays(value)
        return value

    def hours(self, zone: tzinfo) -> Hours:
        """The hours by the clock of a zone."""
        return Hours(
            zone=zone,
            week={number: _spans([each for each in self.open if day in each.days]) for number, day in enumerate(DAYS)},
            holidays=frozenset() if self.holidays is None else public_holidays(self.holidays),
            exceptions={day: _spans(each) for day, each in self.exceptions.items()},
        )


def _spans(written: Sequence[_Span]) -> tuple[Span, ...]:
    return tuple(each.span() for each in written)
