"""A journey in which everything that happens is exactly as the concept leads its customer to expect."""

from dataclasses import replace

from services.experience.domain.concept import ANY
from tests.experience.builders import happened, promised


class Perfect:
    """Such a journey; `detail` says which of all that may happen happens in it."""

    def __init__(self, concept, detail):
        self.told = [happened("customer.arrived", 0, id="b", channel="door")]
        self.seen = []
        self.ends = 0.0
        self.lines = 0
        """How many lines its ledger has."""
        # A problem that is put right is as expected where it can be lifted so far.
        parameters, problems = replace(concept.parameters, recovery_cap=1.0), replace(concept.problems, restored=1.0)
        self.concept = replace(concept, parameters=parameters, problems=problems)
        self._greeted()
        if detail.yes:
            self._stages()
        elif detail.yes:
            self._delivered_in_time()
        else:
            self.concept = replace(self.concept, delivery_wait=None)
        for happens in (self._conduct, self._handoff, self._promise, self._problem, self._surroundings):
            if detail.yes:
                happens()
        if detail.yes:
            self._happened("customer.left", self.ends, outcome="served")

    def _happened(self, kind, minute, /, lines=0, **data):
        self.told.append(happened(kind, minute, id=f"e{len(self.told)}", **data))
        self.ends = max(self.ends, minute)
        self.lines += lines

    def _greeted(self):
        minute, manner = self.concept.greeting.expected / 60, self.concept.manner.expected
        self._happened("customer.greeted", minute, lines=2, manner=manner)

    def _stages(self):
        self.concept = replace(self.concept, delivery_wait=None)
        total = 0.0
        for name in "xy":
            standard = self.concept.stages.get(name) or self.concept.stages[ANY]
            self._happened("stage.started", self.ends, stage=name)
            self._happened("stage.finished", self.ends + standard.expected / 60, lines=1, stage=name)
            total += standard.expected
        self.concept = replace(self.concept, journey_budget=self.concept.journey_budget._replace(expected=total))
        self.lines += 1

    def _delivered_in_time(self):
        minute = self.concept.delivery_wait.expected / 60
        self._happened("delivery.completed", minute, lines=3, condition="as_ordered", tidy=True)

    def _conduct(self):
        score = self.concept.conduct["courtesy"].expected
        self._happened("conduct.observed", 1, lines=1, touchpoint="desk", aspect="courtesy", score=score)

    def _handoff(self):
        offered = {"handoff_id": "h", "customer_visible": True, "from_unit": "sales", "to_unit": "till"}
        self._happened("handoff.offered", 3, lines=1, **offered)
        minute = 3 + self.concept.handoff.expected / 60
        self._happened("handoff.accepted", minute, handoff_id="h", context_passed=True)

    def _promise(self):
        self.told.append(promised(2, due=50, promise_id="p", id="p1"))
        self._happened("promise.kept", 50, lines=1, promise_id="p")

    def _problem(self):
        problem = {"problem_id": "a", "touchpoint": "desk", "kind": "complaint", "severity": "major"}
        self._happened("problem.reported", 5, lines=1, **problem)
        self._happened("problem.resolved", 5, problem_id="a", outcome="restored")

    def _surroundings(self):
        score = self.concept.cleanliness[ANY].expected
        self.seen.append(happened("cleanliness.checked", -5, journey=None, id="s1", area="hall", score=score))
        self.lines += 1
