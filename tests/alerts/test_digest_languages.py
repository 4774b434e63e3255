"""Several alerts in one message, in every language."""

import json
from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from services.alerts.adapters.digest import LONGEST_SUBJECT, digest_body, message_of
from services.alerts.adapters.rendering import LONGEST_CHAT
from services.alerts.adapters.telling import webhook_body
from services.alerts.domain.alert import Grade, State
from services.alerts.domain.decision import Step
from services.alerts.ports import Told
from tests.alerts.builders import NOON, alert, case, finding
from touchline_contracts.words import languages

RIGA = ZoneInfo("Europe/Riga")
PAGE = "https://alerts.example"
EXPECTED = {"code": "expected.done", "arguments": {"what": "goods"}}
OWN = "Have it cleaned now, and look again yourself."
OWN_LT = "Pasirūpinkite, kad būtų išvalyta dabar, ir patikrinkite patys."
OWN_LV = "Parūpējieties, lai to sakopj tagad, un pārbaudiet paši."


def body(journey, step=Step.OPENED, **changes):
    told_of = finding(phrase={"code": "attention.broken", "arguments": {"expected": EXPECTED}}, remedy=OWN)
    severe = replace(told_of, severity="critical", until=NOON + timedelta(days=1))
    one = case(alert=alert(journey=journey, **{"finding": severe} | changes))
    return webhook_body(Told(step=step, case=one, at=NOON), PAGE)


LOST = body("visit-3", Step.RESOLVED, state=State.RESOLVED, closed_at=NOON, grade=Grade.LOST)
THREE = digest_body([body("visit-1"), body("visit-2"), LOST], PAGE)


@pytest.mark.parametrize(
    ("language", "counted", "open_ones", "over", "more"),
    [
        (
            "en",
            "2 alerts, 2 critical, 1 over, 1 lost: Critical: ",
            f" · riga-1: visit-1, visit-2 · {OWN} · until 22 Nov 14:00 EET",
            "Lost: ",
            "More: ",
        ),
        (
            "lt",
            "2 įspėjimai, 2 skubūs, 1 pasibaigęs, 1 prarastas: Skubu. Neištesėtas pažadas: goods",
            f" · riga-1: visit-1, visit-2 · {OWN_LT} · iki lapkričio 22 d. 14:00 EET",
            "Prarasta. Neištesėtas pažadas: goods · riga-1: visit-3",
            "Daugiau: ",
        ),
        (
            "lv",
            "2 brīdinājumi, 2 steidzami, 1 beidzies, 1 zaudēts: Steidzami. Lauzts solījums: goods",
            f" · riga-1: visit-1, visit-2 · {OWN_LV} · līdz 22. novembrim plkst. 14:00 EET",
            "Zaudēts. Lauzts solījums: goods · riga-1: visit-3",
            "Vairāk: ",
        ),
        (
            "ru",
            "2 тревоги, 2 срочные, 1 закончилась, 1 упущена: Срочно. Нарушено обещание: goods",
            " · riga-1: visit-1, visit-2 · Распорядитесь убрать сейчас и проверьте лично. · до 22 ноября, 14:00 EET",
            "Упущено. Нарушено обещание: goods · riga-1: visit-3",
            "Подробнее: ",
        ),
    ],
)
def test_a_digest_counts_and_names_its_alerts_in_the_language(language, counted, open_ones, over, more):
    said = message_of(THREE, RIGA, language)

    assert said.subject.startswith(counted)
    assert open_ones in said.text
    assert f"- {over}" in said.text
    assert said.chat.endswith(f"{more}{PAGE}/")


@pytest.mark.parametrize(
    ("language", "counted", "line"),
    [
        ("en", "2 alerts, 1 taken already: Broken promise: goods", "- Taken already: Broken promise: goods"),
        ("lt", "2 įspėjimai, 1 jau sprendžiamas: Neištesėtas", "- Jau sprendžiama. Neištesėtas pažadas: goods"),
        ("lv", "2 brīdinājumi, 1 jau tiek risināts: Lauzts", "- Jau tiek risināts. Lauzts solījums: goods"),
        ("ru", "2 тревоги, 1 уже в работе: Нарушено", "- Этим уже занимаются. Нарушено обещание: goods"),
    ],
)
def test_what_somebody_has_is_counted_and_named_as_that_after_what_calls(language, counted, line):
    said = {"code": "attention.broken", "arguments": {"expected": EXPECTED}}
    told_of = finding(headline="Broken promise: goods", phrase=said, remedy=OWN)
    somebodys = as_somebodys(body("visit-1", finding=told_of))
    both = digest_body([somebodys, body("visit-2", finding=told_of)], PAGE)

    said = message_of(both, RIGA, language)

    assert said.subject.startswith(counted)
    assert line in said.text
    assert "taken" not in json.loads(both)["data"]


def test_a_digest_calls_nobody_when_somebody_has_all_that_is_open_in_it():
    somebodys = as_somebodys(body("visit-1"))

    assert json.loads(digest_body([somebodys, LOST], PAGE))["data"]["taken"] is True
    assert "taken" not in json.loads(digest_body([LOST, LOST], PAGE))["data"]


def as_somebodys(given):
    content = json.loads(given)
    content["data"]["taken"] = True
    return json.dumps(content).encode()


def test_all_who_wait_at_one_stage_are_named_together():
    waits = [body(f"visit-{each}", finding=finding(f"stage/checkout/{each}@/riga-1")) for each in (1, 2)]

    assert "riga-1: visit-1, visit-2" in message_of(digest_body(waits, PAGE), RIGA).subject


@pytest.mark.parametrize("language", languages())
def test_a_digest_keeps_its_lengths_in_every_language(language):
    long = {"headline": "x" * 300, "remedy": "y" * 300}
    bodies = [body(f"visit-{number}" * 5, finding=finding(str(number), **long)) for number in range(60)]
    many = digest_body(bodies, PAGE)

    said = message_of(many, RIGA, language)

    assert len(said.subject) <= LONGEST_SUBJECT
    assert len(said.chat) <= LONGEST_CHAT
    assert json.loads(many)["data"]["link"] in said.chat


def test_that_all_of_one_cause_is_critical_is_said_once():
    said = message_of(digest_body([body("visit-2"), body("visit-1")], PAGE), RIGA)

    assert said.subject.startswith("2 alerts: Critical: ")
    assert "riga-1: visit-1, visit-2" in said.subject
