"""How many promises of a journey are open, and what became of the others."""

from collections.abc import Collection, Iterable
from typing import NamedTuple

from services.experience.domain.ledger import Line


class PromiseTally(NamedTuple):
    """The promises of one journey, counted by how they stand."""

    on_track: int = 0
    at_risk: int = 0
    """Open, and somebody was told that they need attention."""
    kept: int = 0
    broken: int = 0
    withdrawn: int = 0

    @property
    def made(self) -> int:
        """All of them."""
        return sum(self)


NO_PROMISES = PromiseTally()


def tally(lines: Iterable[Line], at_risk: Collection[str]) -> PromiseTally:
    """Count the promises among the lines of a ledger. `at_risk`: the lines that need attention."""
    promises = [line for line in lines if line.is_promise]
    if not promises:  # most journeys
        return NO_PROMISES
    stands = [line.state if line.settled else "at_risk" if line.id in at_risk else "on_track" for line in promises]
    return PromiseTally(
        on_track=stands.count("on_track"),
        at_risk=stands.count("at_risk"),
        kept=stands.count("kept"),
        broken=stands.count("broken"),
        withdrawn=stands.count("withdrawn"),
    )
