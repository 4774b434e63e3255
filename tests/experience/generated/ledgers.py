"""Generated ledgers: lines that have come out, of any kind, and what is on record beside them."""

from hypothesis import strategies as st

from services.experience.domain.concept import Importance
from services.experience.domain.ledger import Line
from services.experience.domain.track_record import Settled, TrackRecord
from tests.experience.builders import at
from tests.experience.generated.histories import LEFT
from tests.experience.generated.numbers import Lot, lots


class Recorded(TrackRecord):
    """A track record that says the same of everything, whenever it is asked for."""

    def __init__(self, good, bad):
        self._settled = Settled(good, bad)

    def __call__(self, now):
        return self

    def of(self, subject):
        return self._settled


records = st.builds(Recorded, st.integers(0, 500), st.integers(0, 500))


def _line(number, is_promise, ratio, standard, minute, *, put_right, withdrawn, trust):
    if is_promise:
        standard = standard._replace(kind=Importance.PERFORMANCE, polarity=1)
    state = "met" if not is_promise else "withdrawn" if withdrawn else "kept" if ratio >= 1 else "broken"
    return Line(
        id=f"line/{number}",
        standard=standard,
        state=state,
        began_at=at(0),
        at=at(minute),
        said_by="test",
        ratio=1.0 if state == "withdrawn" else ratio,
        is_promise=is_promise,
        put_right=put_right,
        trust=1.0 if is_promise else trust,
    )


def _drawn_line(number, drawn):
    lot = Lot(drawn)
    promised = lot.random() < 0.4
    flags = {"put_right": lot.choice((False, True)), "withdrawn": lot.choice((False, True))}
    trust = lot.between(0.1, 1.0)
    return _line(number, promised, lot.ratio(), lot.rating(), lot.randint(0, LEFT), **flags, trust=trust)


lines = lots.map(lambda drawn: _drawn_line(0, drawn))
"""A line that has come out, of any kind."""


def ledgers(least=0):
    """Lines that have come out."""
    return st.lists(lots, min_size=least, max_size=6).map(
        lambda drawn: [_drawn_line(number, each) for number, each in enumerate(drawn)]
    )
