"""Dead letters: whatever a record holds, it can be set aside."""

from datetime import UTC, datetime

import pytest

from services.chassis.bookkeeping import Record
from services.chassis.dead_letters import dead_letter

NOW = datetime(2026, 3, 7, tzinfo=UTC)


@pytest.mark.parametrize(
    ("written", "told"),
    [
        (0, "1970-01-01T00:00:00+00:00"),
        (1_700_000_000_000_000, "1700000000000000"),
        (-1, "1969-12-31T23:59:59.999000+00:00"),
    ],
)
def test_a_time_that_is_none_is_told_as_it_is(written: int, told: str) -> None:
    record = Record("topic", 3, 7, b"key", b"\xff", written)

    letter = dead_letter("letters", record, reason="unreadable", error=ValueError("x" * 1000), service="test", now=NOW)

    assert (letter.value, letter.key, letter.headers["touchline-written-at"]) == (b"\xff", b"key", told)
    assert len(letter.headers["touchline-detail"]) == 500
