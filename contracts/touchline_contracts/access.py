"""Who reads and who writes which topic: the least that each process needs, stated once."""

from dataclasses import dataclass

from touchline_contracts.kinds import Teller
from touchline_contracts.topics import ALERTS, DEAD_LETTERS, EVALUATIONS, TOUCHPOINTS, Topic


@dataclass(frozen=True, kw_only=True)
class Access:
    """What one process does with the topics. What is not named here it has no business with."""

    name: str
    reads: tuple[Topic, ...] = ()
    writes: tuple[Topic, ...] = ()
    group: str = ""
    """The consumer group that it reads as; empty: it reads nothing, or as an onlooker."""

    @property
    def topics(self) -> tuple[Topic, ...]:
        """All that it has to do with, each once."""
        return tuple(dict.fromkeys((*self.reads, *self.writes)))


EXPERIENCE = Access(
    name="experience",
    reads=(TOUCHPOINTS,),
    # To the touchpoints it tells itself that a journey needs another look.
    writes=(EVALUATIONS, TOUCHPOINTS, DEAD_LETTERS),
    group="touchline-experience",
)
ALERT_SERVICE = Access(name="alerts", reads=(EVALUATIONS,), writes=(ALERTS, DEAD_LETTERS), group="touchline-alerts")
CONCEPTS = Access(name="concepts", writes=(TOUCHPOINTS,))
REPLAY = Access(name="replay", reads=(EVALUATIONS, ALERTS), writes=(TOUCHPOINTS,))
DEAD_LETTER_READER = Access(name="dead-letters", reads=(DEAD_LETTERS,))
# Apart from reading them: whoever resends may write what the stores, and the experience service, tell.
DEAD_LETTER_RESENDER = Access(name="resend", reads=(DEAD_LETTERS,), writes=(TOUCHPOINTS, EVALUATIONS))

TOUCHPOINT_SERVICES: tuple[Teller, ...] = (
    "greeting",
    "handoff",
    "delivery",
    "cleanliness",
    "promises",
    "recovery",
    "feedback",
)
ACCESS: tuple[Access, ...] = (
    *(Access(name=name, writes=(TOUCHPOINTS,)) for name in TOUCHPOINT_SERVICES),
    EXPERIENCE,
    ALERT_SERVICE,
    CONCEPTS,
    REPLAY,
    DEAD_LETTER_READER,
    DEAD_LETTER_RESENDER,
)
"""Seven touchpoint services, the services inside, and the commands of `touchline` that need Kafka."""
