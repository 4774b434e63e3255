"""`touchline concept`: what `check` says, what is published, and what happens when Kafka is not there."""

import socket
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from services.commands import concept as command
from services.commands.concept import concept_events, count_standards, publish_concepts
from services.commands.concept_reading import read_file
from services.commands.main import app
from services.experience.adapters.concept_file import ConceptError, concept_from_document
from services.experience.domain.concept import ServiceConcept
from tests.experience.builders import CONCEPTS
from touchline_contracts import parse_event

NOW = datetime(2026, 3, 7, 11, 0, tzinfo=UTC)
SHOP = CONCEPTS / "hardware-shop.yaml"
EVERYWHERE = CONCEPTS / "marketplace.yaml"


def concept(*arguments, **environment):
    return CliRunner(env=environment).invoke(app, ["concept", *map(str, arguments)])


@pytest.fixture
def with_mistakes(tmp_path):
    file = tmp_path / "shop.yaml"
    file.write_text("concept: shop\nversion: 1\nadequate: 2\n")
    return file


@pytest.fixture
def nobody_listens():
    """An address at which connections are refused."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        yield f"127.0.0.1:{listener.getsockname()[1]}"


def test_check_says_name_version_stores_and_how_many_standards():
    result = concept("check", SHOP, EVERYWHERE)

    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        f"{SHOP}: ok: hardware-shop version 1, for riga-1, vilnius-1, tallinn-1; 17 standards",
        f"{EVERYWHERE}: ok: marketplace version 1, for every store without a concept of its own; 11 standards",
    ]


def test_standards_are_counted_as_they_hold():
    # Defects, deliveries, tidiness, hand-offs and recognition, and four aspects of conduct hold everywhere.
    assert count_standards(ServiceConcept()) == 9


def test_check_goes_on_after_a_file_with_mistakes_and_fails_in_the_end(with_mistakes):
    result = concept("check", with_mistakes, SHOP, with_mistakes.with_name("none.yaml"))

    assert result.exit_code == 1
    assert f"{SHOP}: ok" in result.stdout
    assert result.stderr.splitlines() == [
        f"{with_mistakes}:1: title: is missing",
        f"{with_mistakes}:3: adequate: must be above 0, at most 1, got 2",
        f"{with_mistakes.with_name('none.yaml')}: cannot be read: No such file or directory",
    ]


def test_a_file_that_is_no_text_is_named(tmp_path):
    file = tmp_path / "shop.yaml"
    file.write_bytes(b"title: caf\xe9")

    assert concept("check", file).stderr == f"{file}: is not UTF-8 text: byte 10 cannot be read\n"


def test_an_event_is_made_for_each_store_and_carries_the_whole_document():
    events = concept_events(read_file(SHOP), now=NOW)

    assert [event.key for event in events] == ["riga-1", "vilnius-1", "tallinn-1"]
    for event in events:
        read = parse_event(event.to_json())
        assert (read.type, read.subject, read.happened_at) == ("touchline.concept.published.v1", None, NOW)
        assert read.data.version == 1
        assert concept_from_document(read.data.concept) == read_file(SHOP).concept


def test_a_concept_that_names_no_store_is_for_every_store():
    assert [event.store for event in concept_events(read_file(EVERYWHERE), now=NOW)] == ["*"]


def test_the_same_content_has_the_same_identity_and_another_content_another(tmp_path):
    changed, commented = tmp_path / "changed.yaml", tmp_path / "commented.yaml"
    changed.write_text(SHOP.read_text().replace("within: 2m", "within: 3m"))
    commented.write_text(SHOP.read_text().replace("# ", "# In other words: "))

    def identities(path: Path, now=NOW):
        return [event.identity for event in concept_events(read_file(path), now=now)]

    assert identities(commented, NOW.replace(year=2027)) == identities(SHOP)
    assert not set(identities(changed)) & set(identities(SHOP))


def test_nothing_is_published_when_a_file_has_mistakes(with_mistakes, nobody_listens):
    result = concept("publish", SHOP, with_mistakes, "--servers", nobody_listens)

    assert result.exit_code == 1
    assert "shop.yaml:1: title: is missing" in result.stderr
    assert "Kafka" not in result.stderr


def test_a_kafka_that_is_not_there_is_told_in_one_line(nobody_listens):
    named = concept("publish", SHOP, "--servers", nobody_listens)
    from_the_environment = concept("publish", SHOP, KAFKA_BOOTSTRAP_SERVERS=nobody_listens)

    assert (named.exit_code, named.stdout) == (1, "")
    assert named.stderr == (
        f"Not published: Kafka at {nobody_listens} cannot be reached. "
        "Is it running there? Name another with --servers HOST:PORT; publishing again is harmless.\n"
    )
    assert from_the_environment.stderr == named.stderr


def test_a_kafka_that_does_not_answer_is_given_up(monkeypatch):
    monkeypatch.setattr(command, "KAFKA_SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"127.0.0.1:{silent.getsockname()[1]}"

        result = concept("publish", SHOP, "--servers", address)

    assert result.exit_code == 1
    assert f"Kafka at {address} has not answered within 0.2 s" in result.stderr


@pytest.mark.anyio
async def test_whoever_publishes_from_within_gets_all_mistakes_of_all_files(with_mistakes, nobody_listens):
    with pytest.raises(ConceptError) as caught:
        await publish_concepts([with_mistakes, with_mistakes.with_name("none.yaml")], nobody_listens, now=NOW)

    assert len(str(caught.value).splitlines()) == 3
