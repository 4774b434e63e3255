"""`touchline rota`: who is on call, and when nobody is, from a file; a mistake in it is named with its place."""

import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from services.alerts.adapters.people_file import read_people
from services.alerts.adapters.rota_file import read_rotas
from services.commands.rota import app

EXAMPLE = Path("deploy/rotas/riga.yaml")
PEOPLE = Path("deploy/rotas/people.yaml")
GOOD = """
rotas:
  riga:
    time_zone: Europe/Riga
    stores: [riga-1, "*"]
    last_resort: [owner]
    shifts:
      - {from: "08:00", until: "24:00", people: [anna, boris]}
"""

HOURS = (
    GOOD
    + """    hours:
      open:
        - {days: [monday, tuesday, wednesday, thursday, friday], from: "08:00", until: "12:00"}
        - {days: [monday, tuesday, wednesday, thursday, friday], from: "13:00", until: "17:00"}
      except:
        2026-12-23: [{from: "10:00", until: "24:00"}]
        2026-12-28: closed
      holidays: LV
"""
)


@pytest.fixture
def run(tmp_path):
    def run(*words: str, content: str = GOOD):
        file = tmp_path / "rotas.yaml"
        file.write_text(content)
        return CliRunner().invoke(app, [words[0], str(file), *words[1:]])

    return run


def test_the_example_has_somebody_on_call_all_the_time():
    result = CliRunner().invoke(app, ["check", str(EXAMPLE), "--days", "400"])

    assert (result.exit_code, result.output) == (0, "riga (riga-1, riga-2): no gap\n")


@pytest.mark.parametrize(
    ("at", "who"),
    [
        ("2026-11-21 19:00", "Sat 21 Nov 2026 19:00, riga: evening-b, then evening-a, then owner\n"),
        ("2026-11-28 19:00", "Sat 28 Nov 2026 19:00, riga: evening-a, then evening-b, then owner\n"),
        ("2026-11-21T17:00:00Z", "Sat 21 Nov 2026 19:00, riga: evening-b, then evening-a, then owner\n"),
        ("2026-12-25 03:00", "Fri 25 Dec 2026 03:00, riga: deputy, then owner; closed until Sun 10:00\n"),
    ],
)
def test_who_is_on_call_is_said_in_the_order_in_which_they_are_told(at, who):
    result = CliRunner().invoke(app, ["who", str(EXAMPLE), "riga-1", "--at", at])

    assert (result.exit_code, result.output) == (0, who)


def test_gaps_are_named_with_who_is_left(run):
    result = run("check", "--days", "3")

    assert result.exit_code == 1
    assert result.output.startswith("riga (riga-1, *): ")
    assert "08:00: only owner\n" in result.output


def test_times_need_no_quotation_marks(run):
    assert "anna" in run("who", "riga-1", "--at", "2026-11-21 08:00", content=GOOD.replace('"08:00"', "08:00")).output


def test_whom_nobody_has_planned_for_is_told_of_as_such(run):
    assert "owner (nobody by plan: the last resort)" in run("who", "oslo-1", "--at", "2026-11-21 03:00").output


def test_a_store_without_a_rota_is_named_beside_those_that_have_one(run):
    result = run("who", "oslo-1", content=GOOD.replace(', "*"', ""))

    assert result.exit_code == 1
    assert "'oslo-1'" in result.output
    assert "riga-1" in result.output


@pytest.mark.parametrize(
    ("at", "said"),
    [
        ("2026-11-20 11:59", "then owner\n"),
        ("2026-11-20 12:00", "; closed until Fri 13:00\n"),
        ("2026-11-20 17:00", "; closed until Mon 08:00\n"),
        ("2026-12-23 09:00", "; closed until Wed 10:00\n"),
        ("2026-12-23 23:59", "then owner\n"),
        # 24, 25, 26 and 31 December and 1 January are holidays, the 27th is a Sunday.
        ("2026-12-24 09:00", "; closed until Tue 08:00\n"),
        ("2026-12-30 18:00", "; closed until Mon 08:00\n"),
    ],
)
def test_who_is_on_call_is_said_with_when_a_closed_store_opens(run, at, said):
    assert run("who", "riga-1", "--at", at, content=HOURS).output.endswith(said)


def test_a_day_of_the_week_says_when_a_store_opens_for_a_week_only(run):
    once = GOOD + "    hours: {open: [{days: [monday]}], except: {2026-11-23: closed}}\n"
    mondays = "    hours: {open: [{days: [monday]}]}\n"

    assert run("who", "riga-1", "--at", "2026-11-22 12:00", content=once).output.endswith(
        "until Mon 30 Nov 2026 00:00\n"
    )
    assert run("who", "riga-1", "--at", "2026-11-24 00:00", content=GOOD + mondays).output.endswith("until Mon 00:00\n")


@pytest.mark.parametrize(("part", "is_open"), [("DE", True), ("DE-BY", False)])
def test_a_part_of_a_country_has_holidays_of_its_own(run, part, is_open):
    # Epiphany, a Wednesday.
    result = run("who", "riga-1", "--at", "2027-01-06 09:00", content=HOURS.replace("LV", part))

    assert ("closed" not in result.output) == is_open


def test_who_asks_for_no_holidays_does_not_wait_for_the_library(tmp_path):
    file = tmp_path / "rotas.yaml"
    file.write_text(HOURS.replace("      holidays: LV\n", ""))
    reading = f"import sys; from services.commands.rota import read_rotas, Path; read_rotas(Path({str(file)!r}))"
    asking = [sys.executable, "-c", f"{reading}; print('holidays' in sys.modules)"]

    without = subprocess.run(asking, capture_output=True, text=True, check=True)
    file.write_text(HOURS)
    with_holidays = subprocess.run(asking, capture_output=True, text=True, check=True)

    assert (without.stdout, with_holidays.stdout) == ("False\n", "True\n")


@pytest.mark.parametrize(
    ("was", "is_", "place", "said"),
    [
        ("holidays: LV", "holidays: LX", "rotas.riga.hours.holidays", "known are AD, AE,"),
        ("holidays: LV", "holidays: Latvia", "rotas.riga.hours.holidays", "is no country"),
        ("holidays: LV", "holidays: DE-XX", "rotas.riga.hours.holidays", "known are DE, DE-Augsburg, DE-BB,"),
        ("holidays: LV", "holidays: LV-", "rotas.riga.hours.holidays", "is no part of LV"),
        ("friday]", "fryday]", "rotas.riga.hours.open.0.days.4", "did you mean friday?"),
        ('from: "08:00", until: "12:00"', 'from: "8am"', "rotas.riga.hours.open.0.from", '"08:30"'),
        ('from: "10:00"', 'from: "10:00Z"', "rotas.riga.hours.except.2026-12-23.0.from", "without a zone"),
        ("2026-12-28", "2026-12-32", "rotas.riga.hours.except.2026-12-32", "2026-12-24"),
        ("28: closed", "28: shut", "rotas.riga.hours.except.2026-12-28", "neither closed nor a list"),
        ("except:", "exceptions:", "rotas.riga.hours.exceptions", "not permitted"),
        ("      open:", "      opens:", "rotas.riga.hours.open", "did you write it as opens?"),
    ],
)
def test_what_is_wrong_with_opening_hours_is_said_with_its_place(run, was, is_, place, said):
    result = run("check", content=HOURS.replace(was, is_, 1))

    mistakes = [line for line in result.output.splitlines() if place in line]
    assert result.exit_code == 1
    assert any(said in line for line in mistakes), result.output


@pytest.mark.parametrize(
    ("was", "is_", "place", "said"),
    [
        ("Europe/Riga", "Europe/Atlantis", "rotas.riga.time_zone", "no such time zone"),
        ("last_resort: [owner]", "last_resort: []", "rotas.riga.last_resort", "must"),
        ("people: [anna, boris]", "people: []", "rotas.riga.shifts.0", "name either people, or turns"),
        ("people: [anna, boris]", "persons: [anna]", "rotas.riga.shifts.0", "persons"),
        ('from: "08:00"', 'from: "08:00+02:00"', "rotas.riga.shifts.0.from", "without a zone"),
        ('from: "08:00"', 'from: "25:00"', "rotas.riga.shifts.0.from", "25:00"),
        ("[anna, boris]", "[Anna Berzina]", "rotas.riga.shifts.0.people.0", "is not written as it has to be"),
        ("{from", "{days: [mon], from", "rotas.riga.shifts.0.days.0", "monday"),
    ],
)
def test_what_is_wrong_with_a_file_is_said_with_its_place(run, was, is_, place, said):
    result = run("check", content=GOOD.replace(was, is_))

    assert result.exit_code == 1
    assert place in result.output
    assert said in result.output


def test_a_store_has_one_rota(run):
    twice = GOOD + GOOD.replace("rotas:", "").replace("riga:", "other:")

    assert "riga-1 is in riga and in other" in run("check", content=twice).output


@pytest.mark.parametrize("content", ["", "[", "rotas: {}", "- a", "rotas: 7", "\x00"])
def test_what_is_no_rota_at_all_is_refused_in_words(run, content):
    result = run("check", content=content)

    assert result.exit_code == 1
    assert result.exception is None or isinstance(result.exception, SystemExit)


def test_a_file_that_is_not_there_is_named(tmp_path):
    result = CliRunner().invoke(app, ["check", str(tmp_path / "none.yaml")])

    assert result.exit_code == 1
    assert "none.yaml" in result.output


def test_everybody_in_the_example_can_be_reached():
    people = read_people(PEOPLE)

    assert {person for rota in read_rotas(EXAMPLE).all for person in rota.people} <= people.keys()
