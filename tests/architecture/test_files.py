"""What every file keeps to: its size, its name, its first sentence, and that it knows no other machine than yours."""

import ast
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LONGEST_MODULE_LINES = 300
NAMES_THAT_SAY_NOTHING = {"util", "utils", "helper", "helpers", "common", "manager", "managers", "misc"}
# Put together here, so that this file does not hold what it looks for.
REGISTRIES = tuple(
    ".".join(parts)
    for parts in (
        ("pypi", "org"),
        ("pythonhosted", "org"),
        ("npmjs", "org"),
        ("npmjs", "com"),
        ("crates", "io"),
        ("golang", "org"),
        ("maven", "org"),
        ("maven", "apache", "org"),
        ("debian", "org"),
        ("docker", "io"),
        ("ghcr", "io"),
        ("quay", "io"),
    )
)
PLACES_ON_ONE_MACHINE = tuple(f"/{folder}/" for folder in ("work", "root", "tmp/t", "opt/wheels"))


@pytest.fixture(scope="module")
def files(missing) -> list[Path]:
    """All files of the project: those under version control, and new ones that are not ignored."""
    listing = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    try:
        run = subprocess.run(listing, cwd=ROOT, capture_output=True, text=True, check=True)
    except FileNotFoundError:
        missing("git", "apt-get install git")
    except subprocess.CalledProcessError as error:
        missing("A git checkout", f"git says: {error.stderr.strip()}")
    return [ROOT / name for name in sorted(set(run.stdout.split("\0")) - {""}) if (ROOT / name).is_file()]


@pytest.fixture(scope="module")
def modules(files) -> list[Path]:
    return [path for path in files if path.suffix == ".py"]


def too_long(modules: list[Path]) -> list[str]:
    lengths = {path: len(path.read_text().splitlines()) for path in modules}
    return [f"{path}: {lines} lines" for path, lines in lengths.items() if lines > LONGEST_MODULE_LINES]


def badly_named(modules: list[Path]) -> list[Path]:
    return [path for path in modules if NAMES_THAT_SAY_NOTHING & {path.stem, path.parent.name}]


def without_first_sentence(modules: list[Path]) -> list[Path]:
    docstrings = {path: ast.get_docstring(ast.parse(path.read_text())) or "" for path in modules}
    return [
        path for path, docstring in docstrings.items() if not docstring.partition("\n")[0].endswith((".", ":", "?"))
    ]


def occurrences(files: list[Path], words: tuple[str, ...]) -> Iterator[str]:
    for path in files:
        text = path.read_text(errors="ignore")
        yield from (f"{path}: {word}" for word in words if word in text)


def test_no_module_is_longer_than_an_idea(modules):
    assert too_long(modules) == []


def test_every_module_has_a_name_that_says_what_is_in_it(modules):
    assert badly_named(modules) == []


def test_every_module_begins_with_a_sentence_on_what_lives_there(modules):
    assert without_first_sentence(modules) == []


def test_no_file_holds_the_address_of_a_registry(files):
    assert list(occurrences(files, REGISTRIES)) == []


def test_no_file_holds_a_path_of_the_machine_it_was_written_on(files):
    assert list(occurrences(files, PLACES_ON_ONE_MACHINE)) == []


@pytest.mark.parametrize("folder", ["services", "contracts", "tests/architecture"])
def test_the_files_that_are_looked_at_include_the_code(modules, folder):
    assert any(path.is_relative_to(ROOT / folder) for path in modules)


def test_a_module_that_breaks_a_rule_is_found(tmp_path):
    module = tmp_path / "helpers.py"
    module.write_text("\n" * (LONGEST_MODULE_LINES + 1))

    assert too_long([module]) == [f"{module}: 301 lines"]
    assert badly_named([module]) == [module]
    assert without_first_sentence([module]) == [module]


def test_a_module_in_a_package_that_says_nothing_is_found():
    assert badly_named([Path("services/common/clock.py")]) == [Path("services/common/clock.py")]


@pytest.mark.parametrize("words", [REGISTRIES, PLACES_ON_ONE_MACHINE])
def test_each_word_that_no_file_may_hold_is_found(tmp_path, words):
    notes = tmp_path / "notes.txt"
    notes.write_text("".join(f"see {word}x for more\n" for word in words))

    assert list(occurrences([notes], words)) == [f"{notes}: {word}" for word in words]
