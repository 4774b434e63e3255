"""Writes the JSON Schemas and the AsyncAPI document: `python -m touchline_contracts.generate [--check | --release]`."""

import argparse
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from touchline_contracts.asyncapi import asyncapi_document
from touchline_contracts.compatibility import breaking_changes_in_all
from touchline_contracts.examples import golden_examples
from touchline_contracts.json_schemas import json_schema, schema_file
from touchline_contracts.kinds import KINDS

COMMAND = "python -m touchline_contracts.generate"

SCHEMAS = "schemas"
RELEASED = "released"
ASYNCAPI = "asyncapi.json"


def written(document: Mapping[str, Any]) -> str:
    """A document as text: sorted, so that the same contracts always give the same bytes."""
    return json.dumps(document, indent=2, sort_keys=True, ensure_ascii=False, allow_nan=False) + "\n"


def documents() -> dict[str, str]:
    """Every generated file by its path below contracts/, with what has to be in it."""
    asyncapi = asyncapi_document({kind.name: golden_examples(kind) for kind in KINDS})
    schemas = {f"{SCHEMAS}/{schema_file(kind)}": written(json_schema(kind)) for kind in KINDS}
    return schemas | {ASYNCAPI: written(asyncapi)}


def complaints(root: Path) -> list[str]:
    """What is out of date below `root`, a line for each file, and what broke since the release."""
    wanted = documents()
    lines = []
    for path, text in sorted(wanted.items()):
        file = root / path
        if not file.is_file():
            lines.append(f"{path} is missing; run: {COMMAND}")
        elif file.read_text(encoding="utf-8") != text:
            lines.append(f"{path} is stale; run: {COMMAND}")
    for file in sorted((root / SCHEMAS).glob("*")):
        path = f"{SCHEMAS}/{file.name}"
        if path not in wanted:
            lines.append(f"{path} belongs to no event; run: {COMMAND}")
    return lines + breaking_changes_since_release(root)


def breaking_changes_since_release(root: Path) -> list[str]:
    """What in today's events breaks those who rely on the schemas in released/."""
    files = sorted((root / RELEASED).glob("*.schema.json"))
    released = {file.name: json.loads(file.read_text(encoding="utf-8")) for file in files}
    return breaking_changes_in_all(released, {schema_file(kind): json_schema(kind) for kind in KINDS})


def write(root: Path) -> list[str]:
    """Bring the files below `root` up to date. Returns the paths of those that changed."""
    wanted = documents()
    changed = [path for path, text in sorted(wanted.items()) if _put(root / path, text)]
    for file in sorted((root / SCHEMAS).glob("*")):
        if f"{SCHEMAS}/{file.name}" not in wanted:
            file.unlink()
            changed.append(f"{SCHEMAS}/{file.name}")
    return changed


def release(root: Path) -> list[str]:
    """Freeze today's schemas in released/. Returns the paths that changed.

    Raises ValueError, and writes nothing, when one of them breaks a schema that is frozen already.
    """
    broken = breaking_changes_since_release(root)
    if broken:
        raise ValueError("\n".join(broken))
    files = {f"{RELEASED}/{schema_file(kind)}": written(json_schema(kind)) for kind in KINDS}
    return [path for path, text in sorted(files.items()) if _put(root / path, text)]


def main(arguments: list[str] | None = None) -> int:
    """The command. Exit code 0: all is as it should be; 1: something is stale or broken, named on stderr."""
    parser = argparse.ArgumentParser(prog=COMMAND, description=__doc__)
    mode = parser.add_mutually_exclusive_group()
    mode.add_argument("--check", action="store_true", help="write nothing; exit 1 naming what is stale or broken")
    mode.add_argument(
        "--release", action="store_true", help="freeze today's schemas; refused if they break released ones"
    )
    checkout = Path(__file__).resolve().parents[1]
    parser.add_argument("--root", type=Path, default=checkout, help="the folder contracts/ of a checkout")
    chosen = parser.parse_args(arguments)
    if not (chosen.root / "pyproject.toml").is_file():
        parser.error(f"{chosen.root} is not the folder contracts/ of a checkout; name it with --root")
    if chosen.check:
        lines = complaints(chosen.root)
        sys.stderr.writelines(f"{line}\n" for line in lines)
        return 1 if lines else 0
    changed = write(chosen.root)
    if chosen.release:
        try:
            changed += release(chosen.root)
        except ValueError as broken:
            sys.stderr.write(f"{broken}\n")
            return 1
    sys.stdout.writelines(f"{path} is current now\n" for path in changed or ["everything"])
    return 0


def _put(file: Path, text: str) -> bool:
    if file.is_file() and file.read_text(encoding="utf-8") == text:
        return False
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    return True


if __name__ == "__main__":
    sys.exit(main())
