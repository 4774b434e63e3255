"""Generated histories: what happened to a customer, and what was seen in the store meanwhile.

Each happening is named by its place in the history, not by a counter: of two at the same instant the same one must
come first each time.
"""

from itertools import count

from hypothesis import strategies as st

from tests.experience.builders import VISIT, at, happened, promised
from tests.experience.generated.numbers import LOTS, SPREAD, Detail, lots

LEFT = 200
"""Minute in which a customer who leaves does so; in a history everything has happened by then."""
TICK = 10
"""Minutes: coarse, so that much happens at the same instant."""
CHANNELS = ("door", "desk", "drive_through", "phone", "chat", "web")
PLACES = ("desk", "delivery", "greeting", "promise")
"""Touchpoints of problems: with lines of their own, and without."""

minutes = st.integers(0, LEFT)


def _problem(detail):
    return {
        "problem_id": detail.of("ab"),
        "touchpoint": detail.of(PLACES),
        "severity": detail.of(("minor", "major", "critical")),
        "kind": "complaint",
    }


TOLD = {
    "customer.greeted": lambda detail: {"manner": detail.score} if detail.yes else {},
    "stage.started": lambda detail: {
        "stage": detail.of("xy"),
        **({"told_seconds": detail.of((30, 300, 3_000))} if detail.yes else {}),
        **({"explained": detail.yes} if detail.yes else {}),
    },
    "stage.finished": lambda detail: {
        "stage": detail.of("xy"),
        **({"explained": detail.yes} if detail.yes else {}),
    },
    "conduct.observed": lambda detail: {
        "aspect": detail.of(("courtesy", "competence")),
        "score": detail.score,
        "touchpoint": detail.of(("desk", "till")),
        "observer": detail.of(("customer", "sensor")),
    },
    "delivery.completed": lambda detail: {
        "condition": detail.of(("as_ordered", "damaged", "wrong")),
        **({"tidy": detail.yes} if detail.yes else {}),
        **({"promise_id": detail.of("mn")} if detail.yes else {}),
    },
    "delivery.failed": lambda detail: {"promise_id": detail.of("mn")},
    "handoff.offered": lambda detail: {
        "handoff_id": detail.of("hi"),
        "customer_visible": detail.yes,
        "from_unit": "sales",
        "to_unit": "till",
        **({"about": detail.of("mn")} if detail.yes else {}),
        **({"due": at(detail.of((10, 100, 400)))} if detail.yes else {}),
    },
    "handoff.accepted": lambda detail: {
        "handoff_id": detail.of("hi"),
        **({"context_passed": detail.yes} if detail.yes else {}),
    },
    "handoff.declined": lambda detail: {"handoff_id": detail.of("hi"), "reason": "busy"},
    "recognition.given": lambda detail: {"touchpoint": detail.of(("car", "desk"))},
    "cleanliness.checked": lambda detail: {
        "area": detail.of(("toilet", "hall")),
        "score": detail.of(range(6)),
        **({"location": "first floor"} if detail.yes else {}),
    },
    "cleanliness.repaired": lambda detail: {"area": detail.of(("toilet", "hall"))},
    "defect.noticed": lambda detail: {
        "defect_id": detail.of("de"),
        "area": "hall",
        "severity": detail.of(("minor", "major")),
    },
    "defect.repaired": lambda detail: {"defect_id": detail.of("de"), "area": "hall"},
    "problem.reported": _problem,
    "problem.owned": lambda detail: {"problem_id": detail.of("ab"), "by_unit": "desk"},
    "problem.resolved": lambda detail: {
        "problem_id": detail.of("ab"),
        "outcome": detail.of(("restored", "compensated", "refused")),
    },
    "feedback.given": lambda detail: {"score": float(detail.score), "scale_min": 1.0, "scale_max": 5.0},
    "promise.made": lambda detail: {
        "promise_id": detail.of("mn"),
        "what": detail.of(("goods", "call")),
        "due": at(detail.of(range(1, 2 * LEFT, 13))),
        "fulfilled_by": detail.of(("warehouse", "desk")),
    },
    "promise.confirmed": lambda detail: {"promise_id": detail.of("mn"), "by_unit": "warehouse"},
    "promise.declined": lambda detail: {"promise_id": detail.of("mn"), "by_unit": "warehouse", "reason": "none left"},
    "promise.kept": lambda detail: {"promise_id": detail.of("mn")},
    "promise.broken": lambda detail: {"promise_id": detail.of("mn")},
    "promise.withdrawn": lambda detail: {"promise_id": detail.of("mn")},
    "promise.rescheduled": lambda detail: {
        "promise_id": detail.of("mn"),
        "customer_agreed": detail.yes,
        "due": at(detail.of(range(1, 2 * LEFT, 29))),
    },
}
"""What each kind of event may say."""
SEEN = tuple(kind for kind in TOLD if kind.startswith(("cleanliness.", "defect.")))
"""What may be store-wide."""


def happenings(kinds, most, *, least=0, journey=VISIT, since=0, prefix="e"):
    """Things of these kinds that happened, each with a name of its own."""
    kinds, instants = tuple(kinds), range(since, LEFT + 1, TICK)

    def named(drawn):
        told = []
        for number, lot in enumerate(drawn):
            detail = Detail(lot * SPREAD % LOTS)
            kind, minute = detail.of(kinds), detail.of(instants)
            told.append(happened(kind, minute, journey=journey, id=f"{prefix}{number}", **TOLD[kind](detail)))
        return told

    return st.lists(lots, min_size=least, max_size=most).map(named)


_LIKELY = ("promise.made", "promise.kept", "problem.reported", "problem.resolved", "stage.finished")
"""What others refer to, or what refers to others: else most of them would mean nothing."""
_between = happenings([*TOLD, *_LIKELY, *_LIKELY], 12, least=2)
_endings = st.sampled_from([None, "served", "abandoned"])
_channels = st.sampled_from([*CHANNELS, None])
store_wide = happenings(SEEN, 4, journey=None, since=-LEFT, prefix="s")
"""What was seen in the store, from before the journey began to when everything in it has happened."""


@st.composite
def journeys(draw):
    """What happened to a customer, who may have arrived, and may have left, or not. It begins in minute 0."""
    told = list(draw(_between))
    channel, ending = draw(_channels), draw(_endings)
    if channel is None:
        told.insert(0, happened("journey.begun", 0, id="b"))  # nothing that the evaluation knows
    else:
        told.insert(0, happened("customer.arrived", 0, id="b", channel=channel))
    if ending is not None:
        told.append(happened("customer.left", LEFT, id="l", outcome=ending))
    return told


def promise(made_at, due, **ends):
    """A promise beside those of a history, and what came of it: `kept=7`, in which minute."""
    story = [promised(made_at, due=due, promise_id="p", id="p0")]
    return story + [
        happened(f"promise.{kind}", minute, promise_id="p", id=f"p{number}")
        for number, (kind, minute) in zip(count(1), ends.items(), strict=False)
    ]
