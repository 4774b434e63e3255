"""What the simulated stores are like: every number that `make noise` assumes, in one place.

None of them is measured in a real store. They were written down first, and changed afterwards only where docs/noise.md
says so; never because of how many pages came out.
"""

from dataclasses import dataclass
from datetime import datetime, time
from zoneinfo import ZoneInfo

Minutes = tuple[float, float]
"""From, until: evenly spread."""

STORES = ("riga-1", "vilnius-1", "tallinn-1")
ZONE = ZoneInfo("Europe/Riga")
"""The clock on the wall is the same in all three towns."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Assumptions:
    """A month of three stores. Shares are of visits, unless something else is said."""

    begins: datetime = datetime(2026, 3, 2, tzinfo=ZONE)
    """A Monday. Clocks are put forward in the night to 29 March."""
    days: int = 30
    opens: time = time(8)
    closes: time = time(20)
    """Every day. The last customers come an hour before."""
    visits: tuple[int, int] = (50, 80)
    """A day and store. Half of them spread over the day, half around a peak at 13:00."""

    greeted_seconds: Minutes = (15, 100)
    """After which somebody is greeted: the concept allows two minutes."""
    manner_rated: float = 0.35
    """Is there a rating of how the greeting was: four times in five 4 or 5, else 3."""
    advised: float = 0.4
    """Rate the advice they had."""
    advised_so_so: float = 0.0
    """Of these ratings: 3, which the concept takes for no answer. Else 4 or 5."""
    looks_around_minutes: Minutes = (5, 30)
    cuts: float = 0.1
    """Have something cut."""
    cutting_minutes: Minutes = (5, 14)
    """The concept allows 15."""
    pays_minutes: Minutes = (1, 4.5)
    """The concept allows 5."""
    recognised: float = 0.03
    """Somebody does more than is expected."""

    greeted_late: float = 0.006
    greeted_late_minutes: Minutes = (3, 10)
    never_greeted: float = 0.003
    never_greeted_minutes: Minutes = (8, 15)
    """After which they go."""

    queues_a_week: float = 2.0
    """At the tills of a store: everybody who comes to pay within it waits for long."""
    queue_minutes: Minutes = (10, 25)
    """How long there is one."""
    queued_minutes: Minutes = (6, 14)
    """How long paying takes then."""

    promises_a_day: float = 4.0
    """Of goods from the second warehouse, a store."""
    promised_within_hours: Minutes = (2, 6)
    promised_for_tomorrow_hours: Minutes = (1, 4)
    """After opening, where the store is closed by then."""
    confirmed_within: float = 0.2
    """Of the time until it is due, at most; the concept wants it at a quarter."""
    never_confirmed: float = 0.04
    """Shares of promises. What nobody confirms does not come."""
    declined: float = 0.02
    """What is declined does not come, either."""
    comes_late: float = 0.04
    """Of those that were confirmed."""
    late_minutes: Minutes = (15, 120)

    reports_problem: float = 0.012
    """A major one, at the service desk."""
    owned_minutes: Minutes = (1, 8)
    solved_minutes: Minutes = (4, 20)
    """After somebody owns it."""
    unowned: float = 0.2
    """Of problems. The customer goes after half an hour to an hour."""
    unowned_minutes: Minutes = (30, 60)

    wrong_goods: float = 0.005
    """Wrong or damaged, found when paying; of these a half is replaced without anybody being called."""
    replaced_by_itself: float = 0.5
    rude: float = 0.004
    """A rude word (a 1 or 2 for courtesy)."""
    incompetent: float = 0.003
    """No answer to a question (a 2 for competence)."""

    toilet_checks: int = 3
    """A day: as a rule 4 or 5."""
    dirty: float = 0.015
    """Of these checks: 1 or 2. Between one and two in a month and store."""
    dirty_minutes: Minutes = (30, 90)
    """After which it is cleaned although nobody was called."""

    acts: float = 0.6
    """In so many of the cases that the manager is told of, somebody can do something about it."""
    acts_minutes: Minutes = (2, 8)
    """After the manager was told."""
    acknowledges: float = 0.8
    """Of the alerts in a message, whether something can be done or not."""
    acknowledges_minutes: Minutes = (0.5, 4)

    reads_quiet_minutes: Minutes = (1, 10)
    """After which a message that calls nobody is read."""

    @property
    def opening_minutes(self) -> float:
        """A day."""
        return (self.closes.hour - self.opens.hour) * 60.0


FIRST = Assumptions(
    advised_so_so=0.1,
    greeted_late=0.02,
    never_greeted=0.004,
    never_confirmed=0.06,
    declined=0.03,
    comes_late=0.05,
    dirty=0.035,
)
"""What was assumed at first. With it 9.5 % of all journeys end below adequate, where 2 to 4 % were wanted."""
