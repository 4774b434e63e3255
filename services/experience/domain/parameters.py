"""The numbers of a concept: of the formula, of the forecast, and of what an alert costs. See docs/evaluation.md.

"5,164 orders" are those of a marketplace, delivered and reviewed.
"""

from dataclasses import dataclass
from functools import cached_property
from math import log


@dataclass(frozen=True, kw_only=True)
class Parameters:
    """The numbers of the formula."""

    cap: float = 1.25
    """The ratio above which being better adds nothing. Source: 5,164 orders, min(KV, 1.25) correlates .41, KV .18."""
    loss_weight: float = 3.0
    """L: how much steeper losses are than gains. Source: Anderson and Sullivan 1993, and 5,164 orders."""
    loss_floor: float = 1.5
    """F: what a single line can lose at most."""
    broken_jump: float = 0.6
    """J: what breaking a promise costs beyond the lateness. Source: Gneezy and Epley 2014, and 5,164 orders."""
    withdrawn_loss: float = 0.3
    """What taking a promise back in time costs: less than breaking it, more than never making it."""
    gain_ceiling: float = 1.25
    """exp(G): the KV that gains alone can approach."""
    worst_weight: float = 0.2
    """b: the worst line counts again. Source: Fredrickson and Kahneman 1993, kept modest."""
    last_weight: float = 0.2
    """c: the last impression counts again. Source: Fredrickson and Kahneman 1993, kept modest."""
    fading: float = 0.5
    """r: what each later good moment leaves of a bad impression."""
    must_be_factor: float = 0.75
    """What a failed must-be leaves of the journey's KV until it is put right. Source: Kano et al. 1984."""
    recovery_cap: float = 1.0
    """The ratio that recovery can lift a line to: as expected, not better. Source: de Matos et al. 2007."""
    explained_wait: float = 0.85
    """How long an explained wait feels, per second. Source: assumption after Maister 1985."""
    unexplained_wait: float = 1.15
    """How long a wait that was knowingly left unexplained feels, per second. Source: assumption after Maister 1985."""

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
    """The unit that carries it out has confirmed it. Source: promise management (Bitner 1995), size assumed."""
    unconfirmed: float = -2.2
    """Nobody confirmed in time."""
    slipped_handoff: float = -1.6
    """An internal hand-off is late or was declined. Source: 5,164 orders, 21 % broken instead of 5 %."""
    handed_over: float = 0.8
    """All internal hand-offs that it depends on were accepted."""
    span_used: float = -2.5
    """Times the square of the share of the span that is used up, while nothing has come out. Source: 5,164 orders."""
    declined_chance: float = 0.05
    """Chance of a promise that its unit has declined."""
    broken_ratio: float = 0.0
    """The ratio at which an open promise is expected to end should it be broken; 0: it is never done."""
    store_record: float = 1.0
    """How much the store's own record with this kind of promise counts: 1 is all of its evidence, 0 is none."""
    unit_record: float = 0.0
    """The same for the units that carry it out, in all stores. 0: units of one name are different people elsewhere."""
    customers_record: float = 0.2
    """How much of what the store's customers said before counts for the next one."""
    satisfied_before: float = 9.0
    """Prior of what the store's customers said: those who were satisfied (Beta distribution)."""
    dissatisfied_before: float = 1.0
    """Prior of what the store's customers said: those who were not."""
    dissatisfied_up_to: float = 0.25
    """The share of a scale up to which a score says dissatisfied: 1 and 2 of 1 to 5."""
    handoff_share: float = 0.0
    """Log-odds on top, times the share of a promise's span after which the work for it was handed over."""
    several_handoffs: float = 0.0
    """Log-odds on top where the work goes through more than one hand-off."""
    dissatisfied_at_one: float = -2.3
    """Log-odds that a customer ends dissatisfied when all was as expected (V = 0). Source: 5,164 orders, about 9 %."""
    dissatisfied_slope: float = -3.0
    """Change of these log-odds per unit of V. Source: 5,164 orders, about 66 % when open at the due time."""


@dataclass(frozen=True, kw_only=True)
class Costs:
    """The two costs that say when an alert pays, in any one currency."""

    intervention: float = 5.0
    """What it costs to intervene once. Source: yours to say."""
    bad_outcome: float = 40.0
    """What a dissatisfied customer costs. Source: yours to say."""
    effectiveness: float = 0.5
    """Share of bad outcomes that an intervention prevents; above 0, at most 1."""
    clear_below: float = 0.8
    """An alert clears when the risk falls below this share of the threshold: hysteresis against flapping."""

    @property
    def threshold(self) -> float:
        """The risk above which intervening pays (Teinemaa et al. 2018, arXiv 1803.08706)."""
        return self.intervention / (self.effectiveness * self.bad_outcome)
