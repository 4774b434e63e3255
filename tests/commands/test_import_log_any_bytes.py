"""No log and no mapping, however spoilt, ends in a traceback, and no row is lost without a word."""

import re
from xml.dom import expatbuilder
from xml.parsers import expat
from xml.sax.saxutils import quoteattr

from hypothesis import example, given, settings
from hypothesis import strategies as st

from services.commands.log_import.importing import Counts, open_import
from services.commands.log_import.mapping_file import MappingError, mapping_from
from services.commands.log_import.problems import Problems
from services.commands.log_import.rows import REST_LEFT_OUT, UnusableLog, opened
from tests.commands.event_logs import EXAMPLES, LOG, MAPPING, mapping_for, run_import
from tests.commands.test_import_log_xes import LOG as XES
from tests.commands.test_import_log_xes import MAPPING as XES_MAPPING
from touchline_contracts import parse_event

ONE_KIND = mapping_for(
    """{event: promise.made, data: {promise_id: {column: what}, what: {column: what}, fulfilled_by: {column: team},
       due: {column: at, plus: {column: what, unit: h}}}}""",
    store="{column: office}",
)
"""Every row is one event or a problem: every field has to be there."""
AS_XES = ONE_KIND.replace("column: case}", "column: 'case:case'}")
WORDS = (
    "", " ", "c-1", "3", "2026-03-02T09:00Z", "2026-03-02", "é", '"', '""', '"a', "a\nb", "'", ";", ",", "\t", "\0",
    "\x1b[2J", "9" * 400, "0001-01-01T00:00+14:00", "9999-12-31T23:59:59-14:00", "1e9", "\ufeff", "٣", "sep=;",
)  # fmt: skip
CELLS = st.sampled_from([*WORDS, "\udc80"]) | st.text(max_size=6)
COLUMNS = ("case", "office", "at", "what", "team")
GOOD = "c-1,riga-1,2026-03-02T09:00Z,4,team"
ROWS = st.lists(CELLS, min_size=5, max_size=5).map(",".join) | st.lists(CELLS, max_size=7).map(",".join) | st.just(GOOD)
TABLES = st.lists(ROWS, max_size=12).map(lambda rows: "\n".join([",".join(COLUMNS), *rows]))
XML = re.compile("[^\x09\x0a\x0d\x20-\ud7ff\ue000-\ufffd]")
ATTRIBUTES = st.dictionaries(st.sampled_from(COLUMNS), st.sampled_from([*WORDS, "riga-1"]) | st.text(max_size=6))


def spoilt(log: bytes, *pieces: bytes):
    """The log with some bytes changed, taken out or put in."""
    change = st.tuples(st.integers(0, len(log)), st.integers(0, 40), st.binary(max_size=3) | st.sampled_from(pieces))

    def changed(changes):
        result = log
        for begin, length, piece in changes:
            result = result[:begin] + piece + result[begin + length :]
        return result

    return st.lists(change, min_size=1, max_size=3).map(changed)


def imported(folder, log: bytes, mapping: str):
    """The events, the problems and the counts; None where nothing of the log can be imported."""
    (folder / "log").write_bytes(log)
    counts, said = Counts(), []
    problems = Problems(tell=said.append, every=True)
    try:
        with opened(folder / "log") as file:
            the_import = open_import(file, mapping_from(mapping, name="mapping.yaml"))
            events = [event for some in the_import.events(counts, problems) for event in some]
            the_import.columns_never_met()
    except UnusableLog:
        return None
    assert [parse_event(event.to_json()) for event in events] == events
    assert all(each.text("log", "mapping.yaml").isprintable() for each in said)
    return events, said, counts


@settings(max_examples=400, deadline=None)
@given(table=TABLES)
def test_every_row_of_a_table_is_an_event_or_named(tmp_path_factory, table):
    log = table.encode(errors="surrogateescape")

    events, said, _ = imported(tmp_path_factory.getbasetemp(), log, ONE_KIND)

    rows = [row for row in re.split("\r\n|\r|\n", table)[1:] if row and not row.isspace()]
    assert len(events) + len({problem.line for problem in said}) == len(rows)
    assert len(events) >= rows.count(GOOD)


@settings(max_examples=200, deadline=None)
@given(table=TABLES)
def test_a_row_of_several_lines_takes_none_with_it_that_is_not_named(tmp_path_factory, table):
    log = table.encode(errors="surrogateescape")

    events, said, counts = imported(tmp_path_factory.getbasetemp(), log, ONE_KIND + "csv: {line_breaks_in_cells: true}")

    left_out = sum(problem.instead == "the row is left out" for problem in said)
    assert len(events) + len({problem.line for problem in said}) == counts.rows + left_out
    assert '"' in table or len(events) >= table.count(GOOD)


@settings(max_examples=300, deadline=None)
@given(traces=st.lists(st.tuples(ATTRIBUTES, st.lists(ATTRIBUTES, max_size=4)), max_size=4))
def test_every_event_of_an_xes_log_is_an_event_or_named(tmp_path_factory, traces):
    def attributes(values):
        return "".join(f"<string key={quoteattr(key)} value={quoteattr(XML.sub('?', values[key]))}/>" for key in values)

    events = [[f"<event>{attributes(each)}</event>\n" for each in inner] for _, inner in traces]
    log = "".join(
        f"<trace>{attributes(own)}\n{''.join(inner)}</trace>" for (own, _), inner in zip(traces, events, strict=True)
    )

    came = imported(tmp_path_factory.getbasetemp(), f"<log>\n{log}</log>".encode(), AS_XES)

    told, said, counts = came
    assert counts.rows == sum(map(len, events))
    assert len(told) + len({problem.line for problem in said}) == counts.rows


@settings(max_examples=400, deadline=None)
@example(log=XES.encode().replace(b"<?xml", b"<?:xml"))
@given(log=spoilt(XES.encode(), b"<", b">", b'"', b"&", b"<event>", b"</event>", b"</trace>", b"<!--", b"]]>", b"\0"))
def test_all_of_a_spoilt_xes_log_is_read_or_it_is_said_from_where_on_it_is_not(tmp_path_factory, log):
    try:
        # Without namespaces, as it is read: a colon is a letter like any other.
        elements = expatbuilder.parseString(log, namespaces=False).getElementsByTagName("*")  # noqa: S316
    except (expat.ExpatError, ValueError, LookupError):
        there, broken = [], True
    else:
        there, broken = [each for each in elements if each.tagName.rpartition(":")[2] == "event"], False

    came = imported(tmp_path_factory.getbasetemp(), log, XES_MAPPING)

    if came is None:
        assert broken or not there
    else:
        _, said, counts = came
        assert any(problem.instead == REST_LEFT_OUT for problem in said) or not broken
        assert counts.rows >= len(there)


@settings(max_examples=200, deadline=None)
@given(log=st.binary(max_size=300) | spoilt(LOG.encode(), b'"', b"\n"), name=st.sampled_from(["log.csv", "log.xes"]))
def test_any_bytes_end_in_an_exit_code_and_words(tmp_path_factory, log, name):
    run = run_import(tmp_path_factory.getbasetemp(), log, MAPPING, name=name)

    assert run.exit_code in (0, 1, 2)
    assert run.errors


MAPPINGS = [(EXAMPLES / name / "mapping.yaml").read_bytes() for name in ("help-desk", "web-shop", "loan-applications")]
YAML = (
    b"null", b"{}", b"[]", b"true", b"5", b"-1", b"1e400", b"{column: at}", b"{plus: 4h}", b"*x", b"&x ", b"'", b": ",
    b"- ", b"\n", b"unix", b"\x85", b"\xff",
)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(mapping=st.sampled_from(MAPPINGS).flatmap(lambda mapping: spoilt(mapping, *YAML)))
def test_a_spoilt_mapping_is_read_or_its_mistakes_are_named_with_their_lines(mapping):
    said = []
    try:
        mapping_from(mapping.decode(errors="replace"), name="mapping.yaml")
    except MappingError as error:
        said = str(error).split("\n")
        assert said

    assert [line for line in said if not re.match(r"mapping\.yaml:\d+(:\d+)?: ", line)] == []
