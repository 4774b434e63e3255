"""An alert's journey drawn and told: bars in the KV that each line leaves, and moments in the order of time."""

from datetime import UTC, timedelta

import pytest

from services.alerts.adapters.database import MIGRATIONS, StoredTransaction
from services.alerts.domain.alert import Act, Grade, State
from services.alerts.entrypoints.reading import read
from services.alerts.entrypoints.showing import Showing
from services.alerts.entrypoints.story import picture, story
from services.alerts.entrypoints.words import PageWords
from tests.alerts.builders import NOON, alert, case, entry, evaluation, record, standing
from touchline_contracts.evaluations import Expectation, LedgerLine, Outcome

pytestmark = pytest.mark.anyio

LATER = NOON + timedelta(minutes=10)


def showing(now=LATER):
    return Showing(now, UTC, PageWords("en"))


def test_a_line_that_takes_half_is_drawn_half_and_what_is_only_likely_is_told_apart():
    # exp(-0.6931) = 0.5: of a picture that ends at 1.25 that is 40 in 100, and 1 is 80.
    half = entry(contribution=-0.6931, forecast_contribution=-0.6931)
    likely = entry("b", contribution=0.0, forecast_contribution=-0.6931)
    drawn = picture(case(standing=standing(kv=0.5, forecast=2.0), ledger=(half, likely)), showing())

    (_, first), (_, second) = drawn.lines
    assert (first.certain, first.likely, first.harm) == (40.0, 40.0, True)
    assert (second.certain, second.likely, second.harm) == (40.0, 80.0, True)
    assert (drawn.zone.begins, drawn.zone.ends) == (64.0, 80.0)
    assert (drawn.so_far.certain, drawn.heading.certain, drawn.heading.harm) == (40.0, 100.0, False)
    assert first.said == "50% of what was expected"


def test_what_happened_stands_in_the_order_of_time_and_what_is_to_come_after_the_present():
    greeted = entry("greeting", expected="a greeting", outcome="60 s", at=NOON - timedelta(minutes=5), due=None)
    one = case(alert=alert(acknowledged=Act(by="duty-7", at=NOON + timedelta(minutes=2))), ledger=(entry(), greeted))

    told = story(one, showing())

    assert [(each.at, each.words, each.ahead) for each in told] == [
        ("11:55", "a greeting: 60 s", False),
        ("12:00", "You were told", False),
        ("12:02", "Acknowledged", False),
        ("12:10", "Now", False),
        ("14:00", "Too late to act from here on", True),
    ]


def test_what_is_over_ends_with_how_it_ended():
    over = alert(state=State.RESOLVED, grade=Grade.SAVED, closed_at=NOON + timedelta(minutes=5))

    assert (story(case(alert=over, ledger=()), showing())[-1].words) == "Saved"


def test_an_evaluation_says_what_happened_when_and_what_would_save_the_journey_and_both_are_kept(rows):
    line, other = _line("promise/goods", Outcome(text="broken", at=NOON)), _line("greeting")
    told = record(evaluation("visit-1", 1, lines=[line, other], to_restore=["promise/goods"]))
    ((taken,), _) = read([told], NOON)
    store = StoredTransaction(rows(MIGRATIONS))
    store.save_alerts([alert(journey="visit-1")])
    store.save_journeys([taken.standing])
    store.save_ledgers({taken.standing.key: taken.ledger})

    (kept,) = store.cases(None, 1)

    assert [(each.line, each.at, each.restores) for each in kept.ledger] == [
        ("promise/goods", NOON, True),
        ("greeting", None, False),
    ]


def _line(name, outcome=None):
    return LedgerLine(
        line=name,
        touchpoint="till",
        kind="performance",
        expectation=Expectation(text=name, said_by="sales", unit="done"),
        outcome=outcome,
        state="open",
        contribution=0,
        forecast_contribution=0,
    )


async def test_the_smallest_change_that_saves_a_journey_stands_on_its_page_as_long_as_it_is_open(page):
    await page.has(alert(), ledger=[entry(restores=True), entry("greeting", expected="a greeting")])
    path = f"/alerts/{alert().alert_id}"

    html = await page.html(path)
    assert "The smallest change that saves it" in html
    saves = html.partition('<ul class="saves">')[2].partition("</ul>")[0]
    assert "goods brought over" in saves
    assert "a greeting" not in saves

    await page.has(alert(state=State.RESOLVED, closed_at=NOON), ledger=[entry(restores=True)])
    assert "The smallest change" not in await page.html(path)
