"""The page on importing logs: what it shows works, and what it lists is what there is."""

import re

from services.commands.log_import.mapping import BY_NAME
from services.commands.log_import.mapping_file import mapping_from
from tests.commands.event_logs import EXAMPLES, ROOT, mapping_for, run_files

PAGE = (ROOT / "docs" / "import.md").read_text()


def test_the_mapping_on_the_page_has_no_mistakes():
    (example,) = re.findall(r"^```yaml\n(.*?)^```", PAGE, flags=re.MULTILINE | re.DOTALL)

    (moment,) = mapping_from(example, name="docs/import.md").moments

    assert moment.kind.name == "promise.made"


def test_every_value_and_condition_on_the_page_can_be_read():
    values = re.findall(r"`(\{(?:column|plus): .*?\})`", PAGE)
    conditions = re.findall(r"^\| `((?:priority|due|name|cost): .*?)` \|", PAGE, flags=re.MULTILINE)

    assert len(values) >= 10
    for value in values:
        data = f"event: promise.broken, data: {{promise_id: a, reason: {value}}}"
        if re.search("plus|due|day", value):
            data = f"event: promise.rescheduled, data: {{promise_id: a, customer_agreed: true, due: {value}}}"
        elif "times" in value:
            data = f"event: stage.started, data: {{stage: a, told_seconds: {value}}}"
        mapping_from(mapping_for(f"{{{data}}}"), name="docs/import.md")
    assert len(conditions) >= 5
    for condition in conditions:
        for each in condition.split("`, `"):
            mapping_from(mapping_for(f"{{event: customer.greeted, when: {{{each}}}}}"), name="docs/import.md")


def test_the_page_lists_every_event_with_its_fields():
    rows = re.findall(r"^\| `([a-z_]+\.[a-z_]+)` \| (.*?) \| (.*?) \|$", PAGE, flags=re.MULTILINE)

    listed = {name: (re.findall(r"\w+", needed), re.findall(r"\w+", others)) for name, needed, others in rows}

    assert listed == {
        name: (
            [field for field, info in kind.data.model_fields.items() if info.is_required()],
            [field for field, info in kind.data.model_fields.items() if not info.is_required()],
        )
        for name, kind in BY_NAME.items()
    }


def test_what_the_page_says_the_first_import_prints_is_what_it_prints(tmp_path):
    example = EXAMPLES / "help-desk"

    run = run_files(example / "log.csv", "--mapping", example / "mapping.yaml", "--output", tmp_path / "events.ndjson")

    assert run.errors[1] in PAGE
    assert run.errors[2].partition(", in ")[0] in PAGE
