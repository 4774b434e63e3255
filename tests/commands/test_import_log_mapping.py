"""Mappings with mistakes in them: each is named with its line, and nothing is imported."""

import pytest

from tests.commands.event_logs import LOG, MAPPING, run_import


def mistakes(folder, mapping):
    """What is said of a mapping, line and text."""
    run = run_import(folder, LOG, mapping)
    assert (run.exit_code, run.written) == (2, b"")
    assert run.errors[-1] == "Nothing is imported."
    return [each.removeprefix(f"{folder}/mapping.yaml:") for each in run.errors[:-1]]


CHANNELS = 'one of "door", "desk", "phone", "chat", "web", "drive_through"'
FORMATS = "write iso, unix, unix_ms, or one such as %d.%m.%Y %H:%M"
KEYS = "there are activity, csv, events, journey, log, store, tell_apart, time"


@pytest.mark.parametrize(
    ("old", "new", "mistake"),
    [
        ("log: desk", "log: my desk",
         '1: log: must be a name of letters, digits and . _ - (at most 64), got "my desk"'),
        ("journey: {column: case}", "jorney: {column: case}",
         "1: journey: is missing; name the column, as in {column: NAME}"),
        ("journey: {column: case}", "jorney: {column: case}",
         "2: jorney: is not a key that is known here; did you mean journey?"),
        ("journey:", "kind: log\njourney:", f"2: kind: is not a key that is known here; {KEYS}"),
        ("journey: {column: case}", "journey: case",
         '2: journey: must name a column, as in {column: NAME}, got "case"'),
        ("{column: office}", "the office",
         '3: store: must be a text of letters, digits and . _ : - without blanks, got "the office"'),
        ("store: {column: office}\n", "", "1: store: is missing"),
        ("{column: office}", "{columns: office}", "3: store.column: is missing"),
        ("{column: office}", "[office]",
         '3: store: must be a value, or a column, as in {column: NAME}, got ["office"]'),
        ("zone: Europe/Riga}\nactivity", "zon: Europe/Riga}\nactivity",
         "4: time.zon: is not a key that is known here; did you mean zone?"),
        ("zone: Europe/Riga}\nactivity", "zone: Riga}\nactivity",
         '4: time.zone: must be a time zone, such as Europe/Riga, UTC or +02:00, got "Riga"'),
        (", zone: Europe/Riga}\nactivity", "}\nactivity",
         ("4: time.format: has no zone (%z), so nobody can tell which moment is meant; "
         'name one beside it, such as zone: Europe/Riga, got "%d.%m.%Y %H:%M"')),
        ('{column: at, format: "%d.%m.%Y %H:%M", ', '{column: at, format: "%d.%m.%Y", ',
         ("4: time.format: has no time of day; "
         'name the one that is meant beside it, such as at: "18:00", got "%d.%m.%Y"')),
        ('{column: at, format: "%d.%m.%Y %H:%M", ', '{column: at, format: "%H:%M", ',
         '4: time.format: must hold year, month and day, such as %d.%m.%Y %H:%M, got "%H:%M"'),
        ('{column: at, format: "%d.%m.%Y %H:%M", ', '{column: at, format: "DD.MM.YYYY", ',
         '4: time.format: must hold year, month and day, such as %d.%m.%Y %H:%M, got "DD.MM.YYYY"'),
        ('{column: at, format: "%d.%m.%Y %H:%M", ', '{column: at, format: "%Q", ',
         ("4: time.format: is no format of a date and time ('Q' is a bad directive in format '%Q'); "
         f'{FORMATS}, got "%Q"')),
        ("{column: at, ", '{column: at, at: "6pm", ',
         '4: time.at: must be a time of day in quotes, such as "18:00" or "23:59:59", got "6pm"'),
        ("{column: at, ", "{plus: 4h, ", "4: time: must name the column that holds it, as in {column: NAME}"),
        ("{column: at, ", "{column: at, plus: 4x, ",
         '4: time.plus: must be a duration such as 90s, 5m, 2h or 3d, got "4x"'),
        ("activity: {column: what}\n", "",
         "1: activity: is missing; name the column that holds it, as in {column: NAME}"),
        ("customer.arrived", "customer.arived",
         ("7: events.0.event: is no kind of event that a log can hold; did you mean customer.arrived?, "
         'got "customer.arived"')),
        ("activity: Came", "activty: Came",
         "8: events.0.activty: is not a key that is known here; did you mean activity?"),
        ("activity: Came", "when: {what: {at_lest: 3}}",
         "8: events.0.when.what.at_lest: is not a key that is known here; did you mean at_least?"),
        ("activity: Came", "when: {what: {above: many}}",
         '8: events.0.when.what.above: must be a number, got "many"'),
        ("activity: Came", "when: {what: {}}",
         "8: events.0.when.what: must ask for something, such as {filled: true} or {at_least: 3}"),
        ("activity: Came", "when: {what: []}",
         "8: events.0.when.what: must be a value, a list of values, or a section such as {filled: true}, got []"),
        ("activity: Came", "activity: Came\n    store_wide: true",
         "9: events.0.store_wide: customer.arrived is about one journey, not about a whole store"),
        ("{Telephone: phone,", "{Telephone: phne,",
         ("9: events.0.data.channel.values.Telephone: is none of the values it may have; "
         f"did you mean phone? ({CHANNELS}), "
         'got "phne"')),
        ("{channel: {column: how,", "{chanel: {column: how,",
         "9: events.0.data.channel: is missing; customer.arrived has to have it"),
        ("{channel: {column: how,", "{chanel: {column: how,",
         "9: events.0.data.chanel: is no field of customer.arrived; did you mean channel?"),
        ("promise_id: answer", "promise_id: my answer",
         ("13: events.1.data.promise_id: does not fit (An identifier without blanks, at most 128 characters; "
         'unique in its journey or store: a text (it has to match ^[!-~]{1,128}$)), got "my answer"')),
        ("what: answer", "what: 5", "14: events.1.data.what: must be a text, not a number, got 5"),
        ("what: answer", "what:", "14: events.1.data.what: has no value: give one, or leave the key out"),
        ("      fulfilled_by: {column: team}\n", "",
         "12: events.1.data.fulfilled_by: is missing; promise.made has to have it (The unit that must carry it out)"),
        ("{column: stars}", "{column: stars, times: 0}",
         "19: events.2.data.score.times: must be greater than 0, got 0"),
        ("scale_min: 1,", 'scale_min: "1",', '19: events.2.data.scale_min: must be a number, not a text, got "1"'),
        ("log: desk", "log: desk\ncsv: {delimiter: ;;}",
         '2: csv.delimiter: must be one sign, such as ";" or "\\t" (in double quotes), got ";;"'),
        ("log: desk", "log: desk\ncsv: {encoding: klingon}",
         '2: csv.encoding: must be an encoding of text, such as utf-8, cp1252 or cp1257, got "klingon"'),
        ("log: desk", "log: desk\ncsv: {encoding: base64}",
         '2: csv.encoding: must be an encoding of text, such as utf-8, cp1252 or cp1257, got "base64"'),
        ("log: desk", "log: desk\ncsv: {quote: ';'}",
         "2: csv: must have a quote that is no delimiter, got ';'; name another delimiter or quote"),
        ("log: desk", "log: desk\nlog: desk", "2: log: is given twice; the first is on line 1. Keep one"),
        ("log: desk", "log: [desk",
         "2:8: this is not YAML: while parsing a flow sequence expected ',' or ']', but got ':'"),
        (MAPPING[MAPPING.index("events:"):], "events: []\n", "6: events: must not be empty, got []"),
        (MAPPING, "just words", ("1: must be a mapping of a log: keys such as log, journey, store, time and events, "
         'got "just words"')),
        (MAPPING, "", "1: must be a mapping of a log: keys such as log, journey, store, time and events, got null"),
    ],
)  # fmt: skip
def test_a_mistake_is_named_with_its_line_and_what_would_be_right(tmp_path, old, new, mistake):
    assert MAPPING.count(old) == 1

    assert mistake in mistakes(tmp_path, MAPPING.replace(old, new))


def test_all_mistakes_are_named_at_once_in_the_order_of_their_lines(tmp_path):
    mapping = (
        MAPPING.replace("log: desk", "log: my desk")
        .replace("{column: office}", "{colum: office}")
        .replace("customer.arrived", "customer.arived")
        .replace("what: answer", "wat: answer")
        .replace("scale_max: 5", "scale_max: five")
    )

    told = mistakes(tmp_path, mapping + "cvs: {}\n")

    assert [each.split(": ")[:2] for each in told] == [
        ["1", "log"],
        ["3", "store.colum"],
        ["3", "store.column"],
        ["7", "events.0.event"],
        ["12", "events.1.data.what"],
        ["14", "events.1.data.wat"],
        ["19", "events.2.data.scale_max"],
        ["20", "cvs"],
    ]


@pytest.mark.parametrize(
    ("old", "line"), [("log: desk", 1), ("journey: {column: case}", 2), ("store: {column: office}", 3)]
)
def test_a_key_without_a_value_is_one_mistake(tmp_path, old, line):
    key = old.partition(":")[0]

    (told,) = mistakes(tmp_path, MAPPING.replace(old, f"{key}:"))

    assert told == f"{line}: {key}: has no value: give one, or leave the key out"


@pytest.mark.parametrize("kind", ["concept.published", "journey.evaluated", "alert.opened", "surroundings.changed"])
def test_what_touchline_tells_itself_is_in_no_log(tmp_path, kind):
    (told,) = mistakes(tmp_path, MAPPING.replace("event: customer.arrived", f"event: {kind}"))

    assert told.startswith("7: events.0.event: is no kind of event that a log can hold; ")


def test_a_mapping_that_cannot_be_read_is_named(tmp_path):
    run = run_import(tmp_path, LOG, MAPPING, "--mapping", str(tmp_path / "other.yaml"))

    assert run.exit_code == 2
    assert run.errors[0] == f"{tmp_path}/other.yaml cannot be read: No such file or directory; name a mapping in YAML"


def test_a_mapping_in_another_encoding_is_named(tmp_path):
    (tmp_path / "other.yaml").write_bytes("log: rīga".encode("cp1257"))

    run = run_import(tmp_path, LOG, MAPPING, "--mapping", str(tmp_path / "other.yaml"))

    assert run.exit_code == 2
    assert "is not written in UTF-8" in run.errors[0]
