"""What the experience service publishes of a store as a whole: what is left undone there, whoever the customers are."""

from typing import Annotated, Literal

from pydantic import Field

from touchline_contracts.evaluations import Epoch, InEveryLanguage, LineId
from touchline_contracts.fields import Fields, Instant


class OpenDefect(Fields):
    """Something small that is not as it should be, and what it adds to the neglect index."""

    line: LineId
    area: str
    severity: Literal["minor", "major"]
    since: Instant
    age_days: Annotated[float, Field(ge=0, description="How long it has been left, in days.")]
    neglect: Annotated[float, Field(ge=0, description="Its part of the index. The parts add up to it.")]


class RepeatedSlip(Fields):
    """The same minor problem at the same touchpoint, as often as it happened lately."""

    touchpoint: str
    kind: str
    times: Annotated[int, Field(ge=1)]
    first_at: Instant
    last_at: Instant


class Coverage(Fields):
    """Which units have acknowledged the service concept that holds in the store."""

    concept: str
    concept_version: int
    published_at: Instant
    due: Annotated[Instant, Field(description="By when every unit has to have acknowledged it.")]
    acknowledged: list[str]
    missing: list[str]


class Disagreement(Fields):
    """How far what an observer reported lies from what mystery shoppers found at the same touchpoint."""

    touchpoint: str
    observer: Annotated[str, Field(description="Who reported: a kind of observer or of system, never a person.")]
    visits: Annotated[int, Field(ge=1)]
    shoppers: Annotated[float, Field(description="What the shoppers gave on average, 1 to 5.")]
    reported: Annotated[float, Field(description="What was reported of the same visits on average, 1 to 5.")]
    difference: Annotated[float, Field(description="Reported less shoppers: above 0, it was reported too well.")]
    weight: Annotated[float, Field(ge=0, description="How much the concept lets this observer count: 1 is in full.")]
    proposed_weight: Annotated[float, Field(gt=0, le=1, description="How much these visits say it deserves to.")]


class StoreAttention(Fields):
    """Something about the store that somebody has to look at: what is wrong, what to do, until when."""

    line: LineId
    severity: Annotated[Literal["warning", "critical"], Field(description="Critical: it has gone on for too long.")]
    reason: Annotated[str, Field(description="neglected, repeated or unread; a later version may know more.")]
    since: Instant
    cause_at: (
        Annotated[
            Instant,
            Field(
                description="When it came to be so, to the hour: an event, or time that passed. `since`: first said."
            ),
        ]
        | None
    ) = None
    until: Annotated[Instant, Field(description="When it is too late to act.")] | None = None
    headline: Annotated[str, Field(description="What is wrong and in which store, in one line.")]
    phrase: InEveryLanguage | None = None
    remedy: Annotated[str, Field(description="What to do.")]
    call: Annotated[str, Field(description="The unit to call.")] | None = None


class StoreEvaluated(Fields):
    """How a store stands at an instant. Replaces every evaluation of the store that has a lower `edition`."""

    version: Annotated[
        int,
        Field(ge=1, description="Rises with each evaluation of a store within its epoch; drop what you have seen."),
    ]
    epoch: Epoch = 0
    as_of: Instant
    concept: str
    concept_version: int
    neglect: Annotated[float, Field(ge=0, description="The neglect index: severity x days, over all that is open.")]
    neglect_alert: Annotated[float, Field(gt=0, description="The index from which somebody has to see to it.")]
    defects: Annotated[list[OpenDefect], Field(description="The heaviest first; of more than 200 the heaviest.")]
    slips: list[RepeatedSlip] = Field(default_factory=list)
    coverage: Coverage | None = None
    disagreements: list[Disagreement] = Field(default_factory=list)
    attention: list[StoreAttention]
    retracted: Annotated[
        list[LineId], Field(description="Lines once said to need attention, which later facts disproved.")
    ] = Field(default_factory=list)

    @property
    def edition(self) -> tuple[int, int]:
        """Epoch and version: rises with each evaluation of a store, whatever becomes of the service's database."""
        return (self.epoch, self.version)
