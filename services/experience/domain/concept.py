"""The service concept: what is expected at each touchpoint, and every number that the evaluation uses."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cached_property
from math import log
from types import MappingProxyType
from typing import Final, NamedTuple


class Importance(StrEnum):
    """Kano's kinds (Kano et al. 1984): what a touchpoint can do to a customer."""

    MUST_BE = "must_be"
    """Can only disappoint: nobody praises a clean plate."""
    PERFORMANCE = "performance"
    """Disappoints when short, delights when better."""
    ATTRACTIVE = "attractive"
    """Can only delight: nobody misses what they did not expect."""


class Unit(StrEnum):
    """What a standard is measured in, which says how experience is compared with expectation."""

    SECONDS = "seconds"
    """Ratio is expected / actual: less is better."""
    SCORE = "score"
    """Ratio is got / expected: more is better."""
    DONE = "done"
    """Ratio is 1 when done, `Standard.missed` when not."""


class Standard(NamedTuple):
    """What the concept leads a customer to expect at one touchpoint."""

    touchpoint: str
    label: str
    """The touchpoint in words, for ledgers and alerts."""
    unit: Unit
    expected: float = 1.0
    """KL, in `unit`; above 0."""
    kind: Importance = Importance.PERFORMANCE
    weight: float = 0.3
    """How much the line counts; above 0."""
    polarity: int = 1
    """-1 where the opposite is wanted: a diner whose concept is rudeness."""
    missed: float = 0.0
    """The ratio when a `done` standard was not met; 0 is as bad as never done."""
    remedy: str = ""
    """What to do when it goes wrong."""
    call: str | None = None
    """The unit to call."""


@dataclass(frozen=True, kw_only=True)
class PromiseStandard:
    """How promises of one kind (`what`) are looked after."""

    label: str
    weight: float = 0.3
    confirm_within: float = 0.25
    """By which share of its span the unit must have confirmed, where the promise itself does not say; 0 to 1."""
    kept_before: float = 9.0
    """Prior of the store's track record: promises of this kind that were kept (Beta distribution)."""
    broken_before: float = 1.0
    """Prior of the store's track record: promises of this kind that were broken."""
    remedy: str = (
        "Call the unit that has to carry it out, and have it confirmed. If it cannot be done, tell the customer now."
    )


@dataclass(frozen=True, kw_only=True)
class ProblemStandard:
    """What a problem costs, and how fast it has to be owned and put right."""

    minor: float = 0.95
    """Ratio of a minor problem: a small slip."""
    major: float = 0.6
    critical: float = 0.3
    beyond_critical: float = 0.15
    """Ratio of a critical problem that is a double deviation: one severity up from the worst."""
    weight: float = 0.3
    own_within: timedelta = timedelta(minutes=10)
    resolve_within: timedelta = timedelta(hours=24)
    """Also the time in which a recovery loses half of its effect."""
    restored: float = 1.0
    """Share of the loss that an immediate restoration takes away."""
    compensated: float = 0.7
    """Share of the loss that an immediate compensation takes away."""
    remedy: str = "Make one person own the problem now, and tell the customer who it is and what happens next."
    call: str | None = None


@dataclass(frozen=True, kw_only=True)
class Parameters:
    """The numbers of the formula. Sources: docs/evaluation.md."""

    cap: float = 1.25
    """The ratio above which being better adds nothing."""
    loss_weight: float = 3.0
    """L: how much steeper losses are than gains."""
    loss_floor: float = 1.5
    """F: what a single line can lose at most."""
    broken_jump: float = 0.6
    """J: what breaking a promise costs beyond the lateness."""
    withdrawn_loss: float = 0.3
    """What taking a promise back in time costs: less than breaking it, more than never making it."""
    gain_ceiling: float = 1.25
    """exp(G): the KV that gains alone can approach."""
    worst_weight: float = 0.2
    """b: the worst line counts again."""
    last_weight: float = 0.2
    """c: the last impression counts again."""
    fading: float = 0.5
    """r: what each later good moment leaves of a bad impression."""
    must_be_factor: float = 0.75
    """What a failed must-be leaves of the journey's KV until it is put right."""
    recovery_cap: float = 1.0
    """The ratio that recovery can lift a line to: as expected, not better."""
    explained_wait: float = 0.85
    """How long an explained wait feels, per second (assumption after Maister 1985)."""
    unexplained_wait: float = 1.15
    """How long a wait that was knowingly left unexplained feels, per second (assumption after Maister 1985)."""

    @cached_property
    def gain_limit(self) -> float:
        """G: what gains can add to V at most."""
        return log(self.gain_ceiling)

    @cached_property
    def most_felt(self) -> float:
        """The largest v of a single line."""
        return log(self.cap)


@dataclass(frozen=True, kw_only=True)
class Outlook:
    """How likely an open promise is kept, as log-odds on top of the track record, and what V means for the customer."""

    confirmed: float = 2.0
    unconfirmed: float = -2.2
    """Nobody confirmed in time."""
    slipped_handoff: float = -1.6
    """An internal hand-off is late or was declined: 21 % broken instead of 5 %."""
    span_used: float = -2.5
    """Times the square of the share of the span that is used up, while nothing has come out."""
    declined_chance: float = 0.05
    """Chance of a promise that its unit has declined."""
    dissatisfied_at_one: float = -2.3
    """Log-odds that a customer whose journey went exactly as expected (V = 0) ends dissatisfied: about 9 %."""
    dissatisfied_slope: float = -3.0
    """Change of these log-odds per unit of V."""


@dataclass(frozen=True, kw_only=True)
class Costs:
    """The two costs that say when an alert pays, in any one currency."""

    intervention: float = 5.0
    """What it costs to intervene once."""
    bad_outcome: float = 40.0
    """What a dissatisfied customer costs."""
    effectiveness: float = 0.5
    """Share of bad outcomes that an intervention prevents; above 0, at most 1."""
    clear_below: float = 0.8
    """An alert clears when the risk falls below this share of the threshold: hysteresis against flapping."""

    @property
    def threshold(self) -> float:
        """The risk above which intervening pays (Teinemaa et al. 2018, arXiv 1803.08706)."""
        return self.intervention / (self.effectiveness * self.bad_outcome)


ANY: Final = "*"
"""The name under which a concept keeps what holds for stages, promises and conduct that it does not name."""


def _conduct() -> Mapping[str, Standard]:
    def rating(aspect: str, label: str, expected: float, kind: Importance) -> Standard:
        remedy = "Have a colleague take over, and put it right with the customer before they leave."
        return Standard(touchpoint=aspect, label=label, unit=Unit.SCORE, expected=expected, kind=kind, remedy=remedy)

    return MappingProxyType(
        {
            "courtesy": rating("courtesy", "courtesy", 4, Importance.PERFORMANCE),
            "competence": rating("competence", "a competent answer", 4, Importance.MUST_BE),
            "ownership": rating("ownership", "somebody who takes it on", 4, Importance.MUST_BE),
            "interest": rating("interest", "interest in the customer", 3, Importance.PERFORMANCE),
        }
    )


@dataclass(frozen=True, kw_only=True)
class ServiceConcept:
    """The written promise of the experience. What a customer has a right to holds by default."""

    name: str = "no-concept"
    version: int = 1
    title: str = "No service concept"
    stores: tuple[str, ...] = ()
    """The stores it holds in; none named: every store that has no concept of its own."""
    adequate: float = 0.8
    """The KV below which a customer is let down: the lower edge of the zone of tolerance."""
    quiet_time: timedelta = timedelta(minutes=30)
    """A journey that has ended closes after this long without news."""
    expires_after: timedelta = timedelta(hours=24)
    """A journey that nobody ended closes after this long without news."""
    parameters: Parameters = field(default_factory=Parameters)
    outlook: Outlook = field(default_factory=Outlook)
    costs: Costs = field(default_factory=Costs)
    greeting: Standard | None = None
    """Seconds from arrival to greeting."""
    manner: Standard | None = None
    """Rating of the greeting and the hand-over."""
    stages: Mapping[str, Standard] = field(default_factory=dict)
    """Seconds per stage, by its name or `*`."""
    journey_budget: Standard | None = None
    """Seconds that all stages together may take."""
    conduct: Mapping[str, Standard] = field(default_factory=_conduct)
    """Rating per aspect of conduct."""
    cleanliness: Mapping[str, Standard] = field(default_factory=dict)
    """Score per area, or `*`."""
    defects: Standard = Standard(
        touchpoint="defect",
        label="things in order",
        unit=Unit.DONE,
        missed=0.97,
        weight=0.1,
        remedy="Have it repaired today.",
    )
    """Each open defect; `missed` is the ratio of a minor one, its cube that of a major one."""
    delivery: Standard = Standard(
        touchpoint="delivery",
        label="what was ordered",
        unit=Unit.DONE,
        kind=Importance.MUST_BE,
        remedy="Replace it now, without discussion, and tell the customer when.",
    )
    conditions: Mapping[str, float] = field(
        default_factory=lambda: {"as_ordered": 1.0, "damaged": 0.5, "incomplete": 0.5, "wrong": 0.3}
    )
    """Ratio of a delivery by its condition."""
    delivery_wait: Standard | None = None
    """Seconds from arrival to delivery, for journeys whose stages nobody reports."""
    tidiness: Standard = Standard(
        touchpoint="tidiness",
        label="a place left tidy",
        unit=Unit.DONE,
        missed=0.9,
        remedy="Go back and clean up, with an apology.",
    )
    handoff: Standard = Standard(
        touchpoint="handoff",
        label="a hand-off that the customer sees",
        unit=Unit.SECONDS,
        expected=300,
        remedy="Bring the customer to the next unit yourself, and tell it what is known.",
    )
    handoff_without_context: float = 0.8
    """Ratio of a hand-off after which the customer has to tell everything again."""
    promises: Mapping[str, PromiseStandard] = field(default_factory=dict)
    """By what was promised, or `*`."""
    problems: ProblemStandard = field(default_factory=ProblemStandard)
    recognition: Standard = Standard(
        touchpoint="recognition", label="more than expected", unit=Unit.DONE, kind=Importance.ATTRACTIVE
    )
    beyond: float = 1.25
    """Ratio of a moment that deserved recognition."""

    def followed_until(self, began_at: datetime, now: datetime) -> datetime:
        """Until when a wait that nobody ended has lasted: longer than the concept waits for news nobody can tell."""
        return min(now, began_at + self.expires_after)

    def promise(self, what: str) -> PromiseStandard:
        """How promises of this kind are looked after, whether the concept knows them or not."""
        return self.promises.get(what) or self.promises.get(ANY) or PromiseStandard(label=what.replace("_", " "))
