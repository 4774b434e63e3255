"""The pages' own words: all of them in every language, with their placeholders, and nothing of them left in English.

What no test sees is whether a translation says the same as the English text. For that there are people.
"""

import ast
import re
from dataclasses import replace
from importlib.resources import files
from pathlib import Path

import pytest

from services.alerts.domain.alert import Act, Grade, Snooze, State
from services.alerts.domain.notice import GoodNews, Notice
from services.alerts.domain.record import ENDINGS
from services.alerts.domain.store import Coverage, Disagreement, OpenDefect, Slips, StoreStanding
from services.alerts.entrypoints.words import NAMES, PageWords, chosen
from tests.alerts.builders import JOURNEY, NOON, STORE, alert, broken, entry, finding, standing
from tests.alerts.looking import opened
from touchline_contracts.words import languages
from touchline_contracts.words.catalogue import placeholders
from touchline_contracts.words.po import read_po

pytestmark = pytest.mark.anyio
FOLDER = files("services.alerts.entrypoints.words")
ENTRYPOINTS = Path(__file__).parents[2] / "services/alerts/entrypoints"
TRANSLATED = [each for each in languages() if each != "en"]
WHAT = "prekės iš antro sandėlio"
BY_TWO = {"code": "expected.by_time", "arguments": {"what": WHAT, "due": "2026-11-21T14:00:00+00:00"}}
UNCONFIRMED = {"code": "attention.unconfirmed", "arguments": {"expected": BY_TWO}}
NOT_YET = {"code": "promise.unconfirmed", "arguments": {"unit": "sandėlis"}}
BETTER = {"code": "good_news.better", "arguments": {"store": STORE, "what": WHAT, "outcome": NOT_YET}}
OWN_REMEDY = "Make one person own the problem now, and tell the customer who it is and what happens next."
MADE_OF = {"weekday_", "short_weekday_", "month_", "report_"}
"""Codes that begin so go on with a number, or with what can be reported."""
FROM_THE_DOMAIN = {*State, *Grade, *ENDINGS, "critical", "warning", "next_to_none", "next_to_certain"}


def entries(file):
    return [each for each in read_po(FOLDER.joinpath(file).read_text(encoding="utf-8")) if each.context is not None]


TEMPLATE = entries("touchline.pot")
CODES = {each.context.removeprefix("page.") for each in TEMPLATE}


def asked_for(text):
    return {(each.name, each.kind) for each in placeholders(text) if each.name is not None}


def test_the_pages_can_be_read_in_every_language_of_the_alerts():
    assert tuple(NAMES) == languages()


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_text_of_the_pages_is_there_in_every_language(language):
    wanted = [(each.context, each.text, each.plural) for each in TEMPLATE]
    there = entries(f"{language}.po")

    assert [(each.context, each.text, each.plural) for each in there] == wanted
    assert [each.context for each in there if not all(each.said)] == []
    assert {len(each.said) for each in there if each.plural is not None} == {3}


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_translation_of_the_pages_has_the_placeholders_of_its_text(language):
    wrong = [
        (each.context, said)
        for each in entries(f"{language}.po")
        for said in each.said
        if asked_for(said) != asked_for(each.text)
    ]

    assert wrong == []


def test_every_text_that_the_pages_name_is_in_the_catalogue_and_no_other_is():
    templates = " ".join(file.read_text() for file in (ENTRYPOINTS / "pages").glob("*.html"))
    code = "\n".join(file.read_text() for file in [*sorted(ENTRYPOINTS.glob("*.py")), ENTRYPOINTS.parent / "app.py"])
    asked = set(re.findall(r'says\(\s*f?"([a-z_0-9]+)', templates + code))
    written = {node.value for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Constant)}
    named = written | set(re.findall(r'"([a-z_]+)"', templates)) | FROM_THE_DOMAIN
    made = {code for code in CODES if code.startswith(tuple(MADE_OF))}

    assert asked - CODES - MADE_OF == set()
    assert CODES - named - made == set()


@pytest.mark.parametrize(
    ("count", "lt", "lv", "ru"),
    [
        (1, "1 pranešimas", "1 brīdinājums", "1 оповещение"),
        (2, "2 pranešimai", "2 brīdinājumi", "2 оповещения"),
        (5, "5 pranešimai", "5 brīdinājumi", "5 оповещений"),
        (11, "11 pranešimų", "11 brīdinājumi", "11 оповещений"),
        (21, "21 pranešimas", "21 brīdinājums", "21 оповещение"),
    ],
)
def test_what_is_counted_stands_in_the_plural_of_its_language(count, lt, lv, ru):
    said = [PageWords(each).says("need_you", alerts=count) for each in ("lt", "lv", "ru")]

    assert [one in whole for one, whole in zip((lt, lv, ru), said, strict=True)] == [True] * 3


@pytest.mark.parametrize(
    ("caller", "cookie", "accepted", "default", "language"),
    [
        ("ru", "lt", "lv", "en", "ru"),
        (None, "lt", "lv", "en", "lt"),
        (None, None, "lv-LV,lv;q=0.9,en;q=0.8", "en", "lv"),
        (None, None, "de, fr;q=0.9, en;q=0.1, ru;q=0.5", "lt", "ru"),
        (None, None, "ru;q=0, *;q=0.5", "lt", "lt"),
        (None, "xx", "q=;;,,lt;q=x", "lv", "lv"),
        (None, None, "", "lv", "lv"),
    ],
)
def test_the_language_is_the_callers_else_the_one_chosen_else_the_browsers_else_the_one_set(
    caller, cookie, accepted, default, language
):
    assert chosen(caller, cookie, accepted, default) == language


def everything(transaction) -> None:
    """Everything that the pages can show, said in phrases where Touchline says it."""
    wait = finding(phrase=UNCONFIRMED, headline="ENGLISH", remedy=OWN_REMEDY, call="sandėlis")
    act = Act(by="budi-7", at=NOON)
    snoozed = Snooze(by="budi-7", at=NOON, until=NOON)
    transaction.save_journeys([standing()])
    transaction.save_ledgers({(STORE, JOURNEY): (lithuanian(), lithuanian("greeting", outcome=None, at=NOON))})
    lines = {
        "open": alert(finding=wait, repeats=2, escalated_at=NOON),
        "taken": alert(finding=replace(wait, line="taken"), acknowledged=act),
        "put-off": alert(finding=replace(wait, line="put-off"), snoozed=snoozed),
        "late": alert(finding=replace(broken("late"), phrase=UNCONFIRMED, call=None, remedy=OWN_REMEDY, cause_at=NOON)),
        "of-store": alert(journey="", finding=replace(wait, line="neglect", until=None)),
        "closed": alert(finding=replace(wait, line="closed"), state=State.CLOSED, closed=act, closed_at=NOON),
    }
    for grade in Grade:
        ended = replace(wait, line=grade.value)
        lines[grade] = alert(finding=ended, state=State.RESOLVED, grade=grade, closed_at=NOON)
    transaction.save_alerts(lines.values())
    transaction.save_stores([a_store()])
    news = GoodNews(line="x", touchpoint="kasa", headline="ENGLISH", since=NOON, phrase=BETTER)
    transaction.save_notices([Notice(store=STORE, journey=JOURNEY, news=news, kv=1.06, given_at=NOON)])


def lithuanian(line="promise/goods", **changes):
    usual = {"said_by": "pardavimai", "expected_phrase": BY_TWO, "outcome_phrase": NOT_YET, "touchpoint": "kasa"}
    return entry(line, **usual | {"restores": True} | changes)


def a_store():
    return StoreStanding(
        store=STORE,
        version=1,
        as_of=NOON,
        neglect=6.5,
        neglect_alert=6.0,
        defects=(OpenDefect(line="defect/plakatas", area="vitrina", severity="minor", since=NOON, neglect=3.0),),
        slips=(Slips(touchpoint="kasa", kind="defect", times=2, first_at=NOON, last_at=NOON),),
        coverage=Coverage(concept="c", version=2, due=NOON, acknowledged=("kasa",), missing=("sandėlis",)),
        disagreements=(
            Disagreement(
                touchpoint="kasa", observer="jutiklis", visits=1, shoppers=1, reported=5, weight=1, proposed_weight=0.2
            ),
        ),
    )


ALL_PAGES = ("/", f"/alerts/{alert().alert_id}", f"/stores/{STORE}", "/record", "/alerts/0123", "/stores/nieko")


def texts_of(html):
    """What is read of a page: its text, and what it says to those who do not see it; without names."""
    html = re.sub(r'<bdi>[^<]*</bdi>|<a class="name".*?</a>|<button name="lang".*?</button>', " ", html)
    said = re.findall(r'(?:aria-label|data-label)="([^"]*)"', html)
    return re.sub(r"<[^>]*>", " | ", html) + " | ".join(said)


@pytest.mark.parametrize("path", ALL_PAGES)
async def test_no_english_is_left_on_a_lithuanian_page(tmp_path, path):
    async with opened(tmp_path, language="lt") as page:
        await page.service.durable.transact(everything)

        html = (await page.http.get(path)).text

    assert '<html lang="lt">' in html
    words = set(re.findall(r"[^\W\d_]+", texts_of(html)))
    assert words & ENGLISH_WORDS == set()
    assert words & LITHUANIAN_WORDS


def _words(language):
    said = [text for each in entries("touchline.pot" if language == "en" else f"{language}.po") for text in each.said]
    if language == "en":
        said = [text for each in TEMPLATE for text in (each.text, each.plural or "")]
    return {word for text in said for word in re.findall(r"[^\W\d_]+", re.sub(r"\{[^}]*\}", " ", text))}


LITHUANIAN_WORDS = _words("lt") - _words("en")
ENGLISH_WORDS = (_words("en") | {"not", "confirmed", "minor", "takes", "off", "likely", "ENGLISH"}) - _words("lt")


@pytest.mark.parametrize(
    ("language", "date", "until"),
    [
        ("en", "Saturday 21 November 2026", "until 14:00"),
        ("lt", "2026 m. lapkričio 21 d., šeštadienis", "iki 14:00"),
        ("lv", "sestdiena, 2026. gada 21. novembris", "līdz 14:00"),
        ("ru", "суббота, 21 ноября 2026 г.", "до 14:00"),  # noqa: RUF001 (Russian)
    ],
)
async def test_dates_times_and_numbers_are_written_as_the_language_writes_them(tmp_path, language, date, until):
    async with opened(tmp_path) as page:
        await page.has(alert())
        page.http.headers["accept-language"] = language

        html, text = await page.html(), await page.text()

    assert f'<html lang="{language}">' in html
    assert date in text
    assert until in text
    assert ("0.80" if language == "en" else "0,80") in text


async def test_a_language_chosen_in_the_page_is_kept_and_counts_more_than_the_browsers(tmp_path):
    async with opened(tmp_path, language="ru") as page:
        page.http.headers["accept-language"] = "lv"
        ours = {"sec-fetch-site": "same-origin"}

        answer = await page.http.post("/language", data={"lang": "lt", "back": "/record"}, headers=ours)

        assert (answer.status_code, answer.headers["location"]) == (303, "/record")
        assert '<html lang="lt">' in await page.html("/record")
        await page.http.post("/language", data={"lang": "xx", "back": "//elsewhere.example"}, headers=ours)
        assert '<html lang="lt">' in await page.html()
