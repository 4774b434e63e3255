"""What is still to come: the chance that an open promise is kept, and what an evaluation means for the customer."""

from math import exp, log

from services.experience.domain.concept import PromiseStandard
from services.experience.domain.ledger import Signs
from services.experience.domain.parameters import Outlook
from services.experience.domain.track_record import CUSTOMERS, TrackRecord


def chance_of_keeping(standard: PromiseStandard, outlook: Outlook, signs: Signs, record: TrackRecord) -> float:
    """The chance, 0 to 1, that an open promise will be kept.

    Starts from the store's track record for this kind of promise (the mean of a Beta posterior), and adds log-odds for
    the records of the units that carry it out and for what is known of the promise itself. The defaults are from real
    orders, see docs/evaluation.md.
    """
    if signs.declined:
        return outlook.declined_chance
    good, bad = standard.kept_before, standard.broken_before
    odds = log(good / bad)
    odds += outlook.store_record * record.of(("promise", signs.what)).evidence(good, bad)
    if outlook.unit_record:
        odds += outlook.unit_record * sum(record.of(("unit", unit)).evidence(good, bad) for unit in signs.carried_by)
    odds += outlook.span_used * min(max(signs.used, 0.0), 1.0) ** 2
    odds += outlook.confirmed if signs.confirmed else 0.0
    odds += outlook.unconfirmed if signs.unconfirmed else 0.0
    odds += outlook.slipped_handoff if signs.slipped else 0.0
    odds += outlook.handed_over if signs.handed_over else 0.0
    return _logistic(odds)


def dissatisfied_as_expected(outlook: Outlook, record: TrackRecord, *, handoffs: int, handoff_share: float) -> float:
    """Log-odds that this customer ends dissatisfied although all goes as expected (V = 0).

    Shifted by what the store's customers said before, and by what they do not see and that tells of trouble: more than
    one hand-off, and the share of a promise's span that had passed when the work for it was handed over.
    """
    odds = outlook.dissatisfied_at_one
    if outlook.customers_record:
        said = record.of(CUSTOMERS)
        odds -= outlook.customers_record * said.evidence(outlook.satisfied_before, outlook.dissatisfied_before)
    odds += outlook.handoff_share * handoff_share
    return odds + (outlook.several_handoffs if handoffs > 1 else 0.0)


def chance_of_dissatisfaction(value: float, at_one: float, outlook: Outlook) -> float:
    """The chance, 0 to 1, that a customer whose journey ends at V = `value` is dissatisfied.

    `at_one`: the log-odds at V = 0, see `dissatisfied_as_expected`.
    """
    return _logistic(at_one + outlook.dissatisfied_slope * value)


def _logistic(odds: float) -> float:
    return 1 / (1 + exp(-odds)) if odds > -500 else 0.0  # noqa: PLR2004  # exp(500) is the largest that fits a float
