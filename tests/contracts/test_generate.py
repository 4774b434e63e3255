"""The command that writes the schemas: what is committed is current, and what is stale is named with what mends it."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from touchline_contracts.generate import complaints, documents, main, release, write

GENERATED = ("schemas", "released", "asyncapi.json", "pyproject.toml")


@pytest.fixture
def checkout(contracts: Path, tmp_path: Path) -> Path:
    """A copy of what the command reads and writes."""
    for name in GENERATED:
        source = contracts / name
        (shutil.copytree if source.is_dir() else shutil.copy)(source, tmp_path / name)
    return tmp_path


def edit(file: Path, **words: object) -> None:
    """Change a file as somebody would who edits it by hand."""
    file.write_text(json.dumps(json.loads(file.read_text()) | words))


def test_what_is_committed_is_current_and_breaks_nothing(contracts: Path):
    assert complaints(contracts) == []


def test_the_same_events_give_the_same_bytes_in_another_process():
    again = "from touchline_contracts.generate import documents; print(documents())"

    seen = {
        subprocess.run(
            [sys.executable, "-c", again],
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": ":".join(sys.path)},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(seen) == 1


def test_every_file_is_sorted_and_ends_with_one_line_break():
    for path, text in documents().items():
        assert text == json.dumps(json.loads(text), indent=2, sort_keys=True, ensure_ascii=False) + "\n", path


def test_each_stale_file_is_named_with_the_command_that_mends_it(checkout: Path, capsys: pytest.CaptureFixture[str]):
    edit(checkout / "asyncapi.json", asyncapi="2.6.0")
    edit(checkout / "schemas/promise.made.v1.schema.json", title="Promise")
    (checkout / "schemas/promise.kept.v1.schema.json").unlink()
    (checkout / "schemas/promise.forgotten.v1.schema.json").write_text("{}")

    code = main(["--root", str(checkout), "--check"])

    assert code == 1
    assert capsys.readouterr().err.splitlines() == [
        "asyncapi.json is stale; run: python -m touchline_contracts.generate",
        "schemas/promise.kept.v1.schema.json is missing; run: python -m touchline_contracts.generate",
        "schemas/promise.made.v1.schema.json is stale; run: python -m touchline_contracts.generate",
        "schemas/promise.forgotten.v1.schema.json belongs to no event; run: python -m touchline_contracts.generate",
    ]


def test_the_command_mends_what_it_complained_of(checkout: Path):
    edit(checkout / "asyncapi.json", asyncapi="2.6.0")
    (checkout / "schemas/promise.kept.v1.schema.json").unlink()
    (checkout / "schemas/promise.forgotten.v1.schema.json").write_text("{}")

    assert main(["--root", str(checkout)]) == 0
    assert main(["--root", str(checkout), "--check"]) == 0
    assert write(checkout) == []


def test_a_breaking_change_since_the_release_fails_the_check(checkout: Path, capsys: pytest.CaptureFixture[str]):
    file = checkout / "released/promise.made.v1.schema.json"
    schema = json.loads(file.read_text())
    schema["$defs"]["PromiseMade"]["properties"]["colour"] = {"type": "string"}
    file.write_text(json.dumps(schema))

    assert main(["--root", str(checkout), "--check"]) == 1
    assert 'PromiseMadeV1.data.colour: was {"type": "string"}, is gone' in capsys.readouterr().err


def test_a_release_adds_new_kinds_and_optional_fields(checkout: Path, contracts: Path):
    made, kept = (f"released/promise.{name}.v1.schema.json" for name in ("made", "kept"))
    schema = json.loads((checkout / made).read_text())
    del schema["$defs"]["PromiseMade"]["properties"]["confirm_by"]
    (checkout / made).write_text(json.dumps(schema))
    (checkout / kept).unlink()

    assert main(["--root", str(checkout), "--release"]) == 0

    for path in (made, kept):
        assert (checkout / path).read_text() == (contracts / path).read_text()


def test_a_release_that_would_break_something_writes_nothing(checkout: Path, capsys: pytest.CaptureFixture[str]):
    broken, missing = (
        checkout / "released/promise.made.v1.schema.json",
        checkout / "released/promise.kept.v1.schema.json",
    )
    schema = json.loads(broken.read_text())
    schema["$defs"]["PromiseMade"]["required"].remove("due")
    broken.write_text(json.dumps(schema))
    missing.unlink()

    assert main(["--root", str(checkout), "--release"]) == 1

    assert "PromiseMadeV1.data.due: was optional, is required" in capsys.readouterr().err
    assert json.loads(broken.read_text()) == schema
    assert not missing.exists()
    with pytest.raises(ValueError, match="was optional, is required"):
        release(checkout)


def test_outside_a_checkout_the_command_says_what_it_needs(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    with pytest.raises(SystemExit):
        main(["--root", str(tmp_path), "--check"])

    assert f"{tmp_path} is not the folder contracts/ of a checkout; name it with --root" in capsys.readouterr().err
