"""Generated news for a service: batches of events that it hears of sooner or later, and documents of concepts."""

from hypothesis import strategies as st

ago = st.sampled_from([0, 0, 0, 1, 7, 45, 300, 1_500])
"""How many minutes before it is heard of something happened."""
ahead = st.sampled_from([3, 20, 90, 400])
promises, problems = st.sampled_from(["p", "q"]), st.sampled_from(["a", "b"])
HAPPENS = {
    "customer.arrived": st.just({"channel": "door"}),
    "customer.greeted": st.just({}),
    "customer.left": st.just({"outcome": "served"}),
    "conduct.observed": st.fixed_dictionaries(
        {
            "touchpoint": st.just("desk"),
            "aspect": st.sampled_from(["courtesy", "competence"]),
            "score": st.integers(1, 5),
            "observer": st.just("customer"),
        }
    ),
    "problem.reported": st.fixed_dictionaries(
        {
            "problem_id": problems,
            "touchpoint": st.sampled_from(["desk", "letter"]),
            "kind": st.just("complaint"),
            "severity": st.sampled_from(["minor", "major", "critical"]),
        }
    ),
    "problem.owned": st.fixed_dictionaries({"problem_id": problems, "by_unit": st.just("desk")}),
    "problem.resolved": st.fixed_dictionaries(
        {"problem_id": problems, "outcome": st.sampled_from(["restored", "compensated", "refused"])}
    ),
    "promise.made": st.fixed_dictionaries(
        {"promise_id": promises, "what": st.just("goods"), "due": ahead, "fulfilled_by": st.just("warehouse")}
    ),
    "promise.confirmed": st.fixed_dictionaries({"promise_id": promises, "by_unit": st.just("warehouse")}),
    "promise.declined": st.fixed_dictionaries(
        {"promise_id": promises, "by_unit": st.just("warehouse"), "reason": st.just("none left")}
    ),
    "promise.kept": st.fixed_dictionaries({"promise_id": promises}),
    "promise.broken": st.fixed_dictionaries({"promise_id": promises}),
    "promise.withdrawn": st.fixed_dictionaries({"promise_id": promises}),
    "promise.rescheduled": st.fixed_dictionaries(
        {"promise_id": promises, "due": ahead, "customer_agreed": st.booleans()}
    ),
    "feedback.given": st.fixed_dictionaries(
        {"score": st.integers(1, 5), "scale_min": st.just(1), "scale_max": st.just(5)}
    ),
}
events = {kind: st.tuples(st.just(kind), data) for kind, data in HAPPENS.items()}
_of_one_story = [
    st.lists(
        st.tuples(st.one_of([events[kind] for kind in HAPPENS if kind.startswith(begin)]), ago), min_size=2, max_size=4
    )
    for begin in ("promise.", "problem.", "customer.")
]
batches = st.one_of(st.lists(st.tuples(st.one_of(list(events.values())), ago), min_size=1, max_size=4), *_of_one_story)
"""What is heard of at once: anything, or several things about the same promises or problems, which else seldom meet."""
numbers = {
    "adequate": st.sampled_from([0.7, 0.95]),
    "greeting": st.sampled_from([{"within": "2m"}, {"within": "30m"}]),
    "cleanliness": st.sampled_from([{"toilet": {"expected": 4}}, {"toilet": {"expected": 2.5}}]),
    "conduct": st.sampled_from([{"courtesy": {"expected": 3, "polarity": -1}}, {"competence": {"expected": 2.5}}]),
    "promises": st.sampled_from([{"goods": {"weight": 1.5}}, {"goods": {"weight": 0.1}}]),
    "parameters": st.fixed_dictionaries(
        {},
        optional={
            "loss_weight": st.sampled_from([1.5, 5.0]),
            "broken_jump": st.sampled_from([0.3, 2.0]),
            "recovery_cap": st.sampled_from([0.9, 0.6]),
            "last_weight": st.sampled_from([0.0, 1.0]),
            "must_be_factor": st.sampled_from([0.5, 1.0]),
        },
    ),
    "outlook": st.fixed_dictionaries({}, optional={"store_record": st.sampled_from([0.0, 2.0])}),
}
documents = st.fixed_dictionaries({}, optional=numbers)
