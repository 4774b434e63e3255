"""How much is done: what CI does each time, and what is done before a release."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Tier:
    """Numbers for each kind of database."""

    kills: int
    events: int
    """Accepted while they happen."""
    replays: int
    rebalances: int
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
    kills=15,
    events=10_000,
    replays=3,
    rebalances=10,
    pauses=5,
    fail_points=20,
    deadlines=5_000,
    deadline_seconds=80.0,
    hostile=200,
    overload_seconds=20.0,
    terminations=10,
    shuffles=10,
    black_holes=2,
    cuts=10,
    old_events=25_000,
)
"""On two kinds of database: twice as much in all."""
