"""How a store as a whole, and good news, look on the page: everything in words."""

from dataclasses import dataclass

from services.alerts.domain.notice import Notice
from services.alerts.domain.store import Coverage, Disagreement, Slips, StoreStanding
from services.alerts.domain.wording import plain
from services.alerts.entrypoints.showing import Showing
from services.alerts.entrypoints.showing_reasons import Reason, defect_in_words


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
    standing: str
    defects: list[Reason]
    slips: list[Reason]
    coverage: str
    units: list[tuple[str, str, bool]]
    """Each unit, whether it has acknowledged the concept in words, and whether it has not."""
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


def store_line(standing: StoreStanding, showing: Showing) -> StoreLine:
    """A store in one line."""
    return StoreLine(
        link=f"/stores/{standing.store}",
        store=standing.store,
        tone="warning" if standing.neglect >= standing.neglect_alert else "quiet",
        neglect=showing.says("shown_number", number=standing.neglect),
    )


def store_page(standing: StoreStanding, showing: Showing) -> StorePage:
    """All there is to say about a store as a whole."""
    coverage, says = standing.coverage, showing.says
    units = (
        []
        if coverage is None
        else [(plain(unit), says("has_acknowledged"), False) for unit in coverage.acknowledged]
        + [(plain(unit), says("not_yet"), True) for unit in coverage.missing]
    )
    return StorePage(
        store=standing.store,
        standing=says(
            "as_of",
            at=showing.when(standing.as_of),
            neglect=standing.neglect,
            neglect_alert=standing.neglect_alert,
        ),
        defects=[defect_in_words(each, standing.as_of, showing.words) for each in standing.defects],
        slips=[_slips(each, showing) for each in standing.slips],
        coverage="" if coverage is None else _coverage(coverage, showing),
        units=units,
        disagreements=[_disagreement(each, showing) for each in standing.disagreements],
    )


def good(notice: Notice, showing: Showing) -> Good:
    """Good news in one line."""
    return Good(
        headline=showing.said(notice.news.phrase, notice.news.headline),
        store=notice.store,
        journey=notice.journey,
        kv=showing.says("shown_ratio", number=notice.kv),
        at=showing.when(notice.given_at),
    )


def _slips(slips: Slips, showing: Showing) -> Reason:
    what = showing.words.catalogue.words("problem.at", what=f"minor_{slips.kind}", place=slips.touchpoint)
    return Reason(
        what, showing.says("times", times=slips.times), showing.says("last_at", at=showing.when(slips.last_at))
    )


def _coverage(coverage: Coverage, showing: Showing) -> str:
    return showing.says(
        "coverage",
        acknowledged=len(coverage.acknowledged),
        units=len(coverage.acknowledged) + len(coverage.missing),
        concept=coverage.concept,
        version=coverage.version,
        due=showing.when(coverage.due),
    )


def _disagreement(each: Disagreement, showing: Showing) -> tuple[str, str, str, str, str, str, str]:
    return (
        plain(each.touchpoint),
        plain(each.observer),
        str(each.visits),
        showing.says("shown_number", number=each.reported),
        showing.says("shown_number", number=each.shoppers),
        showing.says("shown_ratio", number=each.weight),
        showing.says("shown_ratio", number=each.proposed_weight),
    )
