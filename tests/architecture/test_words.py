"""What is said and what can be said fit together: codes that the code names are in the catalogue, and no others are.

Only what is written out can be checked: a code is a text, or a text that begins with its family (f"state.{state}").
"""

import ast
from functools import cache
from importlib.resources import files
from pathlib import Path

from touchline_contracts.words.catalogue import TEXT, placeholders
from touchline_contracts.words.po import read_po

ROOT = Path(__file__).parents[2]
SAYING = {"phrase", "words", "Phrase"}
"""Functions that take a code, and what stands in its placeholders."""
SPEAKING = ("services/experience", "services/alerts", "services/commands", "contracts/touchline_contracts/words")
PACKAGES = ("touchline_contracts.words", "services.alerts.entrypoints.words")
"""Those with catalogues. Which of the pages' own words the pages name, tests/alerts/test_page_words.py looks at."""
BY_KIND = {"number", "span", "instant", "word"}
"""Families that the catalogue itself says, by the kind of a placeholder."""


@cache
def nodes():
    """All of the code that says something, each piece with where it stands."""
    return [
        (node, f"{file.relative_to(ROOT)}:{getattr(node, 'lineno', 0)}")
        for folder in SPEAKING
        for file in sorted((ROOT / folder).rglob("*.py"))
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
    ]


def written(node):
    """A text that is written out, and whether it is the whole; of one with gaps what stands before the first."""
    if isinstance(node, ast.IfExp):
        return [*written(node.body), *written(node.orelse)]
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return [(node.value, True)]
    if isinstance(node, ast.JoinedStr) and isinstance(node.values[0], ast.Constant):
        return [(node.values[0].value, False)]
    return []


def calls():
    """Every place that names a code: the code or the beginning of it, the arguments, and where it stands."""
    for node, where in nodes():
        if isinstance(node, ast.Call) and node.args and called(node) in SAYING:
            all_named = all(each.arg is not None for each in node.keywords)
            arguments = {each.arg for each in node.keywords} if all_named else None
            for code, whole in written(node.args[0]):
                yield code, whole, arguments, where


def called(call):
    """The name of what is called."""
    return getattr(call.func, "id", getattr(call.func, "attr", None))


def catalogue():
    """The placeholders of each code."""
    return {
        entry.context: {each.name for each in placeholders(entry.plural or entry.text) if each.name is not None}
        for package in PACKAGES
        for entry in read_po(files(package).joinpath("touchline.pot").read_text(encoding="utf-8"))
        if entry.context not in (None, TEXT)
    }


def test_every_code_that_is_named_is_in_the_catalogue():
    known = catalogue()

    unknown = [
        f"{where}: {code}"
        for code, whole, _, where in calls()
        if not (code in known if whole else any(each.startswith(code) for each in known))
    ]

    assert unknown == []


def test_every_phrase_is_given_what_its_placeholders_ask_for():
    known = catalogue()

    wrong = [
        f"{where}: {code} takes {sorted(known[code])}, got {sorted(arguments)}"
        for code, whole, arguments, where in calls()
        if whole and arguments is not None and code in known and arguments != known[code]
    ]

    assert wrong == []


def test_nothing_is_in_the_catalogue_that_nobody_says():
    texts = {each for node, _ in nodes() for each in written(node)}
    said = {text for text, whole in texts if whole}
    families = tuple(text for text, whole in texts if not whole and "." in text)

    unsaid = [
        code
        for code in catalogue()
        if code not in said and not code.startswith(families) and code.split(".")[0] not in BY_KIND
    ]

    assert unsaid == []
