"""Whether reading goes on: pure, told what is seen of a consumer and when."""

from collections.abc import Mapping
from typing import NamedTuple


class Seen(NamedTuple):
    """What is seen of one partition."""

    position: int
    """The offset to read next."""
    end: int | None
    """The offset after the last record that Kafka holds, as far as it has told."""
    told_at: int | None
    """When Kafka told that; milliseconds since 1970."""

    @property
    def behind(self) -> int:
        """How many records are there to be read."""
        return 0 if self.end is None else max(self.end - self.position, 0)


class Progress:
    """Notices a consumer that stands still: there is something to read and it does not, or it does not even ask."""

    def __init__(self, patience_seconds: float, now: float) -> None:
        """`now`, here and below, is any clock that does not jump, in seconds."""
        self.patience_seconds = patience_seconds
        self._seen: dict[int, Seen] = {}
        self._moved_at: dict[int, float] = {}
        self._excused_at = now

    def excuse(self, now: float) -> None:
        """There is a reason not to go on, which is none of the consumer's: count from now."""
        self._excused_at = now

    def stands_still(self, partitions: Mapping[int, Seen] | None, now: float) -> str | None:
        """Why it counts as standing still, in words; None: it goes on. `partitions` is None outside the group."""
        if partitions is None:
            self._seen, self._moved_at = {}, {}
            if now - self._excused_at > self.patience_seconds:
                return f"no place in the consumer group for {self.patience_seconds:g} s"
            return None
        for partition, seen in partitions.items():
            before = self._seen.get(partition)
            moved = before is None or seen.position != before.position
            if moved or (not seen.behind and before is not None and seen.told_at != before.told_at):
                self._moved_at[partition] = now
            if now - max(self._moved_at[partition], self._excused_at) > self.patience_seconds:
                what = f"{seen.behind} messages wait" if seen.behind else "Kafka is not even asked"
                return f"partition {partition} has stood still for {self.patience_seconds:g} s: {what}"
        self._seen = dict(partitions)
        return None
