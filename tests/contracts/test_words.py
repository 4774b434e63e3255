"""The words: every phrase is there in every language, with its placeholders and plural forms, and reads well.

What no test sees is whether a translation says the same as the English text. For that there are people.
"""

import re
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from types import SimpleNamespace

import pytest

from touchline_contracts.phrases import Phrase
from touchline_contracts.words import Unsayable, catalogue, languages
from touchline_contracts.words.catalogue import TEXT, Catalogue, placeholders
from touchline_contracts.words.po import read_po

FOLDER = files("touchline_contracts.words")
TRANSLATED = [language for language in languages() if language != "en"]
DUE = datetime(2026, 11, 21, 15, 0, tzinfo=UTC)


def entries(file):
    return read_po(FOLDER.joinpath(file).read_text(encoding="utf-8"))


TEMPLATE = entries("touchline.pot")


def asked_for(text):
    """The placeholders of a text, however often and in whatever order; where a capital stands is up to the language."""
    return {(each.name, each.kind.lower()) for each in placeholders(text) if each.name is not None}


def phrase(code, **arguments):
    return Phrase(code=code, arguments=arguments)


def test_the_languages_of_the_first_stores_are_there():
    assert {"en", "lt", "lv", "ru"} <= set(languages())


def test_no_code_and_no_text_is_there_twice():
    keys = [entry.text if entry.context == TEXT else entry.context for entry in TEMPLATE]

    assert len(keys) == len(set(keys))


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_phrase_is_there_in_every_language(language):
    wanted = [(entry.context, entry.text, entry.plural) for entry in TEMPLATE]

    assert [(entry.context, entry.text, entry.plural) for entry in entries(f"{language}.po")] == wanted


@pytest.mark.parametrize("language", TRANSLATED)
def test_nothing_is_left_untranslated(language):
    assert [entry.context for entry in entries(f"{language}.po") if not all(entry.said)] == []


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_translation_has_the_placeholders_of_its_phrase(language):
    wrong = [
        (entry.context, said)
        for entry in entries(f"{language}.po")
        if entry.context is not None
        for said in entry.said
        if asked_for(said) != asked_for(entry.text)
    ]

    assert wrong == []


def test_what_is_counted_is_counted_by_one_placeholder():
    for entry in TEMPLATE:
        counts = [each.name for each in placeholders(entry.plural or entry.text) if each.kind == "count"]
        assert len(counts) == (entry.plural is not None), entry.context


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_plural_form_is_there(language):
    head, *others = entries(f"{language}.po")
    forms = re.search(r"nplurals=(\d)", head.said[0])

    assert {len(entry.said) for entry in others if entry.plural is not None} == {int(forms[1])}


@pytest.mark.parametrize(
    ("language", "count", "words"),
    [
        *[("en", 1, "1 line"), ("en", 2, "2 lines"), ("en", 21, "21 lines")],
        *[("ru", 1, "1 строка"), ("ru", 2, "2 строки"), ("ru", 5, "5 строк"), ("ru", 11, "11 строк")],
        *[("ru", 21, "21 строка"), ("ru", 22, "22 строки"), ("ru", 112, "112 строк")],
        *[("lt", 1, "1 eilutė"), ("lt", 2, "2 eilutės"), ("lt", 10, "10 eilučių"), ("lt", 11, "11 eilučių")],
        *[("lt", 21, "21 eilutė"), ("lt", 22, "22 eilutės"), ("lt", 30, "30 eilučių")],
        *[("lv", 0, "0 rindu"), ("lv", 1, "1 rinda"), ("lv", 2, "2 rindas"), ("lv", 11, "11 rindas")],
        *[("lv", 21, "21 rinda"), ("lv", 30, "30 rindas")],
    ],
)
def test_what_is_counted_stands_in_its_plural_form(language, count, words):
    said = catalogue(language).say(phrase("explain.restore", lines=count, expected="x"))

    assert f" {words} " in said


@pytest.mark.parametrize(
    ("span", "en", "lt", "lv", "ru"),
    [
        (timedelta(seconds=45), "45 s", "45 s", "45 s", "45 с"),  # noqa: RUF001 (Russian)
        (timedelta(minutes=2), "2 min", "2 min.", "2 min", "2 мин"),
        (timedelta(seconds=150), "2 min 30 s", "2 min. 30 s", "2 min 30 s", "2 мин 30 с"),  # noqa: RUF001 (Russian)
        (timedelta(minutes=33, seconds=40), "34 min", "34 min.", "34 min", "34 мин"),
        (timedelta(hours=3), "3 h", "3 val.", "3 h", "3 ч"),
        (timedelta(hours=3, minutes=20), "3 h 20 min", "3 val. 20 min.", "3 h 20 min", "3 ч 20 мин"),
        (timedelta(days=2), "2 days", "2 d.", "2 d.", "2 дня"),
        (timedelta(days=5), "5 days", "5 d.", "5 d.", "5 дней"),
        (timedelta(days=21), "21 days", "21 d.", "21 d.", "21 день"),
    ],
)
def test_a_span_is_said_as_people_say_it(span, en, lt, lv, ru):
    said = {language: catalogue(language).span(span) for language in languages()}

    assert said == {"en": en, "lt": lt, "lv": lv, "ru": ru}


def test_numbers_dates_and_shares_are_written_as_each_language_writes_them():
    def said(language, code, **arguments):
        return catalogue(language).say(phrase(code, **arguments))

    scores = [said(each, "expected.score", what="x", score=3.5) for each in ("en", "lt", "lv", "ru")]
    assert scores == ["x: 3.5", "x: 3,5", "x: 3,5", "x: 3,5"]
    assert said("en", "expected.by_day", what="x", due=DUE.isoformat()) == "x by the end of 2026-11-21"
    assert said("ru", "expected.by_day", what="x", due=DUE.isoformat()) == "x до конца дня 21.11.2026"
    assert said("lv", "expected.by_day", what="x", due=DUE.isoformat()) == "x līdz 21.11.2026. dienas beigām"
    assert "9% " not in said("lt", "explain.risk_closed", risk=0.09)
    assert " 9 %;" in said("lt", "explain.risk_closed", risk=0.09)


def test_a_phrase_may_hold_another_one():
    broken = phrase("attention.broken", expected=phrase("expected.by_time", what="goods", due=DUE.isoformat()))

    assert catalogue("en").say(broken) == "Broken promise: goods by 15:00"
    assert catalogue("lt").say(broken) == "Neištesėtas pažadas: goods iki 15:00"


def test_the_words_of_the_company_stay_as_they_are_and_codes_lose_their_underscores():
    said = catalogue("ru").say(phrase("promise.unconfirmed", unit="second_warehouse"))

    assert said == "ещё не подтверждено (second warehouse)"
    assert catalogue("ru").text("goods from the second warehouse") == "goods from the second warehouse"
    assert catalogue("ru").text("a greeting") == "приветствие"


def test_a_sentence_that_ends_with_an_abbreviation_has_one_point():
    late = phrase("explain.restore", lines=1, expected=catalogue("lt").span(timedelta(minutes=5)))

    assert catalogue("lt").say(late).endswith(": 5 min.")


def test_what_a_newer_service_says_is_shown_in_english():
    words = catalogue("lv")

    assert words.said(phrase("outcome.from_the_future"), "as new") == "as new"
    assert words.said(phrase("promise.late"), "broken: too late") == "broken: too late"
    assert words.said(phrase("promise.late", late="half an hour"), "broken: too late") == "broken: too late"
    assert words.said(None, "written before there were phrases") == "written before there were phrases"
    with pytest.raises(Unsayable, match=r"knows no phrase 'outcome\.from_the_future'"):
        words.say(phrase("outcome.from_the_future"))
    with pytest.raises(Unsayable, match=r"'promise\.late' says nothing of 'late'"):
        words.say(phrase("promise.late"))


def test_another_language_is_refused_by_name():
    with pytest.raises(ValueError, match=f"must be one of {', '.join(languages())}, got 'xx'"):
        catalogue("xx")


PO = """
msgid ""
msgstr ""
"Content-Type: text/plain; charset=UTF-8\\n"
"Plural-Forms: nplurals=2; plural=(n != 1);\\n"

#. A note for translators.
#, python-brace-format
msgctxt "greeting"
msgid "a "
"greeting \\"now\\""
msgstr "ein Gruß"

#, fuzzy
msgctxt "guessed"
msgid "a guess"
msgstr "geraten"

msgctxt "days"
msgid "{days:count} day"
msgid_plural "{days:count} days"
msgstr[0] "{days:count} Tag"
msgstr[1] "{days:count} Tage"
#~ msgctxt "gone"
#~ msgid "gone"
#~ msgstr "weg"
"""


def test_files_of_translators_tools_are_read():
    read = read_po(PO)

    assert [entry.context for entry in read] == [None, "greeting", "guessed", "days"]
    assert read[1].text == 'a greeting "now"'
    german = Catalogue("de", read, read)
    assert german.say(SimpleNamespace(code="greeting", arguments={})) == "ein Gruß"
    assert german.say(SimpleNamespace(code="days", arguments={"days": 1})) == "1 Tag"
    assert german.say(SimpleNamespace(code="days", arguments={"days": 2})) == "2 Tage"


def test_what_a_tool_has_only_guessed_is_said_in_english():
    read = read_po(PO)

    assert Catalogue("de", read, read).say(SimpleNamespace(code="guessed", arguments={})) == "a guess"


def test_a_line_that_is_none_of_it_is_named():
    with pytest.raises(ValueError, match="line 2: must be a keyword"):
        read_po('msgid "a"\nmsgstr oops\n')
