"""What whoever wrote a concept is told of its mistakes: file, line, key, what stands there, what would be right."""

import pytest

from services.experience.adapters.concept_file import ConceptError, concept_from_document, read_concept

HEAD = "concept: shop\nversion: 3\ntitle: A shop\n"
"""Three lines, so what follows stands on line 4."""


def mistakes(text):
    with pytest.raises(ConceptError) as caught:
        read_concept(text, name="shop.yaml")
    return str(caught.value).splitlines()


@pytest.mark.parametrize(
    ("text", "mistake"),
    [
        # numbers
        (
            "promises:\n  goods:\n    confirm_within: 1.5",
            "6: promises.goods.confirm_within: must be from 0 to 1, got 1.5",
        ),
        ("adequate: 0", "4: adequate: must be above 0, at most 1, got 0"),
        ("adequate: high", '4: adequate: must be a number, got "high"'),
        ("adequate: yes", '4: adequate: must be a number, got "yes"'),
        ("adequate: true", "4: adequate: must be a number, got true"),
        ("parameters: {cap: .inf}", "4: parameters.cap: must be a finite number, got Infinity"),
        ("parameters: {cap: .nan}", "4: parameters.cap: must be a finite number, got NaN"),
        ("conduct: {interest: 6}", "4: conduct.interest: must be above 0, at most 5, got 6"),
        # durations
        ("greeting: 60x", '4: greeting: must be a duration such as 90s, 5m, 2h or 3d, got "60x"'),
        ("stages:\n  window: 1:30", '5: stages.window: must be a duration such as 90s, 5m, 2h or 3d, got "1:30"'),
        ("stages:\n  window: {within: 0s}", '5: stages.window.within: must be longer than 0s, got "0s"'),
        ("quiet_time: -5", "4: quiet_time: must be a duration such as 90s, 5m, 2h or 3d, got -5"),
        ("expires_after: 4000d", '4: expires_after: must be at most 3650d, got "4000d"'),
        # words
        ("promise: ''", '4: promise: must be a text of 1 to 2000 characters, got ""'),
        ("greeting: {within: 5m, label: 7}", "4: greeting.label: must be a text; put it in quotes, got 7"),
        ("stores: [riga-1, '*']", '4: stores.1: must be a store: letters, digits and . _ : - (at most 64), got "*"'),
        ("stores: [a, a]", '4: stores: must name each store once, and a is there twice, got ["a", "a"]'),
        ("stores: riga-1", '4: stores: must be a list, such as [riga-1, vilnius-1], got "riga-1"'),
        # choices
        (
            "stages:\n  x: {within: 5m, kind: mustbe}",
            '5: stages.x.kind: must be must_be or performance or attractive, got "mustbe"',
        ),
        ("defects: {polarity: 2}", "4: defects.polarity: must be 1 or -1, got 2"),
        # keys
        ("adequat: 0.7", "4: adequat: is not a key of a concept; did you mean adequate?"),
        ("greeting: {within: 5m, manners: 4}", "4: greeting.manners: is not a key of greeting; did you mean manner?"),
        (
            "promises:\n  goods:\n    confirm_with: 0.5",
            "6: promises.goods.confirm_with: is not a key of promises.goods; did you mean confirm_within?",
        ),
        (
            "delivery: {conditions: {lost: 0}}",
            "4: delivery.conditions.lost: is not a key of delivery.conditions; its keys are damaged, incomplete, wrong",
        ),
        ("stages:\n  x: {weight: 1}", "5: stages.x.within: is missing"),
        (
            "conduct:\n  curtesy: 4",
            "5: conduct.curtesy: this key must be one of courtesy, competence, ownership, interest, or one of them at",
        ),
        ("greeting: 5m\nadequate: 1\ngreeting: 6m", "6: greeting: is given twice; the first is on line 4. Keep one"),
        ("? [a, b]\n: c", "4: a key must be a text"),
        # sections
        ("promises:", "4: promises: has no value: give one, or leave the key out"),
        ("promises:\n  goods: 5", "5: promises.goods: must be a section with keys of its own, got 5"),
        ("stages: []", "4: stages: must be a section with keys of its own, got []"),
        (
            "costs:\n  intervention: 50",
            "4: costs: no alert would ever pay: intervention / (effectiveness x bad_outcome) must be below 1",
        ),
        (
            "problems: {minor: 0.5}",
            "4: problems: minor, major, critical and beyond_critical must not rise: they are 0.5, 0.6, 0.3, 0.15",
        ),
        (
            "parameters: {withdrawn_loss: 2}",
            "4: parameters: withdrawn_loss must be at most broken_jump, or breaking a promise costs less than",
        ),
        # YAML itself
        ("a: b: c", "4:5: this is not YAML: mapping values are not allowed here"),
        ("a: *nowhere", "4:4: this is not YAML: found undefined alias 'nowhere'"),
        ("a: !!python/name:os.system", "4:4: this is not YAML: could not determine a constructor for the tag"),
        ("a: \x07", "4:4: this is not YAML: the character U+0007 is not allowed"),
        ("---\nb: 1", "4:1: this is not YAML: expected a single document in the stream but found another document"),
        ("a: &a [*a]", "4: a: is nested deeper than 20 levels"),
    ],
)
def test_a_mistake_is_told_with_file_line_key_and_what_would_be_right(text, mistake):
    assert any(line.startswith(f"shop.yaml:{mistake}") for line in mistakes(HEAD + text))


def test_a_single_mistake_is_a_single_line():
    assert mistakes(HEAD + "greeting: 60x\n") == [
        'shop.yaml:4: greeting: must be a duration such as 90s, 5m, 2h or 3d, got "60x"'
    ]


def test_all_mistakes_are_told_at_once_in_the_order_of_their_lines():
    text = "version: one\nadequate: 2\npromises:\n  goods: {confirm_within: 1.5, confirm_within: 0.5}\n  other:\nx: 1\n"

    assert [line.partition(" ")[0] + line.split(" ")[1] for line in mistakes(text)] == [
        "shop.yaml:1:concept:",
        "shop.yaml:1:title:",
        "shop.yaml:1:version:",
        "shop.yaml:2:adequate:",
        "shop.yaml:4:promises.goods.confirm_within:",
        "shop.yaml:4:promises.goods.confirm_within:",
        "shop.yaml:5:promises.other:",
        "shop.yaml:6:x:",
    ]


@pytest.mark.parametrize("text", ["", "# nothing but a comment\n", "- a\n", "shop\n"])
def test_what_is_no_concept_at_all_is_told_so(text):
    (mistake,) = mistakes(text)

    assert mistake.startswith("shop.yaml:1: must be a service concept: keys such as concept, version, title")


def test_a_long_value_is_not_repeated_whole():
    (mistake,) = mistakes(HEAD + f"adequate: {'x' * 500}\n")

    assert len(mistake) < 150


def test_a_published_document_is_told_its_mistakes_by_the_name_of_the_concept():
    document = {"concept": "shop", "version": 1, "title": "A shop", "stages": {"window": "9x"}, "adequat": 1}

    with pytest.raises(ConceptError) as caught:
        concept_from_document(document)

    assert str(caught.value).splitlines() == [
        "concept shop: adequat: is not a key of a concept; did you mean adequate?",
        'concept shop: stages.window: must be a duration such as 90s, 5m, 2h or 3d, got "9x"',
    ]


@pytest.mark.parametrize(
    "document", [{}, {"concept": None}, {"concept": "x", "version": 1, "title": "x", "stages": [1]}]
)
def test_a_document_of_any_shape_is_refused_by_a_concept_error(document):
    with pytest.raises(ConceptError):
        concept_from_document(document)
