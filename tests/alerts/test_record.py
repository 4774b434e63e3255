"""How we do: alerts by how they ended and how soon somebody had them, by store, and never about one person."""

from datetime import timedelta

import pytest

from services.alerts.adapters.database import MIGRATIONS, StoredTransaction
from services.alerts.domain.alert import Act, Grade, State
from services.alerts.domain.record import LEAST, Past, records
from tests.alerts.builders import NOON, alert, finding
from tests.alerts.looking import opened

pytestmark = pytest.mark.anyio

MINUTE = timedelta(minutes=1)


def past(ending="saved", minutes=None, store="riga-1"):
    return Past(store, ending, None if minutes is None else minutes * MINUTE)


def ended(line, **changes):
    return alert(**{"finding": finding(line), "state": State.RESOLVED, "closed_at": NOON} | changes)


def taken(after):
    return Act(by="duty-7", at=NOON + after)


def test_alerts_are_counted_by_how_they_ended_for_all_stores_and_for_each():
    every, riga, vilnius = records([past(), past("lost"), past("retracted", store="vilnius-1"), past(store="riga-1")])

    assert (every.store, every.alerts) == (None, 4)
    assert every.endings == {"saved": 2, "lost": 1, "retracted": 1, "pending": 0, "others": 0}
    assert (riga.store, riga.alerts, riga.endings["saved"]) == ("riga-1", 3, 2)
    assert (vilnius.store, vilnius.endings["retracted"]) == ("vilnius-1", 1)


def test_half_and_nine_in_ten_were_taken_within_the_time_that_is_said():
    (every, _) = records([past(minutes=each) for each in (10, 1, 9, 2, 8, 3, 7, 4, 6, 5)] + [past()])

    # Of 1 to 10 minutes the fifth is 5, and the ninth is 9; what nobody took does not count.
    assert (every.median, every.ninetieth) == (5 * MINUTE, 9 * MINUTE)


def test_of_too_few_no_time_is_said():
    (enough, _) = records([past(minutes=1)] * LEAST)
    (few, _) = records([past(minutes=1)] * (LEAST - 1) + [past()])

    assert enough.median == MINUTE
    assert (few.median, few.ninetieth) == (None, None)


def test_without_alerts_there_is_nothing_to_say():
    assert records([]) == []


def test_what_was_is_found_in_the_database(rows):
    store = StoredTransaction(rows(MIGRATIONS))
    store.save_alerts(
        [
            ended("a", grade=Grade.SAVED, acknowledged=taken(3 * MINUTE)),
            ended("b", grade=Grade.LOST),
            ended("c", grade=Grade.PENDING),
            ended("d", state=State.RETRACTED),
            ended("e", state=State.CLOSED, closed=taken(MINUTE)),
            ended("f", journey=""),
            alert(finding=finding("g")),
            ended("old", opened_at=NOON - MINUTE),
        ]
    )

    found = store.past(NOON)

    assert sorted(found, key=str) == sorted(
        [
            past("saved", 3),
            past("lost"),
            past("pending"),
            past("retracted"),
            past("others"),
            past("others"),
            past("pending"),
        ],
        key=str,
    )


async def test_the_page_says_it_in_words_and_names_nobody(tmp_path):
    saved = [ended(f"s{each}", grade=Grade.SAVED, acknowledged=taken(each * MINUTE)) for each in range(1, 6)]
    async with opened(tmp_path) as page:
        await page.has(*saved, ended("x", grade=Grade.LOST), ended("y", store="vilnius-1", grade=Grade.SAVED))

        html, text = await page.html("/record"), await page.text("/record")

    assert "All stores · 86% saved" in text
    assert "Until somebody took it: half within 3 min, 9 in 10 within 5 min" in text
    assert "riga-1 · 83% saved" in text
    assert "vilnius-1 · 100% saved" in text
    assert 'aria-label="6 saved, 1 lost, 0 retracted, 0 not ended yet, 0 closed or of a store"' in html
    assert "duty-7" not in html


async def test_without_alerts_the_page_says_so(page):
    assert "No alert was opened in this time." in await page.text("/record")
