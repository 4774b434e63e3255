"""`touchline concept`: check service concepts, and publish them to everybody who is concerned."""

import asyncio
import hashlib
import json
import logging
import os
from collections.abc import Iterable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from aiokafka.errors import KafkaConnectionError, KafkaError
from faststream.kafka import KafkaBroker

from services.chassis.bounds import within
from services.chassis.broker import kafka_broker
from services.chassis.reaching import Refused
from services.chassis.settings import ProcessSettings, read_settings
from services.chassis.topics import prepare
from services.commands.concept_reading import ConceptFile, read_file, read_files
from services.commands.concept_show import parameters, show
from services.commands.fit import fit
from services.experience.adapters.concept_file import ConceptError
from services.experience.domain.concept import ServiceConcept
from services.experience.domain.lineage import holds_since
from touchline_contracts import TOUCHPOINTS, AnyEvent, new_event
from touchline_contracts.access import CONCEPTS
from touchline_contracts.concepts import ConceptPublished

SOURCE = "/touchline/concepts"
KAFKA_SECONDS = 10.0
"""How long Kafka may take to be there and to take a concept."""
STOP_SECONDS = 2.0

app = typer.Typer(help="Check, show and publish service concepts.", no_args_is_help=True)
app.command()(show)
app.command()(parameters)
app.command()(fit)
Files = Annotated[list[Path], typer.Argument(metavar="FILE...", help="Service concepts in YAML.")]


class KafkaAway(Exception):
    """Kafka could not be reached, or did not take a concept, in time. Publishing again later is harmless."""


@app.command()
def check(files: Files) -> None:
    """Read concepts and say what is wrong with them: file, line, key, what stands there, what would be right."""
    wrong = False
    for path in files:
        try:
            read = read_file(path)
        except ConceptError as error:
            typer.echo(str(error), err=True)
            wrong = True
        else:
            count = count_standards(read.concept)
            typer.echo(f"{path}: ok: {read.in_words}; {count} {'standard' if count == 1 else 'standards'}")
    if wrong:
        raise typer.Exit(1)


@app.command()
def publish(
    files: Files,
    servers: Annotated[
        str | None,
        typer.Option(
            metavar="HOST:PORT", help="Where Kafka is, several by commas. Without it: KAFKA_BOOTSTRAP_SERVERS."
        ),
    ] = None,
) -> None:
    """Publish concepts: they hold in the stores they name, for journeys that begin from now (or `holds_from`) on.

    What a concept extends has to lie beside it, and to be published as well; it may be in the same call.
    Publishing the same file twice is harmless. To go back to an earlier concept, publish it under a new version.
    Nothing is published when a file has mistakes.
    """
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # what matters of its reports is said below, once
    where = (
        servers or os.environ.get("KAFKA_BOOTSTRAP_SERVERS") or read_settings(ProcessSettings).kafka_bootstrap_servers
    )
    now = datetime.now(UTC)
    try:
        published = asyncio.run(publish_concepts(files, where, now=now))
    except (ConceptError, KafkaAway) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error
    for each in published:
        typer.echo(f"{each.path}: published: {each.in_words}")
        for note in notes_on(each, published, now=now):
            typer.echo(f"{each.path}: {note}")


async def publish_concepts(files: Iterable[Path], to: str | KafkaBroker, *, now: datetime) -> list[ConceptFile]:
    """Publish concepts that hold from `now` on, one event per store, and return once Kafka has all of them.

    `to` is where Kafka is, or a broker that somebody else has connected. Raises ConceptError, with the mistakes of
    every file, before anything is published; and KafkaAway.
    """
    concepts = read_files(files, at=now)
    events = [event for each in concepts for event in concept_events(each, now=now)]
    if isinstance(to, KafkaBroker):
        try:
            async with asyncio.timeout(KAFKA_SECONDS):
                await _publish(events, to)
        except TimeoutError as error:
            raise KafkaAway(f"Not published: Kafka {_in_words(error)}.") from error
        return concepts
    settings = read_settings(ProcessSettings).model_copy(
        # An event with the same identity twice is harmless, and the embedded broker has no idempotent producers.
        update={"kafka_bootstrap_servers": to, "kafka_idempotence": False}
    )
    broker = kafka_broker(settings, client="concepts")
    try:
        async with asyncio.timeout(KAFKA_SECONDS):
            await prepare(broker, settings, reads=CONCEPTS.reads, writes=CONCEPTS.writes)
            await broker.start()
            await _publish(events, broker)
    except (TimeoutError, KafkaError, OSError, ValueError) as error:
        where_else = "Is it running there? Name another with --servers HOST:PORT; publishing again is harmless."
        what_next = "Then publish again." if isinstance(error, Refused) else where_else
        raise KafkaAway(f"Not published: Kafka at {to} {_in_words(error)}. {what_next}") from error
    finally:
        # A producer that cannot reach Kafka would wait for ever to get rid of its messages.
        with suppress(TimeoutError, KafkaError, OSError):
            await within(STOP_SECONDS, broker.stop())
    return concepts


def notes_on(each: ConceptFile, published: Iterable[ConceptFile], *, now: datetime) -> list[str]:
    """What whoever publishes a concept might not expect of it."""
    notes = []
    here = {other.concept.name for other in published}
    elsewhere = [f"{name} version {version}" for name, version in each.concept.builds_on if name not in here]
    if elsewhere:
        notes.append(f"holds only together with {' and '.join(elsewhere)}: publish that, too, if it is not yet")
    written = each.document.get("holds_from")
    if written is not None and holds_since(each.document, now) == now:
        notes.append(f"holds from now on: holds_from {written} is past, and journeys keep the version they began with")
    return notes


def concept_events(each: ConceptFile, *, now: datetime) -> list[AnyEvent]:
    """`concept.published` for each store. The same content always has the same identity."""
    content = json.dumps(each.document, sort_keys=True, ensure_ascii=False).encode()
    version = each.concept.version
    return [
        new_event(
            ConceptPublished(concept=each.document, version=version),
            id=f"{each.concept.name}:{version}:{hashlib.sha256(content).hexdigest()[:16]}",
            source=SOURCE,
            store=store,
            time=now,
            receivedtime=now,
        )
        for store in each.stores
    ]


def count_standards(concept: ServiceConcept) -> int:
    """How many expectations a concept sets, those included that hold everywhere."""
    single = (concept.greeting, concept.manner, concept.journey_budget, concept.delivery_wait)
    always = (concept.defects, concept.delivery, concept.tidiness, concept.handoff, concept.recognition)
    named = (concept.stages, concept.conduct, concept.cleanliness, concept.promises)
    return sum(each is not None for each in single) + len(always) + sum(map(len, named))


def _in_words(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return f"has not answered within {KAFKA_SECONDS:g} s"
    if isinstance(error, Refused):
        return f"cannot be used: {error}"
    if isinstance(error, KafkaConnectionError | OSError):
        return "cannot be reached"
    return f"does not work ({type(error).__name__}: {error})"


async def _publish(events: Iterable[AnyEvent], broker: KafkaBroker) -> None:
    for event in events:
        await broker.publish(event.to_json(), TOUCHPOINTS.name, key=event.key.encode())
