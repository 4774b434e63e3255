"""Importing event logs: what becomes of cells, and which rows an entry is about."""

from pathlib import Path

import pytest

from tests.commands.event_logs import mapping_for, run_import


def values_of(tmp_path: Path, written: str, cell: str, event: str = "stage.started", field: str = "told_seconds"):
    """What a field of an event becomes of a cell, read as the mapping has `written` it."""
    needed = {"stage.started": "stage: x", "delivery.completed": "condition: as_ordered", "customer.greeted": ""}[event]
    data = ", ".join(filter(None, [needed, f"{field}: {written}"]))
    run = run_import(
        tmp_path, f"case\tat\tx\nc\t2026-03-02T09:00Z\t{cell}\n", mapping_for(f"{{event: {event}, data: {{{data}}}}}")
    )
    return run.events[0]["data"].get(field), run.about(2)


@pytest.mark.parametrize(
    ("written", "cell", "value"),
    [
        ("{column: x}", "90", 90.0),
        ("{column: x}", " 1.5e2 ", 150.0),
        ("{column: x, times: 60}", "1.5", 90.0),
        ("{column: x, values: {short: 60, long: 600}}", "long", 600.0),
        ("{column: x, values: {short: 60}, otherwise: 30}", "whatever", 30.0),
        ("{column: x, otherwise: 30}", "", 30.0),
        ("{column: x}", "", None),
        ("120", "90", 120.0),
    ],
)
def test_a_number_is_what_the_mapping_makes_of_a_cell(tmp_path, written, cell, value):
    assert values_of(tmp_path, written, cell) == (value, [])


@pytest.mark.parametrize(("cell", "value"), [("yes", True), ("No", False), ("1", True), ("FALSE", False)])
def test_a_truth_is_read_in_the_usual_ways(tmp_path, cell, value):
    assert values_of(tmp_path, "{column: x}", cell, "delivery.completed", "tidy") == (value, [])


def test_a_text_is_changed_as_the_mapping_says(tmp_path):
    told = values_of(tmp_path, '{column: x, replace: {" ": _, "ž": z}}', "Liene Ozoliža", "customer.greeted", "staff")

    assert told == ("Liene_Ozoliza", [])


def test_decimals_are_read_with_the_sign_that_the_mapping_names(tmp_path):
    mapping = mapping_for("{event: stage.started, data: {stage: x, told_seconds: {column: x}}}", csv="{decimal: ','}")

    run = run_import(tmp_path, "case;at;x\nc;2026-03-02T09:00Z;90,5\n", mapping)

    assert run.events[0]["data"]["told_seconds"] == 90.5


@pytest.mark.parametrize(
    ("written", "cell", "at"),
    [
        ("{column: at}", "2026-03-02T09:00:00.25+02:00", "2026-03-02T09:00:00.250000+02:00"),
        ("{column: at, zone: Europe/Riga}", "2026-03-02 09:00", "2026-03-02T09:00:00+02:00"),
        ("{column: at, zone: Europe/Riga}", "2026-07-02 09:00", "2026-07-02T09:00:00+03:00"),
        ('{column: at, zone: "-05:00"}', "2026-07-02 09:00", "2026-07-02T09:00:00-05:00"),
        ("{column: at, zone: Europe/Riga}", "2026-07-02 09:00Z", "2026-07-02T09:00:00Z"),
        ('{column: at, format: "%m/%d/%y %I:%M %p", zone: UTC}', "03/02/26 09:00 PM", "2026-03-02T21:00:00Z"),
        ('{column: at, format: ["%Y/%m/%d %H:%M", iso], zone: UTC}', "2026/03/02 09:00", "2026-03-02T09:00:00Z"),
        ('{column: at, format: ["%Y/%m/%d %H:%M", iso], zone: UTC}', "2026-03-02 09:00", "2026-03-02T09:00:00Z"),
        ('{column: at, at: "18:30", zone: Europe/Riga}', "2026-03-02", "2026-03-02T18:30:00+02:00"),
        ("{column: at, format: unix}", "1772442000", "2026-03-02T09:00:00Z"),
        ("{column: at, format: unix_ms}", "1772442000500", "2026-03-02T09:00:00.500000Z"),
        ("{column: at, plus: 90m}", "2026-03-02T09:00Z", "2026-03-02T10:30:00Z"),
        ("{column: at, plus: {column: x, unit: h}}", "2026-03-02T09:00Z", "2026-03-02T11:00:00Z"),
        # Twice that night clocks in Riga showed 03:30; the first is meant.
        ("{column: at, zone: Europe/Riga}", "2026-10-25 03:30", "2026-10-25T03:30:00+03:00"),
    ],
)
def test_a_moment_is_read_as_the_mapping_says(tmp_path, written, cell, at):
    mapping = mapping_for("{event: customer.greeted}", time=written)

    run = run_import(tmp_path, f"case,at,x\nc,{cell},2\n", mapping)

    assert [event["time"] for event in run.events] == [at], run.errors


def test_a_moment_that_is_put_off_beyond_reckoning_is_named(tmp_path):
    mapping = mapping_for("{event: customer.greeted}", time="{column: at, plus: 3650d}")

    run = run_import(tmp_path, "case,at\nc,2199-12-31T09:00Z\n", mapping)

    assert run.events == []
    (told,) = run.about(2)
    assert told.startswith("at: the year must be from 1990 to 2199")


@pytest.mark.parametrize(
    ("when", "rows"),
    [
        ("{x: a}", "1"),
        ("{x: [a, b]}", "12"),
        ("{x: {not: a}}", "2345"),
        ("{x: {not: [a, b]}}", "345"),
        ("{x: {filled: true}}", "1234"),
        ("{x: {filled: false}}", "5"),
        ("{x: {starts_with: '1'}}", "34"),
        ("{x: {starts_with: '0'}}", ""),
        ("{x: {contains: '.'}}", "3"),
        ("{x: 10}", "3"),
        ("{x: {at_least: 10}}", "34"),
        ("{x: {above: 10}}", "4"),
        ("{x: {at_most: 10}}", "3"),
        ("{x: {below: 10}}", ""),
        ("{x: {above: 1, below: 11}}", "3"),
        ("{x: {filled: true}, y: no}", "24"),
        ("{y: false}", "135"),
    ],
)
def test_conditions_choose_the_rows(tmp_path, when, rows):
    log = "case,at,x,y\n" + "".join(
        f"{number},2026-03-02T09:00Z,{x},{y}\n"
        for number, x, y in [(1, "a", "False"), (2, "b", "no"), (3, "10.0", "false"), (4, "12", "no"), (5, "", "false")]
    )

    run = run_import(tmp_path, log, mapping_for(f"{{event: customer.greeted, when: {when}}}"))

    assert "".join(event["subject"] for event in run.events) == rows


def test_a_part_of_an_event_that_is_all_blank_is_left_out(tmp_path):
    mapping = mapping_for(
        """{event: problem.resolved, data: {problem_id: p, outcome: restored,
           cost: {amount: {column: cost}, currency: EUR, class: external_failure}}}"""
    )

    run = run_import(tmp_path, "case,at,cost\na,2026-03-02T09:00Z,12.5\nb,2026-03-02T09:00Z,\n", mapping)

    cost = {"amount": 12.5, "currency": "EUR", "class": "external_failure"}
    assert [event["data"].get("cost") for event in run.events] == [cost, None]
    assert run.exit_code == 0


def test_scores_of_several_touchpoints_stand_in_columns_of_their_own(tmp_path):
    mapping = mapping_for(
        """{event: mystery_visit.reported, data: {scores: {till: {column: till}, door: {column: door}},
           visited_at: {column: at}}}"""
    )

    rows = ["a,2026-03-02T09:00Z,4,", "b,2026-03-02T09:00Z,9,3", "c,2026-03-02T09:00Z,,", "d,2026-03-02T09:00Z,9,"]
    run = run_import(tmp_path, "\n".join(["case,at,till,door", *rows]), mapping)

    assert [event["data"]["scores"] for event in run.events] == [{"till": 4.0}, {"door": 3.0}]
    assert run.about(3) == ["till: must be less than or equal to 5, got '9'; scores.till is left out (mapping.yaml:6)"]
    assert run.about(4) == [
        "till: leaves nothing of scores; no mystery_visit.reported is imported of this row (mapping.yaml:6)"
    ]
    assert run.about(5)[1:] == [
        "till: leaves nothing of scores, got '9'; no mystery_visit.reported is imported of this row (mapping.yaml:6)"
    ]
