"""Why there is an alert, in every language: the phrase of a reason says in English what its text says."""

from dataclasses import replace
from datetime import timedelta

import pytest

from services.alerts.adapters.telling import account_in_json
from services.alerts.domain.account import Case, reasons
from services.alerts.domain.store import Coverage, OpenDefect, Slips, StoreStanding
from tests.alerts.builders import NOON, STORE, alert, case, entry, finding
from touchline_contracts.phrases import Phrase
from touchline_contracts.words import catalogue, languages

WHAT = "goods brought over from the second warehouse"
BY_TWO = {"code": "expected.by_time", "arguments": {"what": WHAT, "due": "2026-11-21T14:00:00+00:00"}}
NOT_YET = {"code": "promise.unconfirmed", "arguments": {"unit": "second_warehouse"}}
LINE = entry(expected_phrase=BY_TWO, outcome_phrase=NOT_YET)
PAGE = "https://alerts.example"
TRANSLATED = [each for each in languages() if each != "en"]


def defect(line, area, *, days, neglect):
    since = NOON - timedelta(days=days)
    return OpenDefect(line=line, area=area, severity="minor", since=since, neglect=neglect)


STANDING = StoreStanding(
    store=STORE,
    version=1,
    as_of=NOON,
    neglect=5.0,
    neglect_alert=4.0,
    defects=(
        defect("defect/torn-poster", "shop_window", days=3, neglect=1.26),
        defect("cleanliness/toilet/upper-floor", "toilet", days=1, neglect=2.0),
    ),
    slips=(Slips(touchpoint="breakfast_buffet", kind="complaint", times=3, first_at=NOON, last_at=NOON),),
    coverage=Coverage(concept="car-rental", version=2, due=NOON, acknowledged=(), missing=("station_manager",)),
)


@pytest.mark.parametrize("line", ["neglect", "slips/breakfast_buffet/complaint", "concept/car-rental"])
def test_what_is_said_of_a_store_and_its_phrase_are_the_same_in_english(line):
    why = reasons(Case(alert=alert(journey="", finding=finding(line)), standing=STANDING))

    assert why
    for each in why:
        assert catalogue().say(Phrase.model_validate(each.phrase)) == each.text


@pytest.mark.parametrize(
    "part",
    [
        {"contribution": 0.0, "forecast_contribution": -0.758},
        {"contribution": -0.8, "forecast_contribution": -0.8},
        {"contribution": 0.125, "forecast_contribution": -0.758},
    ],
)
@pytest.mark.parametrize("outcome", [{}, {"outcome": None, "outcome_phrase": None, "state": "overdue"}])
def test_what_is_said_of_a_journey_and_its_phrase_are_the_same_in_english(part, outcome):
    (why,) = reasons(case(ledger=(replace(LINE, **part | outcome, expected=f"{WHAT} by 14:00"),)))

    said = catalogue().say(Phrase.model_validate(why.phrase))
    assert said == why.text.replace("second_warehouse", "second warehouse")


@pytest.mark.parametrize(
    ("line", "lt", "lv", "ru"),
    [
        (
            "slips/breakfast_buffet/complaint",
            "be skundų (breakfast buffet): 3 kartus, kaskart smulkmena; kiekvienas atvejis atskirai – leistinose ribose",  # noqa: E501, RUF001
            "bez sūdzībām (breakfast buffet): 3 reizes, katru reizi sīkums; katrs atsevišķi ir pieļaujams",
            "без жалоб (breakfast buffet): 3 раза, каждый раз мелочь; каждый случай по отдельности допустим",
        ),
        (
            "neglect",
            "torn poster (shop window): nedidelis trūkumas, nesutvarkyta jau 3 d.; prie apleistumo indekso prideda 1,3",
            "torn poster (shop window): neliels trūkums, nav novērsts jau 3 d.; nolaidības indeksam pievieno 1,3",
            "torn poster (shop window): мелкий недостаток, не устранено уже 3 дня; добавляет 1,3 к индексу запущенности",  # noqa: E501
        ),
    ],
)
def test_the_reasons_of_a_store_are_said_in_the_language(line, lt, lv, ru):
    why = account_in_json(Case(alert=alert(journey="", finding=finding(line)), standing=STANDING), PAGE)["why_phrases"]

    said = {each: catalogue(each).say(Phrase.model_validate(why[0])) for each in TRANSLATED}
    assert said == {"lt": lt, "lv": lv, "ru": ru}
