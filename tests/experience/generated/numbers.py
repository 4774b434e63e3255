"""Numbers, and how many of them are drawn from one.

Every number is anywhere within the bounds that a concept file allows, often at one of them, save where rounding would
decide: weights and jumps below `LEAST_FELT`.

To draw a hundred numbers of a concept one by one would take longer than all that is done with it. They come in groups,
each from one lot: 0 leaves the group as it is by default, which is what a failing example shrinks to. A happening is
one whole number as well.
"""

from datetime import timedelta
from math import exp, log
from random import Random

from hypothesis import strategies as st

from services.experience.domain.concept import Importance, Standard, Unit

LEAST_FELT = 1e-3
shares = st.floats(0, 1)
some_shares = st.floats(LEAST_FELT, 1)
scores = st.integers(1, 5)
ratios = st.one_of(st.just(0.0), st.just(1.0), st.floats(0.01, 100))
kinds = st.sampled_from(Importance)
LOTS = 2**24
SPREAD = 10_368_889
"""Odd, so that no two lots fall together: hypothesis likes small numbers, and what they stand for must vary."""
lots = st.integers(0, LOTS - 1)


class Lot(Random):
    """Draws what belongs together from one number."""

    def between(self, low, high):
        """A number from `low` to `high`, in one case of five one of the two."""
        return self.choice((low, high)) if self.random() < 0.2 else self.uniform(low, high)

    def share(self):
        return self.between(0.0, 1.0)

    def some_share(self):
        return self.between(LEAST_FELT, 1.0)

    def factor(self, most=20.0):
        """A number above 0, small ones as likely as large ones."""
        return exp(self.between(log(LEAST_FELT), log(most)))

    def weight(self):
        return self.factor(10.0)

    def log_odds(self):
        return self.between(-20.0, 20.0)

    def ratio(self):
        return self.choice((0.0, 1.0, exp(self.uniform(log(0.01), log(100))), self.uniform(0.5, 1.5)))

    def span(self):
        return timedelta(minutes=self.choice((1, 7, 60, 600, 6_000)))

    def standard(self, unit, *expected, missed=0.0):
        return Standard(
            touchpoint="desk",
            label="desk",
            unit=unit,
            expected=self.choice(expected or (1.0,)),
            kind=self.choice(tuple(Importance)),
            weight=self.weight(),
            polarity=self.choice((1, -1)),
            missed=missed,
        )

    def rating(self):
        return self.standard(Unit.SCORE, 4.0, 0.5, 1.0, 3.3, 5.0)

    def wait(self):
        return self.standard(Unit.SECONDS, 60.0, 90.0, 600.0, 6_000.0)


class Detail:
    """A whole number that is used up by one choice after the other."""

    def __init__(self, number):
        self._number = number

    def of(self, choices):
        self._number, chosen = divmod(self._number, len(choices))
        return choices[chosen]

    @property
    def score(self):
        return self.of(range(1, 6))

    @property
    def yes(self):
        return self.of((True, False))
