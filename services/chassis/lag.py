"""How far behind reading is: pure, told what is seen of a consumer and when."""

from collections.abc import Mapping

from services.chassis.progress import Seen


class Lag:
    """Remembers when each partition was last seen with nothing left to read."""

    def __init__(self) -> None:
        self._caught_up_at: dict[int, float] = {}

    def measured(
        self, seen: Mapping[int, Seen], following: Mapping[int, int], last_timestamps: Mapping[int, int], now: float
    ) -> dict[int, tuple[int, float]]:
        """By partition, how many messages are not read yet, and for how many seconds at most.

        `following`: the offsets to apply next; `last_timestamps`: when what was applied last was written, in
        milliseconds since 1970; `now`: seconds since 1970.
        """
        lag = {}
        for partition, each in seen.items():
            behind = 0 if each.end is None else max(each.end - following.get(partition, each.end), 0)
            written = last_timestamps.get(partition, 0) / 1000
            since = max(self._caught_up_at.setdefault(partition, 0.0), written) or now
            if behind == 0:
                self._caught_up_at[partition] = since = now
            lag[partition] = (behind, max(now - since, 0.0))
        return lag
