"""Importing XES logs: traces and events as rows, attributes as columns, and what is wrong with the XML."""

import gzip

import pytest

from tests.commands.event_logs import mapping_for, run_import

MAPPING = mapping_for(
    "{event: customer.arrived, when: {concept:name: Came}, data: {channel: {column: case:channel}}}",
    "{event: stage.started, when: {concept:name: Work, lifecycle:transition: start}, data: {stage: work}}",
    "{event: stage.finished, when: {concept:name: Work, lifecycle:transition: complete}, "
    "data: {stage: work, explained: {column: told}}}",
    journey="{column: case:concept:name}",
    store="{column: case:branch}",
    time="{column: time:timestamp}",
)


def event(name: str, at: str, *more: str) -> str:
    return (
        f'<event><string key="concept:name" value="{name}"/><date key="time:timestamp" value="{at}"/>'
        + "".join(more)
        + "</event>\n"
    )


def step(transition: str) -> str:
    return f'<string key="lifecycle:transition" value="{transition}"/>'


TRACE = """<trace>
<string key="concept:name" value="a-1"/><string key="branch" value="riga"/><string key="channel" value="web"/>
"""
EVENTS = [
    event("Came", "2026-03-02T09:00:00.000+02:00"),
    event("Work", "2026-03-02T10:00:00.000+02:00", step("start")),
    event("Work", "2026-03-02T11:30:00.000+02:00", step("complete"), '<boolean key="told" value="true"/>'),
]
BEGIN = '<?xml version="1.0" encoding="UTF-8"?>\n<log xmlns="http://www.xes-standard.org/">\n'
GLOBAL = '<global scope="event"><string key="concept:name" value="Came"/></global>\n'
LOG = BEGIN + GLOBAL + TRACE + "".join(EVENTS) + "</trace>\n</log>\n"
EXPECTED = [
    ("riga", "a-1", "customer.arrived", "2026-03-02T09:00:00+02:00", {"channel": "web"}),
    ("riga", "a-1", "stage.started", "2026-03-02T10:00:00+02:00", {"stage": "work"}),
    ("riga", "a-1", "stage.finished", "2026-03-02T11:30:00+02:00", {"stage": "work", "explained": True}),
]


def run_xes(folder, log, mapping=MAPPING, name="log.xes"):
    return run_import(folder, log, mapping, name=name)


@pytest.mark.parametrize(
    "log",
    [
        LOG,
        gzip.compress(LOG.encode()),
        "\ufeff" + LOG,
        LOG.replace("UTF-8", "UTF-16").encode("utf-16"),
        LOG.replace("<log xmlns", "<x:log xmlns:x").replace("</log", "</x:log"),
        LOG.replace("\n", ""),
        LOG.replace("/><", ">\n<string key='nested' value='x'/></string><").replace("<date", "<string")
        .replace("<boolean", "<string"),
        LOG.replace("<event>", '<event><list key="a"><values><string key="concept:name" value="x"/></values></list>'),
    ],
)  # fmt: skip
def test_events_become_what_the_mapping_says_however_the_log_is_written(tmp_path, log):
    run = run_xes(tmp_path, log)

    assert run.told == EXPECTED, run.errors
    assert run.exit_code == 0


def test_attributes_of_one_trace_do_not_reach_into_the_next(tmp_path):
    second = '<trace>\n<string key="concept:name" value="a-2"/>\n' + EVENTS[0] + "</trace>\n"

    run = run_xes(tmp_path, LOG.replace("</log>", f"{second}</log>"))

    assert run.told == EXPECTED
    assert run.about(12) == ["case:branch: is blank; no customer.arrived is imported of this row (mapping.yaml:3)"]


def test_events_outside_of_traces_have_no_journey(tmp_path):
    run = run_xes(tmp_path, LOG.replace("</log>", f"{EVENTS[0]}</log>"))

    assert run.told == EXPECTED
    assert len(run.about(10)) == 1


def test_a_spoilt_event_is_named_with_its_line_and_attribute(tmp_path):
    run = run_xes(tmp_path, LOG.replace("2026-03-02T10:00:00.000+02:00", "soon"))

    assert run.exit_code == 1
    assert run.told == [EXPECTED[0], EXPECTED[2]]
    assert run.about(7) == [
        (
            "time:timestamp: is not a date and time written as iso, got 'soon'; "
            "no stage.started is imported of this row (mapping.yaml:4)"
        )
    ]


def test_an_attribute_of_the_trace_that_comes_too_late_is_named(tmp_path):
    late = '<string key="branch" value="vilnius"/>\n'

    run = run_xes(tmp_path, LOG.replace(EVENTS[2], late + EVENTS[2]))

    assert [store for store, *_ in run.told] == ["riga", "riga", "vilnius"]
    assert run.about(8) == [
        (
            "case:branch stands after an event of its trace; put it in front of all of them; "
            "it does not hold for the events before it"
        )
    ]


def test_a_column_that_no_event_has_is_named_at_the_end(tmp_path):
    run = run_xes(tmp_path, LOG, MAPPING.replace("column: told", "column: Told"))

    assert run.exit_code == 1
    assert len(run.told) == 3
    assert f"{tmp_path}/mapping.yaml:8: no event of the log has no column" not in run.errors
    assert [each.removeprefix(f"{tmp_path}/") for each in run.errors if "has the attribute" in each] == [
        "mapping.yaml:8: no event of the log has the attribute 'Told'; did you mean 'told'?"
    ]


@pytest.mark.parametrize(
    ("log", "line", "what"),
    [
        (LOG[: LOG.index(EVENTS[2]) + 30], 8, "this is no XES log: "),
        (LOG.replace("</trace>", "</tace>"), 9, "this is no XES log: mismatched tag"),
        (LOG.replace(EVENTS[2], "<a>" * 200 + EVENTS[2]), 8, "this is no XES log: elements are nested deeper than 100"),
        (LOG.replace(EVENTS[2], f"<a b='{'x' * 10_000_000}'/>" + EVENTS[2]), 8, "this is no XES log: a tag is longer"),
    ],
)
def test_a_log_that_breaks_off_is_imported_as_far_as_it_goes(tmp_path, log, line, what):
    run = run_xes(tmp_path, log)

    assert run.exit_code == 1
    assert run.told == EXPECTED[: len(run.told)]
    assert len(run.told) >= 2
    (told,) = run.about(line)
    assert told.startswith(what)
    assert told.endswith("; what follows is not imported")


def test_a_packed_log_that_breaks_off_is_imported_as_far_as_it_goes(tmp_path):
    events = "".join(event("Came", f"2026-03-{number * 7919 % 28 + 1:02}T09:00Z") for number in range(20_000))
    packed = gzip.compress(LOG.replace(EVENTS[1], events).encode())

    run = run_xes(tmp_path, packed[: len(packed) // 2])

    assert run.exit_code == 1
    assert 5_000 < len(run.events) < 15_000
    (last,) = run.named_lines
    assert run.about(last)[0].endswith("fetch or pack the file again; what follows is not imported")


LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10 if n else "ha" * 50}">' for n in range(9))


@pytest.mark.parametrize(
    ("log", "what"),
    [
        (LOG.replace("<log", f"<!DOCTYPE log [{LAUGHS}]>\n<log").replace('"Came"', '"&l8;"'), "document type"),
        (LOG.replace("<log", '<!DOCTYPE log [<!ENTITY x SYSTEM "file:///etc/passwd">]>\n<log'), "document type"),
        (LOG.replace("<log", '<!DOCTYPE log SYSTEM "http://127.0.0.1:1/log.dtd">\n<log'), "document type"),
        ("<html><body/></html>", "the outermost element is <html>, not <log>"),
        ("<", "unclosed token"),
        (LOG.replace("UTF-8", "klingon"), "encoding"),
        (LOG.replace("UTF-8", "shift_jis"), "encoding"),
    ],
)  # fmt: skip
def test_what_is_no_event_log_or_could_do_harm_is_refused(tmp_path, log, what):
    run = run_xes(tmp_path, log)

    assert (run.exit_code, run.written) == (2, b"")
    assert what in run.errors[1]
    assert run.errors[-1] == "Nothing is imported."


def test_a_log_without_events_says_so(tmp_path):
    run = run_xes(tmp_path, BEGIN + "</log>")

    assert run.exit_code == 1
    assert run.errors[-1].startswith("0 rows, 0 events, ")
