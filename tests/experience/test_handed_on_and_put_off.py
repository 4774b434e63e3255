"""What is put off, handed on a second time, explained, given up, or owned: the neighbours of the stories."""

import pytest

from services.experience.adapters.wording import in_english
from services.experience.domain.attention import attention_for, lines_at_risk
from services.experience.domain.concept import ServiceConcept
from services.experience.domain.ledger import outcome
from tests.experience.builders import at, happened, promised, standing, within
from touchline_contracts.recovery import Cost

ARRIVED = happened("customer.arrived", -5, channel="door")
LEFT = happened("customer.left", 200, outcome="served")


def reasons(assessment):
    return [attention_for(line, assessment, assessment.as_of).reason for line in lines_at_risk(assessment, {})]


def line(assessment, begin):
    (found,) = [each for each in assessment.lines if each.id.startswith(begin)]
    return found


class TestPutOff:
    """Promised for minute 180; at minute 60 it is said that it will be minute 300."""

    made = promised(due=180)
    confirmed = happened("promise.confirmed", 20, promise_id="p", by_unit="warehouse")

    def put_off(self, *, agreed, due=300, minutes=60):
        return happened("promise.rescheduled", minutes, promise_id="p", due=at(due), customer_agreed=agreed)

    def standing(self, *more, minutes):
        return standing([ARRIVED, self.made, self.confirmed, *more], minutes=minutes)

    def test_with_the_customers_consent_the_new_time_holds_and_nobody_is_warned(self):
        agreed = self.put_off(agreed=True)
        kept = happened("promise.kept", 290, promise_id="p")

        for minutes in (60, 181, 280):
            assert reasons(self.standing(agreed, minutes=minutes)) == []
        assert self.standing(agreed, kept, minutes=301).evaluation.kv >= 1

    def test_without_it_the_old_time_holds_and_somebody_is_warned_at_once(self):
        before, after, due = [self.standing(self.put_off(agreed=False), minutes=minutes) for minutes in (59, 60, 180)]

        assert [reasons(each) for each in (before, after, due)] == [[], ["declined"], ["broken"]]
        assert line(after, "promise").due == at(180)

    def test_the_ledger_says_that_it_was_put_off(self):
        told = line(self.standing(self.put_off(agreed=False), minutes=61), "promise").told

        assert in_english(told) == "put off without the customer's consent"

    def test_consent_that_comes_later_and_in_time_is_consent(self):
        asked, agreed = self.put_off(agreed=False), self.put_off(agreed=True, minutes=90)

        assert reasons(self.standing(asked, agreed, minutes=91)) == []

    def test_a_unit_that_will_keep_the_old_time_after_all_says_so(self):
        again = happened("promise.confirmed", 70, promise_id="p", by_unit="warehouse")

        assert reasons(self.standing(self.put_off(agreed=False), again, minutes=71)) == []

    def test_to_be_earlier_takes_nobodys_consent(self):
        assert reasons(self.standing(self.put_off(agreed=False, due=120), minutes=61)) == []

    def test_withdrawn_in_time_it_costs_a_little_and_nobody_is_called(self):
        withdrawn = self.standing(happened("promise.withdrawn", 120, promise_id="p"), LEFT, minutes=300)
        none = standing([ARRIVED, LEFT], minutes=300)

        assert withdrawn.concept.adequate <= withdrawn.evaluation.kv < none.evaluation.kv
        assert reasons(withdrawn) == []


class TestHandedOn:
    """A hand-off that the customer sees may take 5 minutes."""

    def offered(self, name, minutes, **more):
        units = {"from_unit": "desk", "to_unit": f"unit_{name}", "customer_visible": True}
        return happened("handoff.offered", minutes, handoff_id=name, **{**units, **more})

    def accepted(self, name, minutes, **more):
        return happened("handoff.accepted", minutes, handoff_id=name, **more)

    def declined(self, name, minutes):
        return happened("handoff.declined", minutes, handoff_id=name, reason="busy")

    def test_a_second_unit_that_takes_over_in_time_makes_up_for_the_first_that_declined(self):
        refused = [ARRIVED, self.offered("a", 0), self.declined("a", 2)]
        again = [*refused, self.offered("b", 3)]

        alone, asked = standing(refused, minutes=3), standing(again, minutes=3)
        taken = standing([*again, self.accepted("b", 4), LEFT], minutes=240)

        assert [reasons(alone), reasons(asked), reasons(taken)] == [["failed"], [], []]
        assert (line(taken, "handoff/a").ratio, line(taken, "handoff/a").state) == (1.0, "met")

    def test_what_counts_of_the_first_is_when_somebody_took_over_at_last(self):
        told = [self.offered("a", 0), self.declined("a", 2), self.offered("b", 9), self.accepted("b", 10)]

        # 5 minutes expected, 10 waited
        assert line(standing([ARRIVED, *told], minutes=11), "handoff/a").ratio == pytest.approx(0.5)

    def test_a_second_refusal_is_worse_than_one(self):
        one = [ARRIVED, self.offered("a", 0), self.declined("a", 2)]
        two = [*one, self.offered("b", 3), self.declined("b", 4)]

        assert standing(two, minutes=5).evaluation.kv < standing(one, minutes=5).evaluation.kv
        assert "failed" in reasons(standing(two, minutes=5))

    def test_to_be_handed_on_in_another_matter_makes_up_for_nothing(self):
        refused = [ARRIVED, self.offered("a", 0, about="repair"), self.declined("a", 2)]
        other = [self.offered("b", 3, about="invoice"), self.accepted("b", 4)]

        assert line(standing([*refused, *other], minutes=5), "handoff/a").ratio == 0.0

    def test_one_that_nobody_answered_is_over_when_the_customer_has_left(self):
        told = [ARRIVED, self.offered("a", 190), LEFT]

        # 5 minutes expected, 10 waited; nobody waits on after that
        assert line(standing(told, minutes=230), "handoff/a").ratio == pytest.approx(0.5)
        assert standing(told, minutes=230).closed

    def test_an_internal_one_that_another_unit_took_over_has_not_slipped(self):
        inside = {"customer_visible": False, "about": "p", "due": at(60)}
        made = [ARRIVED, promised(due=180), happened("promise.confirmed", 5, promise_id="p", by_unit="warehouse")]
        refused = [*made, self.offered("a", 10, **inside), self.declined("a", 20)]
        taken = [*refused, self.offered("b", 25, **inside), self.accepted("b", 30)]

        none, first, second = [standing(told, minutes=31).forecast.kv for told in (made, refused, taken)]

        assert first < none <= second


class TestWaits:
    """A stage may take 10 minutes, and all of them together 15."""

    concept = ServiceConcept(stages={"*": within(600)}, journey_budget=within(900))

    def standing(self, *told, minutes):
        return standing([ARRIVED, *told], self.concept, minutes=minutes)

    def test_an_explained_wait_is_felt_shorter_while_it_lasts_and_an_unexplained_one_longer(self):
        explained, plain, unexplained = [
            self.standing(happened("stage.started", 0, stage="desk", **told), minutes=14).evaluation.kv
            for told in ({"explained": True}, {}, {"explained": False})
        ]

        assert 1 > explained > plain > unexplained

    @pytest.mark.parametrize(("explained", "says"), [(True, "11 min, explained"), (False, "11 min, not explained")])
    def test_the_ledger_says_why_a_wait_was_felt_shorter_or_longer(self, explained, says):
        told = [
            happened("stage.started", 0, stage="desk"),
            happened("stage.finished", 11, stage="desk", explained=explained),
        ]

        assert in_english(outcome(line(self.standing(*told, minutes=12), "stage/"))) == says

    def test_a_wait_that_is_too_long_is_no_gain_however_well_it_was_explained(self):
        overdue = self.standing(happened("stage.started", 0, stage="desk", explained=True), minutes=11)

        # 11 minutes feel like 9.35 of the 10 that were expected
        assert line(overdue, "stage/").ratio == 1.0

    def test_who_gives_up_waiting_gains_nothing_by_having_used_little_time(self):
        gave_up = happened("customer.left", 5, outcome="abandoned")

        left = self.standing(happened("stage.started", 0, stage="desk"), gave_up, minutes=6)

        assert [each.state for each in left.lines] == ["never"]


@pytest.mark.parametrize("channel", ["phone", "chat", "web"])
def test_nobody_stands_at_a_door_to_greet_those_who_call_or_write(channel):
    told = [happened("customer.arrived", 0, channel=channel)]

    assert standing(told, ServiceConcept(greeting=within(60)), minutes=5).lines == ()


class TestProblems:
    """What was reported at a touchpoint, who took it on, what it cost and why."""

    def reported(self, minutes, problem_id="p", **more):
        fields = {"touchpoint": "delivery", "kind": "return", "severity": "major"}
        return happened("problem.reported", minutes, problem_id=problem_id, **{**fields, **more})

    def owned(self, minutes):
        return happened("problem.owned", minutes, problem_id="p", by_unit="desk")

    def resolved(self, minutes, **more):
        return happened("problem.resolved", minutes, problem_id="p", outcome="restored", **more)

    def test_to_own_a_problem_in_time_is_never_worse_than_not_to(self):
        nobody, somebody = [standing([ARRIVED, self.reported(0), *more], minutes=2) for more in ([], [self.owned(1)])]

        assert somebody.forecast.kv >= nobody.forecast.kv
        assert reasons(somebody) == []

    def test_a_problem_that_is_owned_and_not_solved_is_a_risk_before_its_time_is_over(self):
        owned = [ARRIVED, self.reported(0), self.owned(1)]
        hours = [reasons(standing(owned, minutes=60 * hour)) for hour in (1, 12, 23.9, 24)]

        assert hours == [[], [], ["problem_open"], ["problem_open"]]

    def test_what_it_cost_is_booked_when_it_is_reported_and_when_it_is_solved(self):
        def cost(amount, cost_class):
            return Cost.model_validate({"amount": amount, "currency": "EUR", "class": cost_class})

        told = [
            self.reported(0, cost=cost(9.5, "external_failure")),
            self.resolved(5, cost=cost(2, "appraisal")),
        ]

        costs = line(standing([ARRIVED, *told], minutes=6), "problem/").costs

        assert [tuple(each) for each in costs] == [(9.5, "EUR", "external_failure"), (2.0, "EUR", "appraisal")]

    def test_its_cause_is_what_fell_short_at_its_touchpoint_last_before_it(self):
        wrong, again = [happened("delivery.completed", m, id=f"d{m}", condition="wrong") for m in (0, 3)]
        later = happened("delivery.completed", 9, condition="wrong")
        fine = happened("delivery.completed", 4, condition="as_ordered")

        def cause(*told):
            return line(standing([ARRIVED, self.reported(5), *told], minutes=10), "problem/").cause

        assert cause(wrong, again, fine, later) == f"delivery/{again.label}"
        assert cause(fine, later) is None

    def test_a_double_deviation_weighs_one_severity_more_and_says_so(self):
        told = [self.reported(0, severity="minor"), self.resolved(5)]
        severities = {
            given: line(
                standing([ARRIVED, *told, self.reported(10, "q", severity=given)], minutes=11), "problem/q"
            ).severity
            for given in ("minor", "major", "critical")
        }

        assert severities == {"minor": "major", "major": "critical", "critical": "critical"}
