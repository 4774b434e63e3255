"""The golden examples: for each kind of event the plain case, and each edge that a reader has to get right."""

import json
from pathlib import Path
from typing import Any

from touchline_contracts.kinds import Kind

UNKNOWN = "unknown"
"""The folder of events whose type this version does not know."""


def examples_folder() -> Path:
    """Where the examples are: inside the installed wheel, or beside the package in a checkout."""
    package = Path(__file__).resolve().parent
    inside = package / "examples"
    return inside if inside.is_dir() else package.parent / "examples"


def golden_examples(kind: Kind | None) -> dict[str, dict[str, Any]]:
    """The examples of a kind by name, the plain one first; without a kind, events of types that are not known."""
    folder = examples_folder() / (UNKNOWN if kind is None else kind.name)
    names = sorted((file.stem for file in folder.glob("*.json")), key=lambda name: (name != "plain", name))
    return {name: json.loads((folder / f"{name}.json").read_text(encoding="utf-8")) for name in names}
