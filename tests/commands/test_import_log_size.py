"""Importing logs of any size: they are read as a stream, and what is remembered of them is bounded."""

import gzip

import pytest

from services.commands.log_import import importing
from services.commands.log_import.importing import Counts, open_import
from services.commands.log_import.mapping_file import mapping_from
from services.commands.log_import.problems import Problems
from services.commands.log_import.rows import opened
from tests.commands.event_logs import CAME, HEADER, MAPPING
from tests.commands.test_import_log_xes import BEGIN, EVENTS, TRACE
from tests.commands.test_import_log_xes import MAPPING as XES_MAPPING

ROWS = 50_000
TABLE = f"{HEADER}\n" + f"{CAME}\n" * ROWS
XES = BEGIN + TRACE + EVENTS[0] * ROWS + "</trace></log>"


@pytest.mark.parametrize(
    ("log", "mapping"),
    [
        (TABLE.encode(), MAPPING),
        (XES.encode(), XES_MAPPING),
        (gzip.compress(XES.encode(), compresslevel=0), XES_MAPPING),
    ],
)
def test_the_first_event_comes_long_before_the_end_of_the_log_is_read(tmp_path, log, mapping):
    (tmp_path / "log").write_bytes(log)

    with opened(tmp_path / "log") as file:
        the_import = open_import(file, mapping_from(mapping, name="mapping.yaml"))
        events = the_import.events(Counts(), Problems(tell=print))
        first = next(events)

        assert len(first) == 1
        assert file.raw.tell() < 500_000 < len(log)


def test_only_the_latest_events_are_remembered(tmp_path, monkeypatch):
    monkeypatch.setattr(importing, "REMEMBERED", 10)
    row = CAME.replace("c-1", "c-{}")
    far, near = [*range(100), 0], [*range(100), 99]

    def told_twice(cases):
        (tmp_path / "log").write_text("\n".join([HEADER, *(row.format(case) for case in cases)]))
        counts = Counts()
        with opened(tmp_path / "log") as file:
            the_import = open_import(file, mapping_from(MAPPING, name="mapping.yaml"))
            events = [event for some in the_import.events(counts, Problems(tell=print)) for event in some]
        assert len(events) == len(cases)  # each is written, also when it is told twice
        return counts.told_twice

    assert told_twice(near) == 1
    assert told_twice(far) == 0
