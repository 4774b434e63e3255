"""`touchline grade` names what it cannot grade with, and what it needs."""

import subprocess
import sys

import pytest

from tests.commands.grading import run
from tests.commands.olist_orders import ROOT


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("order,weight\nlate,3\n", "must name the columns journey and weight, got order,weight"),
        ("journey,weight\nlate,3\nplain,-1\n", "line 3: a weight must be a number above 0, got '-1'"),
        ("journey,weight\nlate,many\n", "line 2: a weight must be a number above 0, got 'many'"),
        ("journey,weight\nlate\n", "line 2: a weight must be a number above 0, got None"),
        ("journey,weight\nlate,inf\n", "line 2: a weight must be a number above 0, got 'inf'"),
    ],
)
def test_weights_that_cannot_be_used_are_named(tmp_path, text, said):
    weights = tmp_path / "weights.csv"
    weights.write_text(text)

    result = run("--weights", weights)

    assert result.exit_code == 2
    assert said in result.stderr
    assert "weights.csv" in result.stderr


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--at", "noon"), "--at must be a date and time"),
        (("--since", "yesterday"), "--since must be a date such as 2018-01-01"),
        (("--since", "100%"), "got '100%'"),
        (("--since", "2019-01-01"), "None of the 8 journeys with a verdict is left: 8 began before --since"),
        (("--at", "2016-01-01T00:00:00Z"), "8 had not begun at --at"),
        (("--weights", "none.csv"), "none.csv cannot be read"),
        (("--alerts", "none.ndjson"), "none.ndjson cannot be read: No such file"),
        (("--picture", "grade.docx"), "--picture must end in .svg, .png or .pdf, got 'grade.docx'"),
        (("--picture", "no/folder/grade.svg"), "no/folder/grade.svg cannot be written: No such file"),
    ],
)
def test_what_cannot_be_graded_with_is_named(options, said):
    result = run(*options)

    assert (result.exit_code, result.stdout) == (2, "")
    assert said in result.stderr


def python(code):
    return subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)


def test_the_other_commands_do_not_wait_for_what_only_grading_needs():
    done = python(
        "import sys, services.commands.main; print(sorted({'sklearn', 'matplotlib', 'numpy'} & set(sys.modules)))"
    )

    assert (done.returncode, done.stdout) == (0, "[]\n")


@pytest.mark.parametrize("missing", ["sklearn", "matplotlib"])
def test_without_its_libraries_it_says_what_to_install(missing):
    done = python(
        f"import sys; sys.modules[{missing!r}] = None; sys.argv = ['touchline', 'grade', '-', '--concept', 'x.yaml']; "
        "from services.commands.main import main; main()"
    )

    assert (done.returncode, done.stdout) == (2, "")
    assert "pip install 'touchline[grading]'" in done.stderr
