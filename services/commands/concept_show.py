"""`touchline concept show` and `parameters`: every number of a concept, with who said it, and every one there is."""

import json
from pathlib import Path
from typing import Annotated

import typer

from services.commands.concept_reading import ConceptFile, read_file
from services.experience.adapters.concept_file import ConceptError
from services.experience.adapters.concept_parameters import as_markdown
from services.experience.adapters.concept_values import DEFAULT, Value, values_of

BEGIN = "<!-- parameters: made by `touchline concept parameters --into docs/concepts.md` -->"
END = "<!-- parameters end -->"


def show(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A service concept in YAML.")],
    said: Annotated[bool, typer.Option("--said", help="Leave out what is a default.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object per value and line.")] = False,
) -> None:
    """Print the whole concept, with what it inherits, and where each value comes from: file and line, or the default.

    What it extends is looked for in files beside it.
    """
    try:
        read = read_file(file)
    except ConceptError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error
    assert read.whole is not None
    values = [each for each in values_of(read.whole, read.concept) if each.said_by or not said]
    if as_json:
        for each in values:
            typer.echo(json.dumps({"key": each.key, "value": each.value, "from": each.where}, ensure_ascii=False))
    else:
        for line in in_lines(read, values):
            typer.echo(line)


def parameters(
    into: Annotated[
        Path | None, typer.Option(metavar="FILE", help="A Markdown file in which the tables are put in place of older.")
    ] = None,
) -> None:
    """Print all that a concept can say: key, default, unit and range, meaning, source of the default."""
    if into is None:
        typer.echo(as_markdown())
        return
    before, begin, rest = into.read_text(encoding="utf-8").partition(BEGIN)
    _, end, after = rest.partition(END)
    if not end:
        typer.echo(f"{into}: has no place for the tables: it takes the lines {BEGIN} and {END}", err=True)
        raise typer.Exit(1)
    into.write_text(f"{before}{begin}\n{as_markdown()}{end}{after}", encoding="utf-8")


def in_lines(read: ConceptFile, values: list[Value]) -> list[str]:
    """The values as aligned columns: key, where it comes from, value."""
    key_width = max((len(each.key) for each in values), default=0)
    where = [each.where if each.said_by is None else _in_short(each) for each in values]
    where_width = max(map(len, where), default=0)
    return [
        read.in_words,
        "",
        *(
            f"{each.key:{key_width}}  {place:{where_width}}  {each.value}"
            for each, place in zip(values, where, strict=True)
        ),
    ]


def _in_short(value: Value) -> str:
    """The file without its folder: all of a lineage lie in one."""
    folder, _, name = value.where.rpartition("/")
    return name if folder else value.where or DEFAULT
