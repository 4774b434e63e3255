"""How a store as a whole is looked after: when what is left undone, or happens again and again, needs somebody."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, kw_only=True)
class StoreCare:
    """The numbers of the store's own standing. With these defaults no single small thing ever calls anybody."""

    minor: float = 1.0
    """What a minor defect, or a place a little below its standard, adds to the neglect index with each day."""
    major: float = 3.0
    """What a major defect, or a place far below its standard, adds with each day."""
    saturates_after: timedelta = timedelta(days=4)
    """The age beyond which a defect adds no more: by then those who work there see it no more."""
    neglect_alert: float = 6.0
    """The index from which somebody has to see to it: three small things for two days, or one major one."""
    neglect_critical: float = 10.0
    """The index from which the alert is critical: three small things for three days and a third."""
    clear_below: float = 0.8
    """The alert clears below this share of `neglect_alert`: hysteresis against flapping."""
    neglect_remedy: str = (
        "Have the oldest repaired today, and each of the others given to somebody with a day by which."
    )
    """What to do about neglect."""
    """What to do about what is left undone."""
    slips: int = 3
    """So many minor problems of one kind at one touchpoint are no chance any more; twice as many are critical."""
    slips_within: timedelta = timedelta(hours=24)
    """The time within which they are counted together."""
    slips_remedy: str = "Find out with the unit where it comes from, and change that before the next customer meets it."
    """What to do about problems that come again."""
    """What to do about slips that are repeated."""
    acknowledge_remedy: str = "Go through the new concept with these units now, and have them acknowledge it."
    """What to do about units that have not read the concept."""
    """What to do about units that have not acknowledged the concept."""
    visits_for: timedelta = timedelta(days=90)
    """For so long a mystery visit counts in the comparison with what was reported."""
    visits_to_doubt: float = 3.0
    """Visits in full agreement that every observer is given credit for: one bad day condemns nobody."""
