"""How a store as a whole, and good news, look on the page: everything in words."""

from dataclasses import dataclass

from services.alerts.domain.notice import Notice
from services.alerts.domain.store import Because, Coverage, Disagreement, Slips, StoreStanding, defect_in_words
from services.alerts.domain.wording import plain
from services.alerts.entrypoints.showing import Showing


@dataclass(frozen=True, kw_only=True, slots=True)
class StoreLine:
    """One store in one line."""

    link: str
    store: str
    tone: str
    neglect: str


@dataclass(frozen=True, kw_only=True, slots=True)
class StorePage:
    """One store."""

    store: str
    as_of: str
    neglect: str
    neglect_alert: str
    defects: list[Because]
    slips: list[Because]
    coverage: str
    units: list[tuple[str, str]]
    """Each unit, and whether it has acknowledged the concept."""
    disagreements: list[tuple[str, str, str, str, str, str, str]]
    """Touchpoint, observer, visits, what was reported, what shoppers found, the weight and the one proposed."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Good:
    """Good news in one line."""

    headline: str
    store: str
    journey: str
    kv: str
    at: str


def store_line(standing: StoreStanding) -> StoreLine:
    """A store in one line."""
    return StoreLine(
        link=f"/stores/{standing.store}",
        store=standing.store,
        tone="warning" if standing.neglect >= standing.neglect_alert else "quiet",
        neglect=f"{standing.neglect:.1f}",
    )


def store_page(standing: StoreStanding, showing: Showing) -> StorePage:
    """All there is to say about a store as a whole."""
    coverage = standing.coverage
    return StorePage(
        store=standing.store,
        as_of=showing.when(standing.as_of),
        neglect=f"{standing.neglect:.1f}",
        neglect_alert=f"{standing.neglect_alert:.1f}",
        defects=[defect_in_words(each, standing.as_of) for each in standing.defects],
        slips=[_slips(each, showing) for each in standing.slips],
        coverage="" if coverage is None else _coverage(coverage, showing),
        units=[]
        if coverage is None
        else [(plain(unit), "acknowledged") for unit in coverage.acknowledged]
        + [(plain(unit), "not yet") for unit in coverage.missing],
        disagreements=[_disagreement(each) for each in standing.disagreements],
    )


def good(notice: Notice, showing: Showing) -> Good:
    """Good news in one line."""
    return Good(
        headline=plain(notice.news.headline),
        store=notice.store,
        journey=notice.journey,
        kv=f"{notice.kv:.2f}",
        at=showing.when(notice.given_at),
    )


def _slips(slips: Slips, showing: Showing) -> Because:
    times = "once" if slips.times == 1 else f"{slips.times} times"
    return Because(f"minor {slips.kind} at {plain(slips.touchpoint)}", times, f"last {showing.when(slips.last_at)}")


def _coverage(coverage: Coverage, showing: Showing) -> str:
    units = len(coverage.acknowledged) + len(coverage.missing)
    return (
        f"{len(coverage.acknowledged)} of {units} units have acknowledged {coverage.concept} version "
        f"{coverage.version}, due {showing.when(coverage.due)}"
    )


def _disagreement(each: Disagreement) -> tuple[str, str, str, str, str, str, str]:
    return (
        plain(each.touchpoint),
        plain(each.observer),
        str(each.visits),
        f"{each.reported:.1f}",
        f"{each.shoppers:.1f}",
        f"{each.weight:.2f}",
        f"{each.proposed_weight:.2f}",
    )
