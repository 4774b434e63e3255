"""What may happen to the simulation, and how often: each step is the name of a method of it, with its arguments."""

from hypothesis import strategies as st

from tests.experience.generated.news import ago, batches
from tests.faults.simulated import PARTITIONS, At

JOURNEYS = ("one", "two", "three", "four")
BAD = (b"", b"{}", b"\xff\xfe", b'{"specversion": "1.0"}', b"[" * 500, b'{"type": "touchline.promise.made.v1"}')
crashes = st.sampled_from([At.NOWHERE, *At])
limits = st.sampled_from([1, 3, 1000])
JOURNEYS_EVENTS = st.tuples(st.just("tell_batch"), st.sampled_from((*JOURNEYS, "old-one")), batches)
NEWS = st.one_of(
    JOURNEYS_EVENTS,
    JOURNEYS_EVENTS,
    st.tuples(st.just("look_at_the_toilet"), st.integers(0, 5), ago),
    st.tuples(st.just("send_again"), st.integers(0, 100)),
    st.tuples(st.just("send_what_nobody_can_read"), st.sampled_from(JOURNEYS), st.sampled_from(BAD)),
)
WORK = st.tuples(
    st.just("work"),
    st.sampled_from(["read", "send", "look_again", "alerts: read", "alerts: send", "alerts: deliver"]),
    st.integers(0, 1),
    limits,
    crashes,
)
OVER = st.tuples(st.just("hand_partitions_over"), st.sets(st.integers(0, PARTITIONS - 1)), st.booleans())
RARE = st.one_of(
    OVER,
    OVER,
    st.tuples(st.just("read_again_from_the_beginning"), st.booleans()),
    st.tuples(st.just("build_the_alert_service_anew")),
    st.tuples(st.just("lose_the_database_of_the_experience_service")),
    st.tuples(st.just("lose_it_while_nothing_happens")),
    st.tuples(st.just("work_off")),
)
TIME = st.tuples(st.just("let_time_go_by"), st.sampled_from([1, 10, 60, 240, 1_500]))
TOLD = st.one_of(
    st.tuples(st.just("let_the_first_phone_refuse")),
    st.tuples(st.just("die_telling"), st.sampled_from([At.BEFORE_COMMIT, At.AFTER_COMMIT])),
)
STEPS = st.one_of(NEWS, NEWS, *[WORK] * 6, TIME, TOLD, RARE)
