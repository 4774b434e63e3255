"""Importing tables with mistakes in them: each is named with its place, and costs no more than what it spoils."""

import gzip

import pytest

from tests.commands.event_logs import CAME, HEADER, LOG, MAPPING, PROMISED, RATED, mapping_for, run_import


@pytest.mark.parametrize(
    ("old", "new", "line", "what"),
    [
        ("c-1,riga-1,02.03.2026 09:05", ",riga-1,02.03.2026 09:05", 3,
         "case: is blank; no promise.made is imported of this row (mapping.yaml:2)"),
        ("c-1,riga-1,02.03.2026 09:05", "c 1,riga-1,02.03.2026 09:05", 3,
         ("case: cannot name a journey: letters, digits and . _ : / - do, at most 128; change others by "
         "replace: {\" \": \"-\"} or values, got 'c 1'; no promise.made is imported of this row (mapping.yaml:2)")),
        ("c-1,riga-1,02.03.2026 09:05", "c-1,Rīga\x1b[31m,02.03.2026 09:05", 3,
         ("office: cannot name a store: letters, digits and . _ : - do, at most 64; change others by "
         "replace: {\" \": \"-\"} or values, got 'Rīga\\x1b[31m'; "
         "no promise.made is imported of this row (mapping.yaml:3)")),
        ("c-1,riga-1,02.03.2026 09:05", "c-1,*,02.03.2026 09:05", 3,
         ("office: cannot name a store: letters, digits and . _ : - do, at most 64; change others by "
         "replace: {\" \": \"-\"} or values, got '*'; no promise.made is imported of this row (mapping.yaml:3)")),
        ("02.03.2026 09:05", "", 3, "at: is blank; no promise.made is imported of this row (mapping.yaml:4)"),
        ("02.03.2026 09:05", "2/3/26", 3,
         ("at: is not a date and time written as %d.%m.%Y %H:%M, got '2/3/26'; "
         "no promise.made is imported of this row (mapping.yaml:4)")),
        ("02.03.2026 12:00", "31.02.2026 12:00", 3,
         ("due: is no date and time: day is out of range for month, got '31.02.2026 12:00'; "
         "no promise.made is imported of this row (mapping.yaml:15)")),
        ("02.03.2026 12:00", "01.01.0001 12:00", 3,
         ("due: is no plausible date: the year must be from 1990 to 2199, got '01.01.0001 12:00'; "
         "no promise.made is imported of this row (mapping.yaml:15)")),
        ("network", "", 3, "team: is blank; no promise.made is imported of this row (mapping.yaml:16)"),
        ("Telephone", "Fax", 2,
         ("how: is none of the values that the mapping translates (Telephone, In person), got 'Fax'; "
         "no customer.arrived is imported of this row (mapping.yaml:9)")),
        ("Rated,,,,4", "Rated,,,,four", 5,
         "stars: is not a number, got 'four'; no feedback.given is imported of this row (mapping.yaml:19)"),
        ("Rated,,,,4", 'Rated,,,,"4,5"', 5,
         ("stars: is not a number; name the decimal sign in the mapping, csv: {decimal: \",\"}, got '4,5'; "
         "no feedback.given is imported of this row (mapping.yaml:19)")),
        ("Rated,,,,4", "Rated,,,,6", 5,
         "stars: score must be from 1 to 5, got 6; no feedback.given is imported of this row (mapping.yaml:19)"),
        ("Rated,,,,4", "Rated,,,,1e999", 5,
         ("stars: must be a finite number, got '1e999'; "
         "no feedback.given is imported of this row (mapping.yaml:19)")),
        (",network,", "", 3,
         "there are 6 cells, and the table has 8 columns; blank cells need their ',' as well; the row is left out"),
        (",network,", ",net,work,", 3,
         ("there are 9 cells, and the table has 8 columns; put a cell that holds ',' into quotation marks; "
         "the row is left out")),
        (",network,", ',"network,', 3,
         ("this is not CSV: unexpected end of data; close the quotation mark, or say csv: "
         "{line_breaks_in_cells: true} in the mapping; the row is left out")),
        (",network,", ',"net"work,', 3,
         ("this is not CSV: ',' expected after '\"'; a quotation mark inside a cell has to be written twice; "
         "the row is left out")),
    ],
)  # fmt: skip
def test_a_spoilt_cell_is_named_and_the_rest_is_imported(tmp_path, old, new, line, what):
    good = run_import(tmp_path, LOG).told
    assert LOG.count(old) == 1

    run = run_import(tmp_path, LOG.replace(old, new))

    assert run.exit_code == 1
    assert run.about(line) == [what]
    assert run.named_lines == {line}
    assert run.told == [event for event, place in zip(good, (2, 3, 5), strict=True) if place != line]


def test_a_field_that_an_event_can_do_without_is_left_out_alone(tmp_path):
    mapping = mapping_for("{event: stage.started, data: {stage: x, told_seconds: {column: x}}}")

    run = run_import(tmp_path, "case,at,x\nc,2026-03-02T09:00Z,soon\nd,2026-03-02T09:00Z,-5\n", mapping)

    assert run.about(2) == ["x: is not a number, got 'soon'; told_seconds is left out (mapping.yaml:6)"]
    assert run.about(3) == ["x: must be greater than 0, got '-5'; told_seconds is left out (mapping.yaml:6)"]
    assert [event["data"] for event in run.events] == [{"stage": "x"}, {"stage": "x"}]


def test_a_part_that_cannot_be_read_takes_its_section_with_it(tmp_path):
    mapping = mapping_for(
        """{event: problem.resolved, data: {problem_id: p, outcome: restored,
           cost: {amount: {column: cost}, currency: EUR, class: external_failure}}}"""
    )

    run = run_import(tmp_path, "case,at,cost\na,2026-03-02T09:00Z,much\n", mapping)

    assert run.about(2) == ["cost: is not a number, got 'much'; cost is left out (mapping.yaml:7)"]
    assert run.events[0]["data"] == {"problem_id": "p", "outcome": "restored"}


@pytest.mark.parametrize(
    ("cell", "what"),
    [
        ("2026-03-02", 'has no time of day; name the one that is meant in the mapping, such as at: "18:00"'),
        ("2026-03-02T09:00", "has no zone; name the log's in the mapping, such as zone: Europe/Riga"),
        ("yesterday", "is not a date and time written as iso"),
        ("0001-01-01T00:00+14:00", "is no plausible date: the year must be from 1990 to 2199"),
    ],
)
def test_a_moment_that_is_not_clear_is_no_moment(tmp_path, cell, what):
    run = run_import(tmp_path, f"case,at\nc,{cell}\n", mapping_for("{event: customer.greeted}"))

    assert run.events == []
    assert run.about(2) == [f"at: {what}, got '{cell}'; no customer.greeted is imported of this row (mapping.yaml:4)"]


def test_the_first_problems_of_a_sort_are_named_and_all_are_counted(tmp_path):
    log = f"{HEADER}\n" + "".join(f"c-{number},riga-1,,Came,Telephone,,,\n" for number in range(30))
    log += CAME.replace("Telephone", "Fax") + "\n"

    run = run_import(tmp_path, log)

    assert run.named_lines == {*range(2, 22), 32}
    assert "10 more problems of the same sorts are counted; --every-problem names them." in run.errors
    assert run.errors[-1].startswith("31 rows, 0 events, 31 problems in 31 rows, in ")


def test_every_problem_is_named_on_demand(tmp_path):
    log = f"{HEADER}\n" + "".join(f"c-{number},riga-1,,Came,Telephone,,,\n" for number in range(30))

    assert run_import(tmp_path, log, MAPPING, "--every-problem").named_lines == set(range(2, 32))


def test_a_log_of_which_nothing_becomes_an_event_is_not_imported_well(tmp_path):
    run = run_import(tmp_path, f"{HEADER}\n")

    assert run.exit_code == 1
    assert run.errors[-1].startswith("0 rows, 0 events, ")


@pytest.mark.parametrize(
    ("log", "mapping"),
    [
        (LOG.replace(",", ";"), MAPPING),
        (LOG.replace(",", "\t"), MAPPING),
        (LOG.replace(",", "|"), MAPPING),
        (LOG.replace(",", "#"), MAPPING + 'csv: {delimiter: "#"}\n'),
        ("sep=;\n" + LOG.replace(",", ";"), MAPPING),
        ("\ufeff" + LOG, MAPPING),
        (LOG.replace("\n", "\r\n"), MAPPING),
        (LOG.replace("\n", "\r"), MAPPING),
        (LOG.replace("\n", "\n\n \n"), MAPPING),
        (LOG.replace("network", "'network'"), MAPPING + 'csv: {quote: "\'"}\n'),
        (LOG.partition("\n")[2], MAPPING + f"csv: {{columns: [{HEADER}]}}\n"),
        (LOG.encode("utf-16"), MAPPING),
        (LOG.encode("utf-16-le"), MAPPING + "csv: {encoding: utf-16-le}\n"),
        (LOG.encode("cp1257"), MAPPING + "csv: {encoding: cp1257}\n"),
    ],
)
def test_tables_are_read_however_they_are_written(tmp_path, log, mapping):
    assert run_import(tmp_path, log, mapping).told == run_import(tmp_path, LOG).told


def test_an_encoding_is_read_as_the_mapping_names_it(tmp_path):
    log = LOG.replace("network", "tīkls").encode("cp1257")

    wrong = run_import(tmp_path, log)
    right = run_import(tmp_path, log, MAPPING + "csv: {encoding: cp1257}\n")

    assert wrong.about(3) == [
        (
            "team: is not written in the encoding of the log; "
            "name the right one in the mapping, csv: {encoding: NAME}, got 't\\udceekls'; "
            "no promise.made is imported of this row (mapping.yaml:16)"
        )
    ]
    assert right.events[1]["data"]["fulfilled_by"] == "tīkls"


def test_a_journey_that_is_no_text_is_named(tmp_path):
    run = run_import(tmp_path, LOG.encode().replace(b"c-1,riga-1,02.03.2026 09:05", b"c\xff,riga-1,02.03.2026 09:05"))

    assert run.named_lines == {3}


def test_a_row_is_a_line_where_the_mapping_does_not_say_otherwise(tmp_path):
    # Read on, lines 3 and 4 would make one row of eight cells, and nobody would miss the second.
    run = run_import(tmp_path, LOG.replace("network", '"network').replace("Noted,,,,", 'Noted,,,x",'))

    assert run.named_lines == {3}
    assert "Rows that are no event by this mapping, 1: 'Noted' 1." in run.errors


BREAKS = MAPPING + "csv: {line_breaks_in_cells: true}\n"


def test_cells_may_hold_line_breaks_where_the_mapping_says_so(tmp_path):
    log = f"{HEADER}\n" + CAME.replace(",,,", ',,"first\nsecond, ""third""\n",') + f"\n{PROMISED}\n"

    run = run_import(tmp_path, log, BREAKS)

    assert run.exit_code == 0
    assert [kind for _, _, kind, _, _ in run.told] == ["customer.arrived", "promise.made"]
    # The lines are those of the file.
    assert run_import(tmp_path, log + RATED.replace(",4", ",9"), BREAKS).named_lines == {6}


def test_a_quotation_mark_that_nobody_closes_costs_its_own_line_alone(tmp_path):
    log = LOG.replace("network", '"network') + PROMISED * 400 + "\n"

    run = run_import(tmp_path, log, BREAKS)

    what = "unexpected end of data; close the quotation mark; a row may have at most 200 lines; the row is left out"
    assert run.about(3) == [f"this is not CSV: {what}"]
    assert [kind for _, _, kind, _, _ in run.told] == ["customer.arrived", "feedback.given"]


def test_a_cell_of_more_lines_than_a_row_may_have_is_named(tmp_path):
    rows = [CAME.replace("c-1", f"c-{breaks}").replace(",,,", ',,"{}",'.format("\n" * breaks)) for breaks in (150, 250)]

    run = run_import(tmp_path, "\n".join([HEADER, *rows, RATED]), BREAKS)

    assert [journey for _, journey, *_ in run.told] == ["c-150", "c-1"]
    assert 153 in run.named_lines


def test_quotation_marks_that_close_each_other_over_lines_that_do_not_fit_take_none_of_them(tmp_path):
    # Read as one row, lines 3 and 4 have eleven cells.
    run = run_import(tmp_path, LOG.replace("network", '"network').replace("Noted,", 'Noted",'), BREAKS)

    assert run.named_lines == {3}
    assert "Rows that are no event by this mapping, 1: 'Noted\"' 1." in run.errors
    assert [kind for _, _, kind, _, _ in run.told] == ["customer.arrived", "feedback.given"]


def test_a_line_without_end_is_left_out_and_the_rest_is_imported(tmp_path):
    run = run_import(tmp_path, LOG.replace("network", "x" * 3_000_000))

    assert run.about(3) == ["this line is longer than 1,048,576 characters; the row is left out"]
    assert run.named_lines == {3}
    assert [kind for _, _, kind, _, _ in run.told] == ["customer.arrived", "feedback.given"]


def test_a_packed_log_that_breaks_off_is_imported_as_far_as_it_goes(tmp_path):
    rows = "".join(CAME.replace("c-1", f"c-{number * 7919 % 65_537}") + "\n" for number in range(20_000))
    packed = gzip.compress(f"{HEADER}\n{rows}".encode())

    run = run_import(tmp_path, packed[: len(packed) // 2])

    assert run.exit_code == 1
    assert 5_000 < len(run.events) < 15_000
    (last,) = run.named_lines
    assert last == len(run.events) + 2
    assert run.about(last)[0].endswith("fetch or pack the file again; what follows is not imported")


@pytest.mark.parametrize(
    ("log", "what"),
    [
        (LOG.replace("office", "branch").replace("stars", "starz"),
         [("mapping.yaml:3: the log has no column 'office'; its columns are 'at', 'branch', 'case', 'due', 'how', "
          "'starz', 'team', 'what'"), "mapping.yaml:19: the log has no column 'stars'; did you mean 'starz'?"]),
        (LOG.replace("office", "case"),
         ["mapping.yaml:3: the log has no column 'office'; its columns are 'at', 'case', 'case', ",
          "mapping.yaml:2: the log has 2 columns called 'case'"]),
        ("", ["log.csv is empty; name a CSV or XES file with the log in it"]),
        (b"PK\x03\x04\x14\x00\x06\x00",
         ["log.csv is no text: save it as CSV, or, where it is CSV in another encoding, name that as csv.encoding"]),
        (b"\x1f\x8bnonsense", ["log.csv cannot be read: "]),
        ('"case,office\n', ["log.csv:1: the names of the columns cannot be read: unexpected end of data"]),
    ],
)  # fmt: skip
def test_a_log_that_lacks_what_the_mapping_needs_is_not_imported(tmp_path, log, what):
    run = run_import(tmp_path, log)

    assert (run.exit_code, run.written) == (2, b"")
    assert run.errors[-1] == "Nothing is imported."
    for told, expected in zip(run.errors, what, strict=False):
        assert told.removeprefix(f"{tmp_path}/").startswith(expected)


def test_a_log_that_is_not_there_is_named(tmp_path):
    run = run_import(tmp_path, LOG)
    (tmp_path / "log.csv").unlink()
    (tmp_path / "log.csv").mkdir()

    run = run_import(tmp_path / "log.csv", LOG, name="other.csv", mapping="")

    assert run.exit_code == 2
