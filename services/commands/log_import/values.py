"""Values as a mapping writes them, made into what reads them from rows: `4` is itself, `{column: Due}` is in a cell."""

from collections.abc import Callable, Mapping
from typing import Any

from services.commands.log_import import cells
from services.commands.log_import.cells import Value
from services.commands.log_import.instants import instant_reader, mistake_in_format, time_of_day, zone_of
from services.commands.log_import.mapping_document import (
    ColumnSection,
    MomentSection,
    NumberSection,
    Scalar,
    Section,
    SpanSection,
    TextSection,
)
from services.commands.log_import.mapping_mistakes import read_section, shown
from services.experience.adapters.concept_yaml import Mistake, Path, Written

Possible = list[tuple[object, Path]]
"""The values that the mapping itself gives, with where it does."""
TEXT: Mapping[str, Any] = {"type": "string"}
MOMENT: Mapping[str, Any] = {"type": "string", "format": "date-time"}


class Values:
    """Makes values of what is written, and keeps the mistakes and the columns that it meets."""

    def __init__(self, written: Written, mistakes: list[Mistake], decimal: str) -> None:
        self._written, self._mistakes = written, mistakes
        self._decimal = decimal
        self.columns: dict[str, int] = {}
        """Each column that is needed, with the line that names it first."""

    def of(self, schema: Mapping[str, Any], written: object, path: Path) -> tuple[Value | None, Possible]:
        """What is `written` at `path`, for a field of that JSON Schema; None, with mistakes told, if it is wrong."""
        if isinstance(written, Scalar):
            return Value(read=cells.constant(written), line=self.line(path)), [(written, path)]
        if not isinstance(written, Mapping):
            self.mistake(path, f"must be a value, or a column, as in {{column: NAME}}, got {shown(written)}")
            return None, []
        if schema.get("format") == "date-time":
            return self.moment(written, path), []
        kind = str(schema.get("type"))
        section = self._section(NumberSection if kind in ("number", "integer") else TextSection, written, path)
        if section is None:
            return None, []
        self.column(section.column, (*path, "column"))
        possible: Possible = [(each, (*path, "values", key)) for key, each in (section.values or {}).items()]
        if section.otherwise is not None:
            possible.append((section.otherwise, (*path, "otherwise")))
        read = cells.cell(section, self._convert(kind, section))
        return Value(read=read, line=self.line(path), column=section.column), possible

    def moment(self, written: object, path: Path, *, in_a_column: bool = False) -> Value | None:
        """A moment; `in_a_column`: it cannot be told from the time of the event, for it is that."""
        section = self._section(MomentSection, written, path)
        if section is None:
            return None
        if in_a_column and section.column is None:
            self.mistake(path, "must name the column that holds it, as in {column: NAME}")
            return None
        told = len(self._mistakes)
        at = None if section.at is None else self._checked(time_of_day, section.at, (*path, "at"))
        zone = None if section.zone is None else self._checked(zone_of, section.zone, (*path, "zone"))
        formats = [section.format] if isinstance(section.format, str) else section.format
        for each in formats:
            text = mistake_in_format(each, zone=section.zone is not None, at=section.at is not None)
            if text is not None:
                self.mistake((*path, "format"), f"{text}, got {shown(each)}")
        if not formats:
            self.mistake((*path, "format"), "must not be empty")
        plus = None if section.plus is None else self._span(section.plus, (*path, "plus"))
        if len(self._mistakes) > told:
            return None
        column = section.column
        if column is not None:
            self.column(column, (*path, "column"))
        read = cells.moment(column, instant_reader(formats, zone, at), None if plus is None else plus.read)
        asked = column if column is not None or plus is None else plus.column
        return Value(read=read, line=self.line(path), column=asked)

    def column_of(self, written: object, path: Path) -> str | None:
        """The name of a column, where nothing else makes sense."""
        section = self._section(ColumnSection, written, path)
        return None if section is None else self.column(section.column, (*path, "column"))

    def column(self, name: str, path: Path) -> str:
        """Note that a column is needed."""
        self.columns.setdefault(name, self.line(path))
        return name

    def line(self, path: Path) -> int:
        """The line of the mapping on which something stands."""
        return self._written.line_of(path) or 1

    def mistake(self, path: Path, text: str) -> None:
        """Note a mistake."""
        self._mistakes.append(Mistake(path=path, text=text, line=self.line(path)))

    def section(self, model: type[Section], written: object, path: Path) -> Any:
        """The section that is `written` at `path`; None, with mistakes told, if it is wrong."""
        found: list[Mistake] = []
        section = read_section(model, written, path, found)
        for each in found:
            self.mistake(each.path, each.text)
        return section

    def _section(self, model: type[Section], written: object, path: Path) -> Any:
        if isinstance(written, Mapping):
            return self.section(model, written, path)
        self.mistake(path, f"must name a column, as in {{column: NAME}}, got {shown(written)}")
        return None

    def _span(self, written: object, path: Path) -> Value | None:
        if isinstance(written, str | int | float) and not isinstance(written, bool):
            span = self._checked(cells.span_reader(None), written, path)
            return None if span is None else Value(read=cells.constant(span), line=self.line(path))
        section = self._section(SpanSection, written, path)
        if section is None:
            return None
        reader = cells.span_reader(section.unit)
        told = {
            key: self._checked(reader, each, (*path, "values", key)) for key, each in (section.values or {}).items()
        }
        other = section.otherwise
        if other is not None:
            other = self._checked(reader, other, (*path, "otherwise"))
        self.column(section.column, (*path, "column"))
        section = section.model_copy(update={"values": told or None, "otherwise": other})
        return Value(read=cells.cell(section, reader), line=self.line(path), column=section.column)

    def _checked(self, read: Callable[[Any], Any], written: object, path: Path) -> Any:
        try:
            return read(written)
        except ValueError as error:
            self.mistake(path, f"{error}, got {shown(written)}")
            return None

    def _convert(self, kind: str, section: Any) -> Callable[[str], object]:
        if kind == "number":
            return cells.number_reader(self._decimal, section.times)
        return {"integer": cells.whole_number, "boolean": cells.truth}.get(kind, str)
