"""A rota as it is written by hand, in YAML: read with every mistake named."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, time
from pathlib import Path
from typing import Annotated

import yaml
from pydantic import AfterValidator, Field, ValidationError, field_validator, model_validator

from services.alerts.adapters import hours_file
from services.alerts.adapters.calendar_plan import CalendarPlan, Name, Source, each_one_person
from services.alerts.adapters.written import DAYS, Clock, Day, Part, TimeZone, zone_called
from services.alerts.domain.rota import Override, Rota, Shift, Span
from services.chassis.field_errors import FieldError, Location, field_errors

Person = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]
People = Annotated[tuple[Person, ...], Field(max_length=20)]


class RotaError(ValueError):
    """A file is no rota; the text says what is wrong where, a line for each mistake."""


class _Shift(Part):
    """Some days of the week. Either the same people always, or several groups that take turns by the week."""

    days: Annotated[tuple[Day, ...], Field(min_length=1)] = DAYS
    begins: Annotated[Clock, Field(alias="from")] = time(0)
    ends: Annotated[Clock, Field(alias="until")] = time(0)
    people: People = ()
    turns: tuple[Annotated[People, Field(min_length=1)], ...] = ()
    since: date = date(2026, 1, 5)

    @model_validator(mode="after")
    def _one_of_both(self) -> "_Shift":
        if bool(self.people) == bool(self.turns):
            raise ValueError("name either people, or turns: the people of each week in turn")
        return self


class _Override(Part):
    begins: Annotated[datetime, Field(alias="from")]
    ends: Annotated[datetime, Field(alias="until")]
    people: People

    @field_validator("begins", "ends")
    @classmethod
    def _by_the_wall(cls, value: datetime) -> datetime:
        if value.tzinfo is not None:
            raise ValueError("is a time by the clock in the store, without a zone, such as 2026-12-24 12:00")
        return value

    @model_validator(mode="after")
    def _in_order(self) -> "_Override":
        if self.ends <= self.begins:
            raise ValueError("until has to be later than from")
        return self


class _Rota(Part):
    time_zone: TimeZone
    last_resort: Annotated[People, Field(min_length=1)]
    stores: Annotated[tuple[str, ...], Field(min_length=1)]
    calendars: Annotated[tuple[Source, ...], Field(max_length=10)] = ()
    called: Annotated[dict[Person, tuple[Name, ...]], AfterValidator(each_one_person)] = Field(default_factory=dict)
    shifts: tuple[_Shift, ...] = ()
    overrides: tuple[_Override, ...] = ()
    hours: hours_file.WrittenHours | None = None


class _Rotas(Part):
    rotas: Annotated[dict[str, _Rota], Field(min_length=1)]

    @model_validator(mode="after")
    def _each_store_once(self) -> "_Rotas":
        known: dict[str, str] = {}
        for name, rota in self.rotas.items():
            for store in rota.stores:
                if known.setdefault(store, name) != name:
                    raise ValueError(f"rotas: the store {store} is in {known[store]} and in {name}: it has one")
        return self


class Rotas:
    """The rotas of a company, and which store has which."""

    def __init__(self, by_store: dict[str, Rota], plans: Mapping[str, CalendarPlan] | None = None) -> None:
        self._by_store = by_store
        self.plans = plans or {}
        """The calendars of the rotas that have some, by the rotas' names."""

    @property
    def all(self) -> list[Rota]:
        """Each rota once, in the order of the file."""
        return list({id(rota): rota for rota in self._by_store.values()}.values())

    def of(self, store: str) -> Rota | None:
        """The rota of a store; of one that is not named that of `*`, or None when there is no such."""
        return self._by_store.get(store) or self._by_store.get("*")

    def stores_of(self, rota: Rota) -> list[str]:
        """The stores that have it."""
        return [store for store, theirs in self._by_store.items() if theirs is rota]

    def with_calendars(self, said: Mapping[str, Sequence[tuple[Span, ...]]]) -> "Rotas":
        """The same, with what the calendars say; by the rotas' names."""
        rotas = {id(each): replace(each, calendars=tuple(said.get(each.name, ()))) for each in self.all}
        return Rotas({store: rotas[id(each)] for store, each in self._by_store.items()}, self.plans)


def read_rotas(file: Path) -> Rotas:
    """Read a file. Raises RotaError, whose text names every mistake; OSError when it cannot be read."""
    try:
        # Nothing but texts: in YAML 1.1 a store named `no` is false, and 8:30 is a number.
        document = yaml.load(file.read_text(), Loader=yaml.BaseLoader)  # noqa: S506  # makes no objects at all
        written = _Rotas.model_validate(document)
    except ValidationError as error:
        mistakes = field_errors([dict(each) for each in error.errors()], document, expected_at=_expected_at)
        raise RotaError("\n".join(f"{file}: {_in_words(each)}" for each in mistakes)) from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise RotaError(f"{file} is no YAML: {' '.join(str(error).split())}") from error
    rotas = {name: _rota(name, each) for name, each in written.rotas.items()}
    by_store = {store: rotas[name] for name, each in written.rotas.items() for store in each.stores}
    plans = {
        name: CalendarPlan.of(each.calendars, beside=file, ids=rotas[name].people, called=each.called)
        for name, each in written.rotas.items()
        if each.calendars
    }
    return Rotas(by_store, plans)


def _expected_at(place: Location) -> str | None:
    """What would be right, where a reader might not know."""
    inside = place[-2:-1] or place[-1:]
    if inside == ("days",):
        return ", ".join(DAYS)
    if place[-1:] in {("from",), ("until",)} and "overrides" not in place:
        return 'a time of the day such as "08:30"'
    match place:
        case (_, _, "hours", str(name), *_):
            return hours_file.EXPECTED.get(name)
    return None


def _in_words(mistake: FieldError) -> str:
    body = mistake.body()
    got = f", got {body['got']!r}" if isinstance(body.get("got"), str) else ""
    return f"{mistake.detail}{got}" + (f"; expected {mistake.expected}" if mistake.expected else "")


def _rota(name: str, written: _Rota) -> Rota:
    return Rota(
        name=name,
        zone=zone_called(written.time_zone),
        last_resort=written.last_resort,
        called=frozenset(written.called),
        shifts=tuple(
            Shift(
                turns=each.turns or (each.people,),
                days=frozenset(map(DAYS.index, each.days)),
                begins=each.begins,
                ends=each.ends,
                since=each.since,
            )
            for each in written.shifts
        ),
        overrides=tuple(Override(begins=each.begins, ends=each.ends, people=each.people) for each in written.overrides),
        hours=None if written.hours is None else written.hours.hours(zone_called(written.time_zone)),
    )
