"""The wheel of the contracts: it needs pydantic alone, is typed, and holds what somebody who sends events needs."""

import json
import subprocess
import sys
import zipfile
from email.parser import Parser
from pathlib import Path

import pydantic
import pytest

from touchline_contracts import KINDS
from touchline_contracts.json_schemas import schema_file

# What pydantic itself needs, and nothing else.
PYDANTIC = {"pydantic", "pydantic_core", "annotated_types", "typing_extensions", "typing_inspection"}

IMPORT_ALL = """
import importlib, json, pathlib, pkgutil, sys
wheel, site = sys.argv[1:]
sys.path[:0] = [wheel]
sys.path.append(site)
import touchline_contracts
for module in pkgutil.walk_packages(touchline_contracts.__path__, "touchline_contracts."):
    importlib.import_module(module.name)
from touchline_contracts.examples import examples_folder
where = {name: getattr(module, "__file__", None) or "" for name, module in list(sys.modules.items())}
print(json.dumps({
    "libraries": sorted({name.split(".")[0] for name, file in where.items() if file.startswith(site)}),
    "modules": sorted(name for name, file in where.items() if file.startswith(wheel)),
    "examples": str(examples_folder()),
}))
"""


@pytest.fixture(scope="module")
def wheel(contracts: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The built wheel."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder)]
    subprocess.run(build, cwd=contracts, check=True, capture_output=True)
    (file,) = folder.glob("*.whl")
    return file


@pytest.fixture
def unpacked(wheel: Path, tmp_path: Path) -> Path:
    """The wheel as it is installed."""
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "installed")
    return tmp_path / "installed"


def imported(unpacked: Path) -> dict:
    """What is loaded after importing all of the wheel, by a Python that knows only it and the installed libraries."""
    site = Path(pydantic.__file__).parents[1]
    # -I -S: neither this checkout nor what installed packages start by themselves gets in.
    command = [sys.executable, "-I", "-S", "-c", IMPORT_ALL, str(unpacked), str(site)]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def test_the_wheel_asks_for_pydantic_alone(wheel: Path):
    with zipfile.ZipFile(wheel) as archive:
        (metadata,) = (name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        told = Parser().parsestr(archive.read(metadata).decode())

    assert told.get_all("Requires-Dist") == ["pydantic>=2.10"]
    assert told["Name"] == "touchline-contracts"
    assert told["Requires-Python"] == ">=3.11"
    assert told.get_payload().startswith("# ")


def test_all_of_it_can_be_imported_with_pydantic_alone(unpacked: Path):
    found = imported(unpacked)

    assert set(found["libraries"]) <= PYDANTIC
    assert {"touchline_contracts.envelope", "touchline_contracts.generate"} <= set(found["modules"])
    assert found["examples"] == str(unpacked / "touchline_contracts/examples")


def test_another_library_would_be_noticed(unpacked: Path):
    (unpacked / "touchline_contracts/greeting.py").open("a").write("import jsonschema\n")

    assert not set(imported(unpacked)["libraries"]) <= PYDANTIC


def test_the_wheel_is_typed_and_holds_schemas_and_examples(wheel: Path, contracts: Path):
    with zipfile.ZipFile(wheel) as archive:
        held = set(archive.namelist())

    assert "touchline_contracts/py.typed" in held
    assert {f"touchline_contracts/schemas/{schema_file(kind)}" for kind in KINDS} <= held
    examples = {f"touchline_contracts/{file.relative_to(contracts)}" for file in contracts.glob("examples/*/*.json")}
    assert examples <= held
    assert {f"touchline_contracts/words/{name}" for name in ("touchline.pot", "lt.po", "lv.po", "ru.po")} <= held
    assert {name.split("/")[0] for name in held} == {"touchline_contracts", "touchline_contracts-1.0.0.dist-info"}
