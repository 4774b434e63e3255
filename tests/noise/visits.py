"""A customer's visit: greeting, advice, cutting, paying, a promise perhaps; and what goes wrong in it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from tests.noise.assumptions import Assumptions, Minutes
from tests.noise.plan import Occurrence, Plan, Trouble, trouble_of, whole
from touchline_contracts.delivery import DeliveryCompleted, StageFinished, StageStarted
from touchline_contracts.feedback import ConductObserved, RecognitionGiven
from touchline_contracts.fields import Fields
from touchline_contracts.greeting import CustomerArrived, CustomerGreeted, CustomerLeft
from touchline_contracts.promises import (
    PromiseBroken,
    PromiseConfirmed,
    PromiseDeclined,
    PromiseKept,
    PromiseMade,
    PromiseRescheduled,
)
from touchline_contracts.recovery import ProblemOwned, ProblemReported, ProblemResolved

MINUTE = timedelta(minutes=1)
GOODS = "goods_from_second_warehouse"
WAREHOUSE = "second_warehouse"


@dataclass(slots=True)
class Visit:
    """One visit, to be put into the plan."""

    assumed: Assumptions
    plan: Plan
    store: str
    journey: str
    came: datetime
    closes: datetime
    chance: Random
    queues: Sequence[tuple[datetime, Trouble]]

    def fill(self, *, promised: bool) -> None:
        """Put all of it into the plan. `promised`: goods are promised to this customer."""
        self._happens(self.came, CustomerArrived(channel="door"))
        if self._is(self.assumed.never_greeted):
            return self._is_never_greeted()
        at = self._is_greeted()
        at += self._for(self.assumed.looks_around_minutes) / 2
        self._is_spoken_to(at)
        if promised:
            self._is_promised(at)
        at += self._for(self.assumed.looks_around_minutes) / 2
        if self._is(self.assumed.cuts):
            self._happens(at, StageStarted(stage="cutting"))
            at += self._for(self.assumed.cutting_minutes)
            self._happens(at, StageFinished(stage="cutting"))
            at += MINUTE
        if self._is(self.assumed.reports_problem):
            at = self._reports_a_problem(at)
        return self._pays(at)

    def _is_never_greeted(self) -> None:
        gone = self.came + self._for(self.assumed.never_greeted_minutes)
        trouble = self._goes_wrong("never greeted", "greeting", self.came, gone)
        self._happens(gone, CustomerLeft(outcome="abandoned"), trouble)
        stays = self._for(self.assumed.looks_around_minutes)
        trouble.remedies.append(
            lambda at: [
                self._so(at, CustomerGreeted(manner=4)),
                self._so(at + stays, CustomerLeft(outcome="served")),
            ]
        )

    def _is_greeted(self) -> datetime:
        manner = self.chance.choice((5, 4, 4, 4, 3)) if self._is(self.assumed.manner_rated) else None
        data = CustomerGreeted(manner=manner)
        if not self._is(self.assumed.greeted_late):
            at = self.came + timedelta(seconds=round(self.chance.uniform(*self.assumed.greeted_seconds)))
            self._happens(at, data)
            return at
        at = self.came + self._for(self.assumed.greeted_late_minutes)
        trouble = self._goes_wrong("greeted late", "greeting", self.came, at)
        self._happens(at, data, trouble)
        trouble.remedies.append(lambda when: [self._so(when, data)])
        return at

    def _is_spoken_to(self, at: datetime) -> None:
        if self._is(self.assumed.rude):
            self._heard(at, "rude", "courtesy", self.chance.choice((1, 2)))
        elif self._is(self.assumed.incompetent):
            self._heard(at, "incompetent", "competence", 2)
        elif self._is(self.assumed.advised):
            score = 3 if self._is(self.assumed.advised_so_so) else self.chance.choice((5, 4, 4))
            self._happens(at, self._conduct("competence", score))

    def _heard(self, at: datetime, kind: str, aspect: str, score: int) -> None:
        """A bad word, or none; a colleague who is called puts it right."""
        self._happens(at, self._conduct(aspect, score))
        trouble = self._goes_wrong(kind, "conduct", at, at + 15 * MINUTE)
        trouble.remedies.append(lambda when: [self._so(when, self._conduct(aspect, 5))])

    def _conduct(self, aspect: str, score: int) -> ConductObserved:
        return ConductObserved(touchpoint="sales", aspect=aspect, score=score, observer="customer")

    def _reports_a_problem(self, at: datetime) -> datetime:
        problem = f"problem-{self.journey}"
        reported = ProblemReported(problem_id=problem, touchpoint="product", kind="defect", severity="major")
        owned = ProblemOwned(problem_id=problem, by_unit="service_desk")
        solved = ProblemResolved(problem_id=problem, outcome="restored")
        self._happens(at, reported)
        takes = self._for(self.assumed.solved_minutes)
        if not self._is(self.assumed.unowned):
            at += self._for(self.assumed.owned_minutes)
            self._happens(at, owned)
            self._happens(at + takes, solved)
            return at + takes
        goes = at + self._for(self.assumed.unowned_minutes)
        trouble = self._goes_wrong("unowned problem", "problem", at, goes)
        trouble.remedies.append(lambda when: [self._so(when, owned), self._so(when + takes, solved)])
        return goes

    def _pays(self, at: datetime) -> None:
        queue = next((each for ends, each in self.queues if each.begins <= at < ends), None)
        self._happens(at, StageStarted(stage="checkout"))
        soon = self._for(self.assumed.pays_minutes)
        paid = at + (soon if queue is None else self._for(self.assumed.queued_minutes))
        self._happens(paid, StageFinished(stage="checkout"), queue)
        goes = paid + MINUTE
        if self._is(self.assumed.wrong_goods):
            goes = self._has_wrong_goods(paid)
        if self._is(self.assumed.recognised):
            self._happens(paid, RecognitionGiven(touchpoint="exit"))
        self._happens(goes, CustomerLeft(outcome="served"), queue)
        if queue is not None:
            self.plan.goes_wrong(queue, self.store, self.journey, "stage")
            queue.remedies.append(self._till_opened(at, soon, paid, goes))

    def _till_opened(
        self, began: datetime, takes: timedelta, paid: datetime, goes: datetime
    ) -> Callable[[datetime], Sequence[Occurrence]]:
        def remedy(when: datetime) -> Sequence[Occurrence]:
            sooner = min(max(when, began) + takes, paid)
            found = []
            if when <= paid:
                found.append(self._so(sooner, StageFinished(stage="checkout")))
            if when <= goes:
                found.append(self._so(sooner + (goes - paid), CustomerLeft(outcome="served")))
            return found

        return remedy

    def _has_wrong_goods(self, at: datetime) -> datetime:
        """Found while still at the till."""
        condition = self.chance.choice(("wrong", "damaged"))
        goes = at + self._for((4, 12))
        right = DeliveryCompleted(condition="as_ordered")
        self._happens(at, DeliveryCompleted(condition=condition))
        if self._is(self.assumed.replaced_by_itself):
            self._happens(goes, right)
            return goes + MINUTE
        trouble = self._goes_wrong("wrong goods", "delivery", at, goes)
        trouble.remedies.append(lambda when: [self._so(when, right)])
        return goes

    def _is_promised(self, at: datetime) -> None:
        name = f"goods-{self.journey}"
        due = at + whole(60 * self.chance.uniform(*self.assumed.promised_within_hours))
        if due > self.closes:
            opens = self.closes + timedelta(days=1) - whole(self.assumed.opening_minutes)
            due = opens + whole(60 * self.chance.uniform(*self.assumed.promised_for_tomorrow_hours))
        made = PromiseMade(promise_id=name, what=GOODS, due=due, fulfilled_by=WAREHOUSE, made_by="sales")
        self._happens(at, made)
        confirmed = PromiseConfirmed(promise_id=name, by_unit=WAREHOUSE)
        kept = PromiseKept(promise_id=name)
        broken = PromiseBroken(promise_id=name)
        answered = at + (due - at) * self.chance.uniform(0.02, self.assumed.confirmed_within)
        answered = answered.replace(microsecond=0)
        in_time = due - self._for((5, 40))
        fate = self.chance.random()
        if fate < self.assumed.never_confirmed:
            trouble = self._goes_wrong("never confirmed", "promise", at, due)
            self._happens(due + 10 * MINUTE, broken, trouble)
            trouble.remedies.append(lambda when: [self._so(when, confirmed), self._so(max(in_time, when), kept)])
        elif fate < self.assumed.never_confirmed + self.assumed.declined:
            self._happens(answered, PromiseDeclined(promise_id=name, by_unit=WAREHOUSE, reason="sold out"))
            trouble = self._goes_wrong("declined", "promise", at, due)
            self._happens(due + 10 * MINUTE, broken, trouble)
            agreed = PromiseRescheduled(promise_id=name, due=due + timedelta(hours=1), customer_agreed=True)
            trouble.remedies.append(lambda when: [self._so(when, agreed), self._so(max(due, when), kept)])
        elif self._is(self.assumed.comes_late):
            self._happens(answered, confirmed)
            late = due + self._for(self.assumed.late_minutes)
            trouble = self._goes_wrong("comes late", "promise", answered, late)
            self._happens(late, kept, trouble)
            trouble.remedies.append(lambda when: [self._so(min(when + 20 * MINUTE, late), kept)])
        else:
            self._happens(answered, confirmed)
            self._happens(in_time, kept)

    def _goes_wrong(self, kind: str, line: str, begins: datetime, ends: datetime) -> Trouble:
        trouble = trouble_of(kind, begins, ends, self.assumed, self.chance)
        self.plan.goes_wrong(trouble, self.store, self.journey, line)
        return trouble

    def _happens(self, at: datetime, data: Fields, unless: Trouble | None = None) -> None:
        self.plan.occurrences.append(self._so(at, data, unless))

    def _so(self, at: datetime, data: Fields, unless: Trouble | None = None) -> Occurrence:
        return Occurrence(at=at, store=self.store, journey=self.journey, data=data, unless=unless)

    def _is(self, share: float) -> bool:
        return self.chance.random() < share

    def _for(self, minutes: Minutes) -> timedelta:
        return whole(self.chance.uniform(*minutes))
