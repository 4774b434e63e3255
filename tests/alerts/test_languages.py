"""Alerts in every language: the phrase goes with the alert, and whoever renders it says it, English where it has to."""

import json
from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from services.alerts.adapters.alertmanager import posted
from services.alerts.adapters.rendering import LONGEST_CHAT, rendered
from services.alerts.adapters.telling import account_in_json, webhook_body
from services.alerts.adapters.trying import trial
from services.alerts.domain.account import LONGEST_TEXT, reasons
from services.alerts.domain.alert import Act, Grade, Snooze, State
from services.alerts.domain.decision import Step
from services.alerts.ports import Told
from tests.alerts.builders import NOON, alert, case, entry, finding
from touchline_contracts.phrases import Phrase
from touchline_contracts.words import catalogue, languages

RIGA = ZoneInfo("Europe/Riga")
PAGE = "https://alerts.example"
ENDED = {"state": State.RESOLVED, "closed_at": NOON, "steps": 2}
WHAT = "goods brought over from the second warehouse"
OWN_REMEDY = "Make one person own the problem now, and tell the customer who it is and what happens next."
"""What is to be done where a service concept does not say it."""
BY_TWO = {"code": "expected.by_time", "arguments": {"what": WHAT, "due": "2026-11-21T14:00:00+00:00"}}
UNCONFIRMED = {"code": "attention.unconfirmed", "arguments": {"expected": BY_TWO}}
NOT_YET = {"code": "promise.unconfirmed", "arguments": {"unit": "second_warehouse"}}
SAID = finding(phrase=UNCONFIRMED, remedy=OWN_REMEDY)
LINE = entry(expected_phrase=BY_TWO, outcome_phrase=NOT_YET)
TRANSLATED = [each for each in languages() if each != "en"]

LABELS = {
    "opened": ("", "", "", ""),
    "critical": ("Critical: ", "Skubu. ", "Steidzami. ", "Срочно. "),
    "escalated": ("Worse now: ", "Pablogėjo. ", "Kļuva nopietnāk. ", "Стало серьёзнее. "),
    "repeated": ("Repeated: ", "Priminimas. ", "Atgādinājums. ", "Напоминание. "),
    "closed": ("Closed: ", "Uždaryta: ", "Slēgts: ", "Закрыто: "),
    "resolved": ("Resolved: ", "Išspręsta: ", "Atrisināts: ", "Решено: "),
    "pending": ("Resolved: ", "Išspręsta: ", "Atrisināts: ", "Решено: "),
    "saved": ("Saved: ", "Išgelbėta: ", "Izglābts: ", "Спасено: "),
    "lost": ("Lost: ", "Prarasta. ", "Zaudēts. ", "Упущено. "),
    "retracted": ("No ground for it any more: ", "Netikras pavojus: ", "Viltus trauksme: ", "Ложная тревога: "),
}
STEPS = {
    "critical": (Step.OPENED, {"finding": replace(SAID, severity="critical")}),
    "pending": (Step.RESOLVED, ENDED | {"grade": Grade.PENDING}),
    "saved": (Step.RESOLVED, ENDED | {"grade": Grade.SAVED}),
    "lost": (Step.RESOLVED, ENDED | {"grade": Grade.LOST}),
    "resolved": (Step.RESOLVED, ENDED),
}


def body(step=Step.OPENED, **changes):
    one = case(alert=alert(**{"finding": SAID} | changes), ledger=(LINE,))
    return webhook_body(Told(step=step, case=one, at=NOON), PAGE)


def message(language, step=Step.OPENED, **changes):
    return rendered(body(step, **changes), RIGA, language)


@pytest.mark.parametrize(
    ("language", "subject"),
    [
        (
            "lt",
            (
                f"Niekas nepatvirtino: {WHAT} iki 14:00 · riga-1, visit-1043 · "
                "Dabar pat paskirkite vieną atsakingą žmogų ir pasakykite klientui, kas jis ir k… · iki 16:00 EET"
            ),
        ),
        (
            "lv",
            (
                f"Neviens nav apstiprinājis: {WHAT} līdz 14:00 · riga-1, visit-1043 · "
                "Tūlīt ieceliet vienu atbildīgo un pasakiet klientam, kas tas ir un kas notiks t… · līdz 16:00 EET"
            ),
        ),
        (
            "ru",
            (
                f"Никто не подтвердил: {WHAT} до 14:00 · riga-1, visit-1043 · "
                "Сейчас же назначьте одного ответственного и скажите клиенту, кто это и что буде… · до 16:00 EET"
            ),
        ),
    ],
)
def test_a_lock_screen_says_what_is_wrong_for_whom_what_to_do_and_until_when(language, subject):
    assert message(language).subject == subject


@pytest.mark.parametrize(("place", "language"), list(enumerate(("en", "lt", "lv", "ru"))))
@pytest.mark.parametrize("what", LABELS)
def test_what_has_happened_comes_first_in_every_language(what, place, language):
    step, changes = STEPS.get(what, (None, {}))
    said = message(language, step or Step(what), **(ENDED if what in ("closed", "retracted") else changes))

    begins = LABELS[what][place] + catalogue(language).say(Phrase.model_validate(UNCONFIRMED))
    assert said.subject.startswith(begins[:80])
    assert said.chat.startswith(begins)
    assert said.text.startswith(begins)


@pytest.mark.parametrize(
    ("language", "lines"),
    [
        (
            "lt",
            ["Ką daryti: ", "Kam skambinti: second warehouse", "Iki: 16:00 EET", "Kur: riga-1, visit-1043", "Kodėl:"],
        ),
        (
            "lv",
            ["Ko darīt: ", "Kam zvanīt: second warehouse", "Līdz: 16:00 EET", "Kur: riga-1, visit-1043", "Kāpēc:"],
        ),
        (
            "ru",
            [
                "Что делать: ",
                "Кому позвонить: second warehouse",
                "Срок: до 16:00 EET",
                "Где: riga-1, visit-1043",
                "Почему:",
            ],
        ),
    ],
)
def test_a_letter_is_labelled_in_its_language(language, lines):
    said = message(language)

    written = [each for each in said.text.splitlines() if each]
    for line, begins in zip(written[1:6], lines, strict=True):
        assert line.startswith(begins)
        assert begins.strip() in said.html
    assert f'<html lang="{language}">' in said.html


@pytest.mark.parametrize(
    ("language", "why"),
    [
        ("lt", "iki 14:00 (sales): dar nepatvirtinta (second warehouse); tikriausiai atims 53 %"),
        ("lv", "līdz 14:00 (sales): vēl nav apstiprināts (second warehouse); droši vien atņems 53 %"),
        ("ru", "до 14:00 (sales): ещё не подтверждено (second warehouse); вероятно, отнимет 53 %"),
    ],
)
def test_the_reasons_are_said_in_the_language(language, why):
    assert f"- {WHAT} {why}\n" in message(language).text


@pytest.mark.parametrize(
    ("language", "facts"),
    [
        ("lt", "Iki 16:00 EET · riga-1, visit-1043 · skambinti: second warehouse"),
        ("lv", "Līdz 16:00 EET · riga-1, visit-1043 · zvanīt: second warehouse"),
        ("ru", "До 16:00 EET · riga-1, visit-1043 · позвонить: second warehouse"),
    ],
)
def test_a_chat_says_until_when_where_and_whom_to_call(language, facts):
    assert message(language).chat.splitlines()[2] == facts


@pytest.mark.parametrize(
    ("language", "until"),
    [
        ("en", "until 1 Dec 14:00 EET"),
        ("lt", "iki gruodžio 1 d. 14:00 EET"),
        ("lv", "līdz 1. decembrim plkst. 14:00 EET"),
        ("ru", "до 1 декабря, 14:00 EET"),
    ],
)
def test_another_day_is_said_as_the_language_says_days(language, until):
    later = replace(SAID, until=NOON + timedelta(days=10))

    assert message(language, finding=later).subject.endswith(until)


@pytest.mark.parametrize("language", TRANSLATED)
@pytest.mark.parametrize(
    "phrase",
    [None, {"code": "attention.from_the_future", "arguments": {}}, {"code": "attention.broken", "arguments": {}}],
)
def test_what_the_catalogue_does_not_know_is_said_in_english(phrase, language):
    said = message(language, finding=replace(SAID, phrase=phrase))

    assert said.subject.startswith(f"{SAID.headline} · ")
    assert catalogue(language).text(OWN_REMEDY) in said.chat


@pytest.mark.parametrize("language", TRANSLATED)
def test_a_body_of_an_earlier_version_is_said_in_english_with_labels_of_the_language(language):
    content = json.loads(body())
    for name in ("phrase", "why_phrases"):
        del content["data"][name]

    said = rendered(json.dumps(content).encode(), RIGA, language)

    assert said.subject.startswith(SAID.headline)
    assert f"- {reasons(case())[0].text}" in said.text


def test_english_says_what_the_alert_says_and_not_what_the_catalogue_would():
    worded = replace(SAID, headline="Nobody has confirmed it: goods")

    assert message("en", finding=worded).subject.startswith("Nobody has confirmed it: goods · ")


@pytest.mark.parametrize("language", languages())
def test_what_the_company_says_stays_as_it_is(language):
    said = message(language, finding=replace(SAID, remedy="Send the van.", call="a_greeting_desk"))

    assert "Send the van." in said.chat
    assert "a greeting desk" in said.chat


@pytest.mark.parametrize("language", languages())
def test_who_has_done_something_and_what_they_said_of_it_is_in_no_message(language):
    acts = {
        "acknowledged": Act(by="anna.berzina", at=NOON, comment="Peter knows"),
        "snoozed": Snooze(by="anna.berzina", at=NOON, comment="Peter knows", until=NOON),
        "closed": Act(by="anna.berzina", at=NOON, comment="Peter knows"),
    }
    for step in (Step.REPEATED, Step.ESCALATED, Step.CLOSED):
        said = message(language, step, **acts)
        for text in (said.subject, said.chat, said.text, said.html):
            assert "anna" not in text
            assert "Peter" not in text


@example(language="lt", what="x" * 900, store="z" * 200)
@given(language=st.sampled_from(languages()), what=st.text(max_size=900), store=st.text(max_size=200))
def test_lengths_are_kept_in_every_language(language, what, store):
    expected = {"code": "expected.by_time", "arguments": {"what": what, "due": "2026-11-21T14:00:00+00:00"}}
    content = json.loads(body())
    content["data"] |= {
        "phrase": {"code": "attention.unconfirmed", "arguments": {"expected": expected}},
        "store": store,
        "why": ["x"],
        "why_phrases": [expected],
    }

    said = rendered(json.dumps(content).encode(), RIGA, language)

    assert len(said.chat) <= LONGEST_CHAT
    assert len(said.subject) <= 300
    assert all(each.isprintable() for each in said.subject)
    assert all(len(line) <= LONGEST_TEXT + 20 for line in said.text.splitlines())


@pytest.mark.parametrize("language", TRANSLATED)
def test_a_message_that_tries_a_channel_out_is_all_in_the_language(language):
    said = rendered(trial("email", PAGE, NOON).body, RIGA, language)

    for english in ("Test", "reach", "Nothing", "done"):
        assert english not in said.subject


def test_alertmanager_is_told_in_its_language():
    account = account_in_json(case(alert=alert(finding=replace(SAID, until=NOON + timedelta(days=2)))), PAGE)

    (one,) = posted("alert.opened", account, now=NOON, zone=RIGA, language="lt")

    assert one["annotations"]["headline"] == f"Niekas nepatvirtino: {WHAT} iki 14:00"
    assert one["annotations"]["remedy"].startswith("Dabar pat paskirkite")
    assert one["annotations"]["until"] == "lapkričio 23 d. 14:00 EET"
