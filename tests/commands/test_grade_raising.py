"""The alerts that `touchline grade` raises are those that the experience service asks for, clock and all."""

from datetime import timedelta

import pytest

from services.commands.grading.raising import alerts_of
from services.commands.journeys import Journeys
from services.experience.adapters.database import StoredTransaction
from services.experience.domain.concept import ServiceConcept
from services.experience.domain.deadlines import PRECISION
from services.experience.entrypoints.translation import happening_from
from tests.experience.builders import at
from tests.experience.service import Service
from touchline_contracts.delivery import DeliveryCompleted
from touchline_contracts.feedback import FeedbackGiven
from touchline_contracts.greeting import CustomerArrived, CustomerLeft
from touchline_contracts.handoff import HandoffAccepted, HandoffOffered
from touchline_contracts.promises import PromiseConfirmed, PromiseDeclined, PromiseMade
from touchline_contracts.recovery import ProblemOwned, ProblemReported, ProblemResolved

KEY = ("riga-1", "j")
ARRIVED = (0, CustomerArrived(channel="door"))
MADE = (0, PromiseMade(promise_id="p", what="goods", due=at(180), fulfilled_by="warehouse"))
CONFIRMED = (30, PromiseConfirmed(promise_id="p", by_unit="warehouse"))
DELIVERED = (150, DeliveryCompleted(promise_id="p", condition="as_ordered"))
LEFT = (200, CustomerLeft(outcome="served"))
HANDOFF = HandoffOffered(handoff_id="h", from_unit="shop", to_unit="van", customer_visible=False, due=at(60))
REPORTED = ProblemReported(problem_id="x", touchpoint="product", kind="defect", severity="critical")
SAID = (400, FeedbackGiven(score=1, scale_min=1, scale_max=5))

HISTORIES = {
    "kept": [ARRIVED, MADE, CONFIRMED, DELIVERED, LEFT, SAID],
    "nobody confirms": [ARRIVED, MADE, LEFT, SAID],
    "confirmed when somebody was warned": [ARRIVED, MADE, (60, CONFIRMED[1]), DELIVERED, LEFT],
    "declined": [ARRIVED, MADE, (20, PromiseDeclined(promise_id="p", by_unit="warehouse", reason="no van"))],
    "slipping": [ARRIVED, MADE, CONFIRMED, (31, HANDOFF), (170, HandoffAccepted(handoff_id="h")), (175, DELIVERED[1])],
    "delivered too late": [ARRIVED, MADE, CONFIRMED, (300, DELIVERED[1]), SAID],
    "a problem, twice": [
        ARRIVED, (10, REPORTED), (40, ProblemOwned(problem_id="x", by_unit="desk")),
        (60, ProblemResolved(problem_id="x", outcome="restored")),
        (70, REPORTED.model_copy(update={"problem_id": "y"})), SAID,
    ],
}  # fmt: skip


def as_the_service_has_it(events):
    """Line and instant of each notice that the service gives, each event coming in when it happens."""
    service = Service()
    given = {}

    def note():
        for told in service.published():
            for each in told.data.attention:
                given.setdefault((each.line, each.since))

    def look_again(until):
        while (deadline := StoredTransaction(service.rows).next_deadline()) is not None and deadline <= until:
            service.look_again(deadline)
            note()

    for minutes, data in events:
        look_again(at(minutes) - timedelta(microseconds=1))
        service.take_in(service.event(data, at(minutes)), now=at(minutes))
        note()
    look_again(at(60 * 24 * 30))
    return sorted(given, key=lambda each: (each[1], each[0]))


def as_graded(events):
    happenings = [happening_from(Service().event(data, at(minutes), id=f"e-{number}"))
                  for number, (minutes, data) in enumerate(events)]  # fmt: skip
    journeys = Journeys(happenings, ServiceConcept(), until=at(60 * 24 * 365))
    return alerts_of(journeys, KEY, until=at(60 * 24 * 30))


@pytest.mark.parametrize("name", HISTORIES)
def test_the_alerts_are_those_of_the_service(name):
    alerts, notices = as_graded(HISTORIES[name]), as_the_service_has_it(HISTORIES[name])

    assert [each.line for each in alerts] == [line for line, _ in notices]
    # A crossing is found to the second, from wherever it is looked for.
    assert all(abs(each.at - since) <= PRECISION for each, (_, since) in zip(alerts, notices, strict=True))


def test_a_promise_that_nobody_confirms_is_alerted_of_when_that_is_late_and_can_be_acted_on_until_it_is_due():
    first = as_graded(HISTORIES["nobody confirms"])[0]

    # A quarter of the three hours, which is the default.
    assert (first.line, first.at, first.reason, first.until) == ("promise/p", at(45), "unconfirmed", at(180))


def test_what_has_gone_wrong_already_cannot_be_acted_on():
    confirmed_and_forgotten = [ARRIVED, (0, MADE[1].model_copy(update={"due": at(0.5)})), (0.4, CONFIRMED[1])]

    broken = [each for each in as_graded(confirmed_and_forgotten) if each.reason == "broken"]

    assert [each.until for each in broken] == [None]


def test_nothing_that_happens_later_changes_an_alert():
    history = HISTORIES["a problem, twice"]

    alerts = as_graded(history)

    for number in range(1, len(history)):
        before = at(history[number][0])
        assert [each for each in as_graded(history[:number]) if each.at < before] == [
            each for each in alerts if each.at < before
        ]


def test_a_line_that_is_named_again_after_it_was_cleared_is_a_new_alert():
    again = [
        *HISTORIES["confirmed when somebody was warned"][:3],
        (90, PromiseDeclined(promise_id="p", by_unit="warehouse", reason="no van")),
    ]

    assert [(each.at, each.reason) for each in as_graded(again)][:2] == [(at(45), "unconfirmed"), (at(90), "declined")]
