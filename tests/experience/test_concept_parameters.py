"""Every key of a concept has a meaning, a unit, a default and a source, and stands in docs/concepts.md."""

import re
import shutil
from dataclasses import fields
from datetime import timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from services.commands.concept import app
from services.commands.concept_show import BEGIN, END
from services.experience.adapters.concept_merging import ITS_OWN
from services.experience.adapters.concept_parameters import ASSUMPTION, as_markdown, parameters
from services.experience.domain.concept import ServiceConcept

DOCUMENT = Path(__file__).parents[2] / "docs" / "concepts.md"


def is_number(text: str) -> bool:
    return bool(re.fullmatch(r"-?\d+(\.\d+)?", text))


def test_every_key_has_a_meaning_and_every_number_a_unit_and_a_source():
    for each in parameters():
        assert each.meaning, each.key
        assert not each.unit.startswith("<"), each
        if re.search(r"\d", each.unit) and each.key.split(".")[0] not in ITS_OWN and is_number(each.default):
            assert each.source, each.key
    assert sum(each.source not in ("", ASSUMPTION) for each in parameters()) >= 10


def test_defaults_are_those_of_the_domain():
    table = {each.key: each.default for each in parameters()}

    for section in ("parameters", "outlook", "costs", "problems", "store"):
        for field in fields(getattr(ServiceConcept(), section)):
            default = getattr(getattr(ServiceConcept(), section), field.name)
            if isinstance(default, float):
                assert float(table[f"{section}.{field.name}"]) == default
    assert table["handoffs.within"] == "5m"
    assert timedelta(minutes=5).total_seconds() == ServiceConcept().handoff.expected
    assert (table["conduct.competence.kind"], table["defects.weight"]) == ("must_be", "0.1")


def test_the_document_has_the_tables_as_the_code_has_them():
    text = DOCUMENT.read_text(encoding="utf-8")

    assert text.partition(BEGIN)[2].partition(END)[0].strip() == as_markdown().strip(), (
        "docs/concepts.md is not up to date: run `touchline concept parameters --into docs/concepts.md`"
    )


def test_the_command_brings_a_document_up_to_date_and_leaves_the_rest_alone(tmp_path):
    copy = tmp_path / "concepts.md"
    shutil.copy(DOCUMENT, copy)
    text = copy.read_text(encoding="utf-8")
    copy.write_text(text.replace("| 1.25 |", "| 7 |"), encoding="utf-8")

    assert CliRunner().invoke(app, ["parameters", "--into", str(copy)]).exit_code == 0

    assert copy.read_text(encoding="utf-8") == text


def test_a_document_without_a_place_for_the_tables_is_left_alone(tmp_path):
    note = tmp_path / "note.md"
    note.write_text("# A note\n")

    result = CliRunner().invoke(app, ["parameters", "--into", str(note)])

    assert (result.exit_code, note.read_text()) == (1, "# A note\n")
    assert "has no place for the tables" in result.stderr


@pytest.mark.parametrize(
    ("text", "mistake"),
    [
        ("25%", 'must be a number, such as 0.25 for 25%, got "25%"'),
        ("0,5", 'must be a number with a point, such as 0.5, got "0,5"'),
        ("5 EUR", 'must be a number without a unit, got "5 EUR"'),
        ("30s", 'must be a number without a unit, got "30s"'),
        ("'5'", 'must be a number without quotes, got "5"'),
    ],
)
def test_a_number_that_is_written_otherwise_is_told_how_to_write_it(text, mistake, tmp_path):
    file = tmp_path / "shop.yaml"
    file.write_text(f"concept: shop\nversion: 1\ntitle: Shop\nadequate: {text}\n")

    assert CliRunner().invoke(app, ["check", str(file)]).stderr == f"{file}:4: adequate: {mistake}\n"
