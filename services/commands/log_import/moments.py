"""A moment that rows may hold: which rows, and the event that becomes of each."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from pydantic import ValidationError

from services.commands.log_import.cells import NotReadable, Value
from services.commands.log_import.conditions import Condition
from services.commands.log_import.fields import Field, Place, words_for
from services.commands.log_import.problems import Problem
from services.commands.log_import.rows import Row
from touchline_contracts import AnyEvent, Kind, new_event
from touchline_contracts.fields import Fields

Report = Callable[[Problem], None]
ID_DIGITS = 24
"""Hexadecimal ones: a chance of one in 10^15 that two of a billion events in a journey are taken for one."""
BLANK = "is blank"
NAME_OF_A_JOURNEY = """letters, digits and . _ : / - do, at most 128; change others by replace: {" ": "-"} or values"""
NAME_OF_A_STORE = """letters, digits and . _ : - do, at most 64; change others by replace: {" ": "-"} or values"""


class _LeftOut(Exception):
    """No event becomes of the row; why was reported."""


@dataclass(frozen=True, kw_only=True)
class Moment:
    """One entry under `events` in a mapping."""

    kind: Kind
    line: int
    """The line of the mapping on which it begins."""
    source: str
    conditions: tuple[Condition, ...]
    time: Value
    may_be_blank: bool
    """It has a time of its own, and where that is blank it did not happen."""
    store: Value
    journey: Value | None
    """None: store-wide."""
    fields: tuple[Field, ...]
    tell_apart: str | None
    """A column that tells events apart which otherwise say the same."""

    def fits(self, row: Row) -> bool:
        """Whether a row is about it."""
        cells = row.cells
        for condition in self.conditions:
            if not condition.fits(cells):
                return False
        return not self.may_be_blank or self.time.column in cells

    def event(self, row: Row, report: Report) -> AnyEvent | None:
        """The event that a row is, or None where it cannot be told, which is reported."""
        try:
            return self._event(row, report)
        except _LeftOut:
            return None

    def _event(self, row: Row, report: Report) -> AnyEvent:
        at = self._needed(self.time, row, None, report)
        store = self._needed(self.store, row, at, report)
        journey = None if self.journey is None else self._needed(self.journey, row, at, report)
        data = self._data(row, at, report)
        try:
            return new_event(
                data,
                id=self._id(row, journey, at, data),
                source=self.source,
                store=store,
                subject=journey,
                time=at,
                replay=True,
            )
        except ValidationError as error:
            # What the envelope says of no part of it is that `*` is kept for concepts, and names no store.
            part = str(next(iter(error.errors()[0]["loc"]), "store"))
            value, what = {
                "subject": (self.journey, f"cannot name a journey: {NAME_OF_A_JOURNEY}"),
                "store": (self.store, f"cannot name a store: {NAME_OF_A_STORE}"),
            }.get(part, (self.time, str(words_for(self.kind, error, {})[0][1])))
            self._report(row, value or self.store, what, report)
            raise _LeftOut from error

    def _data(self, row: Row, at: datetime, report: Report) -> Fields:
        """The event's data. Raises _LeftOut when a field that it has to have is not there; others are just missing."""
        told: dict[Place, object] = {}
        without: set[Place] = set()
        for field in self.fields:
            try:
                value = field.value.read(row, at)
            except NotReadable as error:
                without.add(self._spoilt(row, field, error.what, report))
                continue
            if value is not None:
                told[field.place] = value
            elif not field.may_be_blank:
                # Of a section that need not be there, nothing is told unless all of it is: a cost without its amount.
                without.add(field.place[:1] if self._is_optional(field) else self._spoilt(row, field, BLANK, report))
        return self._checked(_without(told, without), row, report)

    def _checked(self, told: dict[Place, object], row: Row, report: Report) -> Fields:
        data: dict[str, Any] = {}
        for place, value in told.items():
            part = data
            for name in place[:-1]:
                part = part.setdefault(name, {})
            part[place[-1]] = value
        try:
            return self.kind.data.model_validate(data)
        except ValidationError as error:
            wrong = [(self._field(location, what), what) for location, what in words_for(self.kind, error, data)]
            for field, _ in wrong:
                if field.place[0] not in data:  # a section that has to be there, of which no cell can be told
                    self._report(row, field.value, f"leaves nothing of {field.place[0]}", report)
                    raise _LeftOut from error
            less = _without(told, {self._spoilt(row, field, what, report) for field, what in wrong})
            return self._checked(less, row, report)

    def _field(self, location: tuple[str | int, ...], what: str) -> Field:
        """The field at a place; of what several are at odds about, the one that is named first."""
        place = tuple(map(str, location)) or (what.partition(" ")[0],)
        near = [each for each in self.fields if each.place[:1] == place[:1]]
        return next((each for each in near if each.place == place), (near or list(self.fields))[0])

    def _spoilt(self, row: Row, field: Field, what: str, report: Report) -> Place:
        """A field cannot be told: what is left out with it. Raises _LeftOut when without that there is no event."""
        if not field.may_be_blank and not self._is_optional(field):
            self._report(row, field.value, what, report)
            raise _LeftOut
        place = field.place if field.may_be_blank else field.place[:1]
        self._report(row, field.value, what, report, f"{'.'.join(place)} is left out")
        return place

    def _needed(self, value: Value, row: Row, at: datetime | None, report: Report) -> Any:
        try:
            read = value.read(row, at)
        except NotReadable as error:
            self._report(row, value, error.what, report)
            raise _LeftOut from error
        if read is None:
            self._report(row, value, BLANK, report)
            raise _LeftOut
        return read

    def _report(self, row: Row, value: Value, what: str, report: Report, instead: str | None = None) -> None:
        instead = instead or f"no {self.kind.name} is imported of this row"
        got = row.cells.get(value.column) if value.column is not None else None
        problem = Problem(line=row.line, column=value.column, what=what, got=got, instead=instead, asked_by=value.line)
        report(problem)

    def _is_optional(self, field: Field) -> bool:
        """Whether the event can do without the field, or the section that it is in."""
        return not self.kind.data.model_fields[field.place[0]].is_required()

    def _id(self, row: Row, journey: str | None, at: datetime, data: Fields) -> str:
        """Made from what the event says: neither its place in the file nor what else its row holds changes it."""
        told = data.model_dump_json(by_alias=True, exclude_none=True)
        apart = row.cells.get(self.tell_apart, "") if self.tell_apart is not None else ""
        # Not by pydantic: cells may hold bytes that are no text, and a name that is none is refused later.
        said = json.dumps([journey, self.kind.name, at.astimezone(UTC).isoformat(), told, apart])
        return f"{self.kind.name}:{sha256(said.encode()).hexdigest()[:ID_DIGITS]}"


def _without(told: dict[Place, object], places: set[Place]) -> dict[Place, object]:
    return {place: value for place, value in told.items() if place not in places and place[:1] not in places}
