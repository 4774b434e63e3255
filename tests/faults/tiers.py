"""How much is done: what CI does each time, and what `make soak` does before a release."""

from dataclasses import dataclass, replace
from math import inf


@dataclass(frozen=True, kw_only=True)
class Tier:
    """Numbers for each kind of database."""

    minutes: float
    """What has not been played to its end by then is said to be missing."""
    fresh: bool = False
    """A ground of its own for each scene: what one has left behind, or broken, is nothing to the next."""
    kills: int
    kill_seconds: float = 600.0
    """No longer than this, even if it was not all."""
    at_once: bool = False
    """Every victim is killed by itself, as soon as it has come back; else one after the other, all of them in turns."""
    events: int
    """Accepted while they happen."""
    journeys_at_once: int = 1
    """Told by each sender in a single request."""
    events_per_second: float = inf
    """No more than this while they happen: what is accepted has to be checked, too."""
    settled_seconds: float = 90.0
    """So long nothing may go on before all that was accepted is worked off; what is missing then is lost."""
    replays: int
    rebalances: int
    """Workers leave, and join again: two."""
    pauses: int
    """Of workers, beyond their session."""
    fail_points: int
    """Deaths at each of the places where a delivery can be cut off."""
    deadlines: int
    deadline_seconds: float
    """Over which they fall due; workers are killed all the time but for the last of them."""
    hostile: int
    """Records that nobody can read; ten times as many good ones."""
    overload_seconds: float
    terminations: int
    shuffles: int
    black_holes: int
    """Of the network to Kafka."""
    cuts: int
    old_events: int
    """Of last year, in each of three ways."""


SMOKE = Tier(
    minutes=30.0,
    kills=7,
    events=1_500,
    replays=1,
    rebalances=2,
    pauses=1,
    fail_points=3,
    deadlines=500,
    deadline_seconds=55.0,
    hostile=40,
    overload_seconds=5.0,
    terminations=6,
    shuffles=3,
    black_holes=1,
    cuts=2,
    old_events=3_000,
)
CI = Tier(
    minutes=60.0,
    kills=15,
    events=10_000,
    replays=3,
    rebalances=10,
    pauses=5,
    fail_points=20,
    deadlines=5_000,
    deadline_seconds=80.0,
    hostile=200,
    overload_seconds=30.0,
    terminations=10,
    shuffles=10,
    black_holes=2,
    cuts=10,
    old_events=25_000,
)
"""On two kinds of database: twice as much in all."""
SOAK = Tier(
    minutes=58.0,
    fresh=True,
    kills=500,
    kill_seconds=420.0,
    at_once=True,
    events=500_000,
    journeys_at_once=150,
    events_per_second=1_250.0,
    settled_seconds=120.0,
    replays=2,
    rebalances=100,
    pauses=6,
    fail_points=25,
    deadlines=5_000,
    deadline_seconds=100.0,
    hostile=1_000,
    overload_seconds=60.0,
    terminations=60,
    shuffles=100,
    black_holes=4,
    cuts=60,
    old_events=167_000,
)
"""Less than an hour, for want of which not all figures are what they were to be: docs/reliability.md says which."""
REHEARSAL = replace(
    SOAK,
    minutes=15.0,
    kills=60,
    kill_seconds=40.0,
    events=60_000,
    replays=1,
    rebalances=8,
    pauses=1,
    fail_points=3,
    deadlines=1_000,
    deadline_seconds=55.0,
    hostile=100,
    overload_seconds=5.0,
    terminations=12,
    shuffles=10,
    black_holes=1,
    cuts=5,
    old_events=20_000,
)
"""The same way, in minutes: whether an hour is worth beginning."""
