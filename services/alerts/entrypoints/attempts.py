"""How often somebody may try: what is guessed is guessed slowly."""

from collections import OrderedDict, deque
from datetime import datetime, timedelta

WITHIN = timedelta(minutes=15)
MOST_KEYS = 10_000
"""So many are kept; beyond, the one that tried longest ago is forgotten."""


class Attempts:
    """Counts attempts by whatever they are counted by, in this process."""

    def __init__(self, most: int) -> None:
        """`most`: so many attempts within a quarter of an hour."""
        self._most = most
        self._tried: OrderedDict[str, deque[datetime]] = OrderedDict()

    def wait(self, key: str, now: datetime) -> timedelta | None:
        """How long to wait before the next attempt; None: not at all."""
        tried = self._tried.get(key, deque())
        while tried and now - tried[0] >= WITHIN:
            tried.popleft()
        return tried[0] + WITHIN - now if len(tried) >= self._most else None

    def note(self, key: str, now: datetime) -> None:
        """One more."""
        self._tried.setdefault(key, deque()).append(now)
        self._tried.move_to_end(key)
        if len(self._tried) > MOST_KEYS:
            self._tried.popitem(last=False)

    def take_back(self, key: str) -> None:
        """The last one was right."""
        tried = self._tried.get(key)
        if tried:
            tried.pop()
