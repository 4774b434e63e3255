"""Good news: what lifted a journey above 1. It calls nobody, names nobody, and ranks nobody."""

from dataclasses import dataclass
from datetime import datetime

from services.experience.domain.assessment import Assessment
from services.experience.domain.concept import Importance
from services.experience.domain.ledger import Line, outcome
from services.experience.domain.phrase import Phrase, phrase


@dataclass(frozen=True, kw_only=True)
class GoodNews:
    """What was better than expected, for a manager to enjoy and pass on."""

    line: str
    touchpoint: str
    since: datetime
    headline: Phrase


def good_news_of(store: str, assessment: Assessment) -> GoodNews | None:
    """The good news in a journey, if there is any.

    A journey above 1 is good news when something delighted that nobody had to expect (Kano's attractive kind, such as
    `recognition.given`); one that reaches the concept's `good_from` is, whatever brought it there.
    """
    evaluation = assessment.evaluation
    if evaluation.value <= 0:
        return None
    parts = evaluation.contributions
    lifting = [line for line in assessment.lines if parts.get(line.id, 0.0) > 0]
    attractive = [line for line in lifting if line.standard.kind is Importance.ATTRACTIVE]
    if not attractive and evaluation.kv < assessment.concept.good_from:
        return None
    best = min(attractive or lifting, key=lambda line: (-parts[line.id], line.id))
    return GoodNews(
        line=best.id,
        touchpoint=best.standard.touchpoint,
        since=best.at or assessment.as_of,
        headline=_headline(store, best),
    )


def _headline(store: str, line: Line) -> Phrase:
    if line.standard.kind is Importance.ATTRACTIVE:
        return phrase("good_news.beyond", store=store, place=line.standard.touchpoint)
    return phrase("good_news.better", store=store, what=line.standard.label, outcome=outcome(line))
