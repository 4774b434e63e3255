"""What the experience service publishes: how a journey stands, with the ledger that explains it."""

from typing import Annotated, Literal

from pydantic import Field

from touchline_contracts.fields import Fields, Instant, Severity
from touchline_contracts.phrases import Phrase
from touchline_contracts.recovery import Cost

Gap = Literal["design", "performance", "communication"]
InEveryLanguage = Annotated[
    Phrase, Field(description="The same, to be said in another language; `words` of this package does that.")
]
LineId = Annotated[
    str,
    Field(
        min_length=1,
        max_length=500,
        description="Names the line for ever, whatever becomes of it.",
        examples=["promise/goods-1", "greeting"],
    ),
]

Epoch = Annotated[
    int,
    Field(
        ge=0,
        description=(
            "From which life of the evaluating service's database this is. "
            "After its loss a new one has a higher epoch, and versions begin again."
        ),
    ),
]


class Expectation(Fields):
    """What the customer was led to expect, and by whom."""

    text: Annotated[str, Field(description="In English.")]
    phrase: InEveryLanguage | None = None
    said_by: Annotated[str, Field(description="The service concept, or the unit or channel that promised.")]
    value: Annotated[float, Field(description="KL, in `unit`.")] | None = None
    unit: Literal["seconds", "score", "done"]
    due: Instant | None = None


class Outcome(Fields):
    """What the customer got."""

    text: Annotated[str, Field(description="In English.")]
    phrase: InEveryLanguage | None = None
    value: Annotated[float, Field(description="KP, in the expectation's unit.")] | None = None
    at: Instant | None = None


class LedgerLine(Fields):
    """One expectation, what came of it, and what it contributes to the evaluation."""

    line: LineId
    touchpoint: str
    kind: Literal["must_be", "performance", "attractive"]
    expectation: Expectation
    outcome: Outcome | None = None
    state: Annotated[
        Literal[
            "open",
            "overdue",
            "met",
            "exceeded",
            "short",
            "never",
            "made",
            "confirmed",
            "declined",
            "kept",
            "broken",
            "withdrawn",
            "reported",
            "owned",
            "resolved",
            "refused",
        ],
        Field(
            description=(
                "A standard is open or overdue until it is met, exceeded, short or never; "
                "promises and problems have words of their own."
            )
        ),
    ]
    ratio: Annotated[float, Field(ge=0, description="KP / KL, above 1 is better; nothing weighed yet.")] | None = None
    contribution: Annotated[float, Field(description="Its part of V = ln KV. The parts add up to V.")]
    forecast_contribution: Annotated[float, Field(description="Its part of the forecast's V.")]
    gap: (
        Annotated[
            Literal["design", "performance", "communication"],
            Field(description="Where a shortfall came from (Parasuraman, Zeithaml and Berry 1985)."),
        ]
        | None
    ) = None
    severity: (
        Annotated[Severity, Field(description="Of a problem, as it weighs: a double deviation is one up.")] | None
    ) = None
    costs: Annotated[list[Cost], Field(description="What a problem cost, as it was booked.")] | None = None
    cause: (
        Annotated[LineId, Field(description="Of a problem: the line that fell short before at the same touchpoint.")]
        | None
    ) = None


class Attention(Fields):
    """A line that somebody has to look at now: what is wrong, why, what to do, until when."""

    line: LineId
    severity: Annotated[Literal["warning", "critical"], Field(description="Critical: it has already gone wrong.")]
    reason: Literal[
        "unconfirmed", "declined", "slipping", "broken", "waiting", "failed", "problem_unowned", "problem_open"
    ]
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
    headline: Annotated[str, Field(description="What is wrong, in one line that reads well on a lock screen.")]
    phrase: InEveryLanguage | None = None
    remedy: Annotated[str, Field(description="What to do, from the service concept.")]
    call: Annotated[str, Field(description="The unit to call.")] | None = None


class GoodNews(Fields):
    """What lifted a journey above 1: for the manager to enjoy and pass on. It calls nobody, and names nobody."""

    line: LineId
    touchpoint: str
    since: Instant
    headline: Annotated[str, Field(description="What was better than expected, in one line.")]
    phrase: InEveryLanguage | None = None


class ConceptVersion(Fields):
    """A version of a service concept."""

    concept: str
    version: int


class ThresholdCosts(Fields):
    """The two costs that the threshold is made of: intervention / (effectiveness x bad outcome), in one currency."""

    intervention: Annotated[float, Field(ge=0, description="What it costs to step in once.")]
    bad_outcome: Annotated[float, Field(gt=0, description="What a dissatisfied customer costs.")]
    effectiveness: Annotated[float, Field(gt=0, le=1, description="Share of bad outcomes that stepping in prevents.")]


class JourneyEvaluated(Fields):
    """How a journey stands at an instant. Replaces every evaluation of the journey that has a lower `edition`."""

    version: Annotated[
        int,
        Field(ge=1, description="Rises with each evaluation of a journey within its epoch; drop what you have seen."),
    ]
    epoch: Epoch = 0
    as_of: Instant
    began_at: Instant
    concept: str
    concept_version: int
    concept_builds_on: Annotated[
        list[ConceptVersion],
        Field(description="What the concept extends, the nearest first, as it held for this journey."),
    ] = Field(default_factory=list)
    journey_state: Literal["open", "closed"]
    events: Annotated[int, Field(ge=0, description="How many different events were counted.")]
    late_events: Annotated[int, Field(ge=0, description="Of these, how many came after the journey had closed.")]
    kv: Annotated[float, Field(gt=0, description="KP / KL of the journey as weighed: 1 is as expected.")]
    ratio: (
        Annotated[float, Field(ge=0, description="The bare KP / KL: weighted geometric mean of the lines.")] | None
    ) = None
    forecast: Annotated[float, Field(gt=0, description="The KV that the journey is heading for.")]
    risk: Annotated[float, Field(ge=0, le=1, description="Probability that this customer ends dissatisfied.")]
    threshold: Annotated[float, Field(ge=0, description="The risk above which intervening pays.")]
    threshold_costs: Annotated[ThresholdCosts, Field(description="Where the threshold comes from.")] | None = None
    adequate: Annotated[float, Field(gt=0, description="The KV below which the customer is let down.")]
    lines: Annotated[list[LedgerLine], Field(description="Of more than 500 those that hurt most.")]
    attention: list[Attention]
    retracted: Annotated[
        list[LineId], Field(description="Lines once said to need attention, which later facts disproved.")
    ] = Field(default_factory=list)
    to_restore: Annotated[
        list[LineId], Field(description="The fewest lines that, put right, bring the journey back to 1.")
    ] = Field(default_factory=list)
    good_news: Annotated[
        GoodNews | None, Field(description="Why the journey is better than expected, where it is worth a word.")
    ] = None

    @property
    def edition(self) -> tuple[int, int]:
        """Epoch and version: rises with each evaluation of a journey, whatever becomes of the service's database."""
        return (self.epoch, self.version)
