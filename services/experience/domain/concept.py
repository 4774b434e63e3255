"""The service concept: what is expected at each touchpoint."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Final, NamedTuple

from services.experience.domain.parameters import Costs, Outlook, Parameters
from services.experience.domain.phrase import Phrase
from services.experience.domain.store_care import StoreCare


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
    label: str | Phrase
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
    builds_on: tuple[tuple[str, int], ...] = ()
    """Name and version of the concepts that it inherits from, the nearest first."""
    stores: tuple[str, ...] | None = None
    """The stores it holds in. None: every store that has no concept of its own; empty: only others build on it."""
    adequate: float = 0.8
    """The KV below which a customer is let down. Source: zone of tolerance, Zeithaml, Berry and Parasuraman 1993."""
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
    good_from: float = 1.1
    """The KV from which a journey is good news although nobody gave recognition."""
    units: tuple[str, ...] = ()
    """The units of each store that have to acknowledge the concept; none named: nobody is asked to."""
    acknowledge_within: timedelta = timedelta(days=3)
    """How long the units have for it from when the concept holds."""
    observers: Mapping[str, float] = field(default_factory=dict)
    """How much the reports of an observer (colleague, sensor, greeting, delivery, cleanliness) count; 1 is in full."""
    store: StoreCare = field(default_factory=StoreCare)
    """What of the store as a whole needs looking after, and from when."""

    def followed_until(self, began_at: datetime, now: datetime) -> datetime:
        """Until when a wait that nobody ended has lasted: longer than the concept waits for news nobody can tell."""
        return min(now, began_at + self.expires_after)

    def trust_in(self, observer: str | None) -> float:
        """How much what this observer reports counts."""
        return self.observers.get(observer or "", 1.0)

    def promise(self, what: str) -> PromiseStandard:
        """How promises of this kind are looked after, whether the concept knows them or not."""
        return self.promises.get(what) or self.promises.get(ANY) or PromiseStandard(label=what.replace("_", " "))
