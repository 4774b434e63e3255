"""What there is to do so that the topics are as the contracts state them: compared, not done."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Literal

from services.chassis.topics import MILLISECONDS_A_DAY, Standing, stated_settings
from touchline_contracts import Topic

Action = Literal["create", "change", "leave", "by hand"]

DONE = {"create": "created", "change": "changed"}
"""What is said once it has been done."""
KEYS_WOULD_MOVE = (
    "keys would move to other partitions, and the events of journeys that run at the moment get out of order; "
    "--add-partitions does it, best while no journey runs"
)
NO_FEWER = (
    "Kafka takes no partitions away, and more of them do no harm; to have fewer: end the services when they have "
    "worked off the topic, delete it, and run `touchline topics apply`"
)
NO_OTHER_COPIES = (
    "kafka-reassign-partitions.sh puts copies onto other brokers; how many there have to be says "
    "TOUCHLINE_KAFKA_REPLICATION_FACTOR"
)


@dataclass(frozen=True, kw_only=True)
class Step:
    """One thing about one topic: what Kafka has, what is stated, and what is to be done about it."""

    topic: str
    about: str
    """`topic`, `partitions`, `replication factor`, or a setting under Kafka's name for it."""
    action: Action
    present: str | None
    stated: str
    why: str = ""
    """For people, where somebody has to act by hand."""

    def as_json(self) -> dict[str, object]:
        """The step for programs."""
        return asdict(self)


def steps_for(
    topic: Topic,
    standing: Standing,
    settings: Mapping[str, str],
    *,
    replication_factor: int,
    add_partitions: bool,
) -> list[Step]:
    """What there is to do about one topic that stands so and has these settings."""
    stated = stated_settings(topic, replication_factor)
    if not standing.exists:
        parts = [f"partitions={topic.partitions}", f"replication.factor={replication_factor}"]
        parts += [f"{name}={in_words(name, value)}" for name, value in stated.items()]
        return [Step(topic=topic.name, about="topic", action="create", present=None, stated="\n".join(parts))]
    steps = [_partitions(topic, len(standing.copies), add_partitions=add_partitions)]
    copies = min(standing.copies.values(), default=0)
    enough = copies >= replication_factor
    steps.append(
        Step(
            topic=topic.name,
            about="replication factor",
            action="leave" if enough else "by hand",
            present=str(copies),
            stated=str(replication_factor),
            why="" if enough else NO_OTHER_COPIES,
        )
    )
    for name, value in stated.items():
        present = settings.get(name)
        action: Action = "leave" if present == value else "change"
        steps.append(Step(topic=topic.name, about=name, action=action, present=present, stated=value))
    return steps


def in_words(about: str, value: str | None) -> str:
    """A value as people read it."""
    if value is None:
        return "not set"
    if about == "retention.ms" and value.isdecimal():
        return f"{value} ({int(value) / MILLISECONDS_A_DAY:g} days)"
    return value


def summary(steps: Sequence[Step], *, done: bool = False) -> str:
    """In one line, how much there is to do, or was done."""
    words: dict[str, str] = {"create": "to create", "change": "to change"} | (DONE if done else {})
    words["by hand"] = "left to be done by hand"
    counts = {action: sum(each.action == action for each in steps) for action in words}
    todo = [f"{count} {words[action]}" for action, count in counts.items() if count]
    return ", ".join(todo) + "." if todo else "All topics are as the contracts state them: nothing to do."


def _partitions(topic: Topic, present: int, *, add_partitions: bool) -> Step:
    action: Action = "leave"
    why = ""
    if present > topic.partitions:
        action, why = "by hand", NO_FEWER
    elif present < topic.partitions:
        action, why = ("change", "") if add_partitions else ("by hand", KEYS_WOULD_MOVE)
    return Step(
        topic=topic.name,
        about="partitions",
        action=action,
        present=str(present),
        stated=str(topic.partitions),
        why=why,
    )
