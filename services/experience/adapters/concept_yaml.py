"""YAML as a concept is written in it: plain values, with the line on which each one stands."""

import re
from dataclasses import dataclass, field
from typing import Any

import yaml

Path = tuple[str | int, ...]
"""The way to a value: the keys and list positions on the way from the whole document."""

DEEPEST = 20
"""Levels of nesting; a concept needs five. What goes deeper is a mistake, or an alias that contains itself."""


@dataclass(frozen=True, kw_only=True)
class Mistake:
    """One thing that is wrong with a document."""

    path: Path
    text: str
    line: int | None = None
    """Counted from 1; None where the document came as JSON."""
    column: int | None = None
    """Where YAML itself could not be read."""
    no_value: bool = False
    """There is nothing that could be checked further."""
    drops: bool = False
    """It says null: in a concept that builds on another, that drops what is inherited."""
    mendable: bool = False
    """What the concept builds on could mend it."""
    source: str | None = None
    """The file, or what the document is called, where that is not clear."""


@dataclass(frozen=True, kw_only=True)
class Written:
    """A document as plain values: from YAML, or from JSON, which has no lines."""

    value: Any
    lines: dict[Path, int] = field(default_factory=dict)
    """The line of each value's key, counted from 1."""
    mistakes: list[Mistake] = field(default_factory=list)
    in_lines: bool = True

    def line_of(self, path: Path) -> int | None:
        """The line of a value, or of the section that it is missing from."""
        if not self.in_lines:
            return None
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)


class _Loader(yaml.SafeLoader):
    """Reads scalars as YAML 1.2 does: in 1.1 a store named `no` is false, and 1:30 is a number."""

    yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012  # declared so by its base


def _scalar(tag: str, pattern: str, first: str) -> None:
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{tag}", re.compile(f"^(?:{pattern})$"), list(first))


_scalar("bool", "true|True|TRUE|false|False|FALSE", "tTfF")
_scalar("null", "~|null|Null|NULL|", "~nN")
_Loader.yaml_implicit_resolvers[""] = _Loader.yaml_implicit_resolvers["n"]
_scalar("int", "[-+]?(?:0|[1-9][0-9]{0,17})", "-+0123456789")
_scalar(
    "float",
    r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)",
    "-+.0123456789",
)


def read_yaml(text: str) -> Written:
    """The document, or what YAML itself has against it: syntax, keys given twice."""
    loader: Any = None
    try:
        loader = _Loader(text)
        node = loader.get_single_node()
        if node is None:
            return Written(value=None)
        written = Written(value=None)
        value = _value(node, (), loader, written)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark is not None else (1, 1)
        problem = " ".join(part for part in (error.context, error.problem) if part)
        return Written(
            value=None, mistakes=[Mistake(path=(), text=f"this is not YAML: {problem}", line=line, column=column)]
        )
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        column = error.position - text.rfind("\n", 0, error.position)
        wrong = f"this is not YAML: the character U+{error.character:04X} is not allowed"
        return Written(value=None, mistakes=[Mistake(path=(), text=wrong, line=line, column=column)])
    finally:
        if loader is not None:
            loader.dispose()
    return Written(value=value, lines=written.lines, mistakes=written.mistakes)


def _value(node: yaml.Node, path: Path, loader: Any, written: Written) -> Any:
    if len(path) > DEEPEST:
        text = f"is nested deeper than {DEEPEST} levels"
        written.mistakes.append(Mistake(path=path[:1], text=text, line=node.start_mark.line + 1, no_value=True))
        return None
    if isinstance(node, yaml.MappingNode):
        return _mapping(node, path, loader, written)
    if isinstance(node, yaml.SequenceNode):
        values = []
        for position, item in enumerate(node.value):
            written.lines[*path, position] = item.start_mark.line + 1
            values.append(_value(item, (*path, position), loader, written))
        return values
    return loader.construct_object(node)


def _mapping(node: yaml.MappingNode, path: Path, loader: Any, written: Written) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for key_node, value_node in node.value:
        line = key_node.start_mark.line + 1
        if not isinstance(key_node, yaml.ScalarNode):
            written.mistakes.append(Mistake(path=path, text="a key must be a text", line=line))
            continue
        key = str(key_node.value)  # also of a number: a stage may be called 1
        here = (*path, key)
        if key in values:
            written.mistakes.append(
                Mistake(
                    path=here, text=f"is given twice; the first is on line {written.lines[here]}. Keep one", line=line
                )
            )
            continue
        written.lines[here] = line
        values[key] = _value(value_node, here, loader, written)
        if values[key] is None:
            text = "has no value: give one, or leave the key out; null drops what is inherited"
            drops = isinstance(value_node, yaml.ScalarNode) and bool(value_node.value)  # null, and not nothing at all
            written.mistakes.append(Mistake(path=here, text=text, line=line, no_value=True, drops=drops))
    return values
