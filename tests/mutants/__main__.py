"""Plants small faults in the domain and counts which of them its tests find: `make mutants`.

mutmut makes the mutants, in a copy of the project under mutants/, and runs the tests that pass through each; what is
configured is in pyproject.toml. What survives and is not explained in docs/mutation.md is listed, and fails.
"""

import argparse
import json
import random
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
DOMAIN = "services.experience.domain"
RESULTS = ROOT / "mutants" / DOMAIN.replace(".", "/")
EXPLAINED = ROOT / "docs" / "mutation.md"
FIRST = f"{DOMAIN}.phrase.*"
"""What is run first, and plants all: the few mutants of the smallest module."""
SURVIVED, NO_TEST = 0, 33
"""mutmut's exit codes; any other says that a test failed, or never came to an end."""


class Mutant(NamedTuple):
    """One small fault, and what came of it."""

    module: str
    name: str
    exit_code: int | None
    """None: it was not run."""

    @property
    def survived(self) -> bool:
        """Whether every test passed, or none passes through it."""
        return self.exit_code in (SURVIVED, NO_TEST)


def main() -> int:
    """Run what is asked for. 1 when a mutant survived of which docs/mutation.md does not say why."""
    told = _arguments()
    _run([FIRST], told.processes)
    planted = [each for each in _mutants() if not told.only or each.module in told.only]
    print(f"{len(planted)} mutants; the sample is drawn with --seed {told.seed}")  # noqa: T201  # what the program is for
    chosen = [each for each in _sample(planted, told.sample, told.seed) if told.again or each.exit_code is None]
    if chosen:
        _run([each.name for each in chosen], told.processes)
    mutants = list(_mutants())
    print(_table(mutants))  # noqa: T201
    explained = EXPLAINED.read_text()
    unexplained = [_short(each) for each in mutants if each.survived and f"`{_short(each)}`" not in explained]
    print("\n".join([f"{len(unexplained)} survived and are not explained in docs/mutation.md", *unexplained]))  # noqa: T201
    return 1 if unexplained else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description=__doc__)
    parser.add_argument("--only", nargs="+", metavar="MODULE", help="such as evaluation promises (default: all)")
    parser.add_argument("--sample", type=int, help="so many of each module, drawn at random (default: all)")
    parser.add_argument("--seed", type=int, default=random.randrange(1000), help="of the sample (default: any)")  # noqa: S311
    parser.add_argument("--again", action="store_true", help="run those as well that were run before")
    parser.add_argument("--processes", type=int, default=1, help="how many at a time (%(default)s)")
    return parser.parse_args()


def _run(names: list[str], processes: int) -> None:
    program = Path(sys.executable).with_name("mutmut")
    subprocess.run([program, "run", "--max-children", str(processes), *names], cwd=ROOT, check=True)


def _mutants() -> Iterator[Mutant]:
    for path in sorted(RESULTS.glob("*.meta")):
        for name, exit_code in json.loads(path.read_text())["exit_code_by_key"].items():
            yield Mutant(path.name.partition(".")[0], name, exit_code)


def _sample(mutants: list[Mutant], size: int | None, seed: int) -> list[Mutant]:
    if size is None:
        return mutants
    chance = random.Random(seed)  # noqa: S311
    modules = sorted({each.module for each in mutants})
    families = [[each for each in mutants if each.module == module] for module in modules]
    return [each for family in families for each in chance.sample(family, min(size, len(family)))]


def _short(mutant: Mutant) -> str:
    return mutant.name.removeprefix(f"{DOMAIN}.")


def _table(mutants: list[Mutant]) -> str:
    lines = ["| module | made | killed | survived | not run |", "|---|---|---|---|---|"]
    for module in [*sorted({each.module for each in mutants}), None]:
        family = [each for each in mutants if module in (each.module, None)]
        survived, not_run = (
            sum(each) for each in zip(*[(m.survived, m.exit_code is None) for m in family], strict=True)
        )
        killed = len(family) - survived - not_run
        lines.append(f"| {module or 'all'} | {len(family)} | {killed} | {survived} | {not_run} |")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
