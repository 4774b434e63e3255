"""Who may import whom: the rules in pyproject.toml hold for this tree, and each of them notices when it is broken.

The linter knows only the names it was told to forbid, so purity is also tested from the other side: what a pure package
imports must be on its list. Neither sees an import that is computed at run time.
"""

import ast
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CALCULATION = {
    "abc", "bisect", "collections", "dataclasses", "datetime", "decimal", "enum", "fractions", "functools", "hashlib",
    "heapq", "itertools", "math", "operator", "re", "statistics", "types", "typing", "zoneinfo",
}  # fmt: skip
"""What the standard library has for calculating: nothing that reads, writes, waits or draws lots."""
PURE = {
    "services/experience/domain": CALCULATION | {"services.experience.domain"},
    "services/alerts/domain": CALCULATION | {"services.alerts.domain"},
    "contracts/touchline_contracts": sys.stdlib_module_names | {"touchline_contracts", "pydantic", "pydantic_core"},
}
READS_OF_THE_CLOCK = {"now", "utcnow", "today"}


def lint_imports(tree: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(Path(sys.executable).with_name("lint-imports"))],
        cwd=tree,
        env={**os.environ, "PYTHONPATH": f"{tree}{os.pathsep}{tree / 'contracts'}", "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def copy_of_the_tree(tmp_path: Path) -> Path:
    without_caches = shutil.ignore_patterns("__pycache__", ".*", "*.egg-info")
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    for folder in ("services", "contracts"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=without_caches)
    return tmp_path


def test_every_rule_holds():
    run = lint_imports(ROOT)

    assert run.returncode == 0, run.stdout + run.stderr


@pytest.mark.parametrize(
    ("folder", "planted", "rule"),
    [
        ("services/experience/domain", "import httpx", "The domain is pure"),
        ("services/alerts/domain", "import sqlite3", "The domain is pure"),
        ("services/experience/domain", "import touchline_contracts", "The domain is pure"),
        ("services/alerts", "import services.experience", "Services meet only in the contracts"),
        ("services/chassis", "import services.alerts", "The chassis and the keys know no service"),
        ("services/keys", "import services.touchpoints", "The chassis and the keys know no service"),
        ("services/touchpoints/greeting", "import services.touchpoints.promises", "Touchpoint services know nothing"),
        ("services/experience/domain", "import services.experience.adapters", "Within a service imports point one way"),
        ("services/alerts/adapters", "import services.alerts.entrypoints", "Within a service imports point one way"),
        ("services/experience", "import services.commands", "Services do not know the command line"),
        ("contracts/touchline_contracts", "import services", "The contracts know no service"),
        ("contracts/touchline_contracts", "import faststream", "The contracts need pydantic alone"),
    ],
)
def test_a_planted_violation_is_noticed(copy_of_the_tree, folder, planted, rule):
    with (copy_of_the_tree / folder / "__init__.py").open("a") as package:
        package.write(f"\n{planted}\n")

    run = lint_imports(copy_of_the_tree)

    broken = [line for line in run.stdout.splitlines() if line.endswith("BROKEN")]
    assert run.returncode == 1, run.stdout + run.stderr
    assert any(line.startswith(rule) for line in broken), run.stdout


def test_a_module_that_belongs_to_no_layer_is_noticed(copy_of_the_tree):
    (copy_of_the_tree / "services" / "experience" / "shortcuts.py").write_text('"""A module beside the layers."""\n')

    run = lint_imports(copy_of_the_tree)

    assert run.returncode == 1, run.stdout + run.stderr
    assert "services.experience.shortcuts" in run.stdout


def imported_modules(source: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            # A relative import stays within its package, unless it climbs out: then its name is not on any list.
            yield "." * node.level + (node.module or "") if node.level > 1 or node.module is None else node.module


def is_on(allowed: frozenset[str] | set[str], module: str) -> bool:
    return any(module == name or module.startswith(f"{name}.") for name in allowed)


@pytest.mark.parametrize("package", PURE)
def test_a_pure_package_imports_only_what_is_on_its_list(package):
    strangers = [
        f"{path.relative_to(ROOT)}: {module}"
        for path in sorted((ROOT / package).rglob("*.py"))
        for module in imported_modules(path.read_text())
        if not is_on(PURE[package], module)
    ]

    assert strangers == []


def test_the_list_of_a_pure_package_leaves_out_libraries_and_other_layers():
    source = (
        "import yaml\nfrom services.alerts.adapters import store\nfrom math import log\nfrom ...chassis import clock"
    )

    strangers = [name for name in imported_modules(source) if not is_on(PURE["services/alerts/domain"], name)]

    assert strangers == ["yaml", "services.alerts.adapters", "...chassis"]


def reads_of_the_clock(source: str) -> list[int]:
    calls = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]
    return [c.lineno for c in calls if isinstance(c.func, ast.Attribute) and c.func.attr in READS_OF_THE_CLOCK]


@pytest.mark.parametrize("package", ["services/experience/domain", "services/alerts/domain"])
def test_a_domain_is_told_the_time(package):
    reads = {path.name: reads_of_the_clock(path.read_text()) for path in (ROOT / package).rglob("*.py")}

    assert {name: lines for name, lines in reads.items() if lines} == {}


def test_a_domain_that_reads_the_clock_is_noticed():
    assert reads_of_the_clock("from datetime import UTC, datetime\nstarted = datetime.now(UTC)") == [2]
