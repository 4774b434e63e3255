"""A mapping that can be used: the moments that the rows of a log hold, made of what is written."""

from collections.abc import Callable
from collections.abc import Mapping as Keys
from dataclasses import dataclass
from typing import Any

from services.commands.log_import.cells import Value, number_reader
from services.commands.log_import.columns import Needed
from services.commands.log_import.conditions import Condition, all_of, one_of
from services.commands.log_import.fields import fields_of
from services.commands.log_import.mapping_document import ConditionSection, CsvSection, EventSection, MappingDocument
from services.commands.log_import.mapping_mistakes import instead_of, shown
from services.commands.log_import.moments import Moment
from services.commands.log_import.values import TEXT, Values
from services.commands.olist.names import names_a_journey, names_a_store
from services.experience.adapters.concept_yaml import Path
from touchline_contracts import TOUCHPOINTS, Kind
from touchline_contracts.kinds import KINDS

TOLD_BY_OTHERS = ("command", "experience", "alerts")
"""Who tells nothing of what happens in a store; no log holds such events."""
BY_NAME: dict[str, Kind] = {
    kind.name: kind for kind in KINDS if kind.topic == TOUCHPOINTS and kind.teller not in TOLD_BY_OTHERS
}


@dataclass(frozen=True, kw_only=True)
class Mapping:
    """A mapping without mistakes."""

    file: str
    csv: CsvSection
    moments: tuple[Moment, ...]
    activity: str | None
    """The column that says what a row is about, for telling which rows are no event."""
    needed: Needed


def mapping_of(document: MappingDocument, values: Values, name: str) -> Mapping:
    """The mapping that a document says; `name` is its file's. What is wrong is told to `values`."""
    return _Compiling(document, values).mapping(name)


class _Compiling:
    """Makes moments of entries; what is wrong is kept in `values`."""

    def __init__(self, document: MappingDocument, values: Values) -> None:
        self._document, self._values = document, values
        self._number = number_reader(document.csv.decimal)

    def mapping(self, name: str) -> Mapping:
        document, values = self._document, self._values
        store = self._name(document.store, "store", names_a_store)
        journey = None if document.journey is None else self._name(document.journey, "journey", names_a_journey)
        if journey is not None and journey.column is None:
            values.mistake(("journey",), f"must name a column, as in {{column: NAME}}, got {shown(document.journey)}")
        time = None if document.time is None else values.moment(document.time, ("time",), in_a_column=True)
        activity = None if document.activity is None else values.column_of(document.activity, ("activity",))
        apart = None if document.tell_apart is None else values.column_of(document.tell_apart, ("tell_apart",))
        moments = []
        for number, written in enumerate(document.events):
            path = ("events", number)
            entry = values.section(EventSection, written, path)
            moment = entry and self._moment(entry, path, (store, journey, time), activity, apart)
            if moment is not None:
                moments.append(moment)
        return Mapping(
            file=name,
            csv=document.csv,
            moments=tuple(moments),
            activity=activity,
            needed=Needed(mapping=name, lines=values.columns),
        )

    def _name(self, written: object, key: str, is_allowed: Callable[[str], bool]) -> Value | None:
        """What a journey or a store is called."""
        value, possible = self._values.of(TEXT, written, (key,))
        for each, where in possible:
            if not isinstance(each, str) or not is_allowed(each):
                text = f"must be a text of letters, digits and . _ : - without blanks, got {shown(each)}"
                self._values.mistake(where, text)
        return value

    def _moment(
        self,
        entry: EventSection,
        path: Path,
        usual: tuple[Value | None, Value | None, Value | None],
        activity: str | None,
        apart: str | None,
    ) -> Moment | None:
        values = self._values
        store, journey, time = usual
        kind = BY_NAME.get(entry.event)
        if kind is None:
            text = f"is no kind of event that a log can hold; {instead_of(entry.event, BY_NAME)}"
            values.mistake((*path, "event"), f"{text}, got {shown(entry.event)}")
            return None
        own_time = None if entry.time is None else values.moment(entry.time, (*path, "time"), in_a_column=True)
        if entry.time is None and self._document.time is None:
            values.mistake(("time",), "is missing; name the column, here or in each of events, as in {column: NAME}")
        store_wide = entry.store_wide or kind.scope == "store"
        if entry.store_wide and kind.scope == "journey":
            values.mistake((*path, "store_wide"), f"{kind.name} is about one journey, not about a whole store")
        elif not store_wide and self._document.journey is None:
            values.mistake(("journey",), "is missing; name the column, as in {column: NAME}")
        conditions = self._conditions(entry, path, activity)
        fields = fields_of(kind, entry.data, (*path, "data"), values)
        at = own_time or time
        if at is None or store is None or (journey is None and not store_wide):
            return None
        return Moment(
            kind=kind,
            line=values.line(path),
            source=f"/logs/{self._document.log}",
            conditions=conditions,
            time=at,
            may_be_blank=own_time is not None,
            store=store,
            journey=None if store_wide else journey,
            fields=fields,
            tell_apart=apart,
        )

    def _conditions(self, entry: EventSection, path: Path, activity: str | None) -> tuple[Condition, ...]:
        asked: list[tuple[str, Any, Path]] = [
            (self._values.column(column, (*path, "when", column)), what, (*path, "when", column))
            for column, what in entry.when.items()
        ]
        if entry.activity is not None and activity is not None:
            asked.insert(0, (activity, entry.activity, (*path, "activity")))
        elif entry.activity is not None and self._document.activity is None:
            self._values.mistake(("activity",), "is missing; name the column that holds it, as in {column: NAME}")
        return tuple(
            condition
            for column, what, where in asked
            if (condition := self._condition(column, what, where)) is not None
        )

    def _condition(self, column: str, asked: object, path: Path) -> Condition | None:
        line = self._values.line(path)
        if isinstance(asked, str | int | float | bool):
            return Condition(column=column, holds=one_of([asked], self._number), line=line)
        if isinstance(asked, list) and asked and all(isinstance(each, str | int | float | bool) for each in asked):
            return Condition(column=column, holds=one_of(asked, self._number), line=line)
        if isinstance(asked, Keys):
            section = self._values.section(ConditionSection, asked, path)
            return None if section is None else Condition(column=column, holds=all_of(section, self._number), line=line)
        if asked is not None:  # that it has no value was said already
            text = "must be a value, a list of values, or a section such as {filled: true}"
            self._values.mistake(path, f"{text}, got {shown(asked)}")
        return None
