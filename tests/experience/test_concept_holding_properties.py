"""Whatever is published, in whichever order: a journey keeps its concept, and something always holds."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from tests.experience.concepts_published import concepts, day, published

NAMES = ("all", "brand", "baltic", "own")
STORES = {"all": None, "brand": ["riga-1", "riga-2", "vilnius-1"], "baltic": ["riga-1", "riga-2"], "own": ["riga-1"]}


@st.composite
def publications(draw: st.DrawFn, earliest: int, latest: int):
    """A version of one of four concepts, published in these days, to hold before, then or later; good or not."""
    name = draw(st.sampled_from(NAMES))
    on = draw(st.integers(earliest, latest))
    document: dict[str, Any] = {"adequate": draw(st.integers(1, 99)) / 100}
    if STORES[name] is not None:
        document["stores"] = draw(st.sampled_from([STORES[name], ["riga-1"]]))
    if draw(st.booleans()):
        document["extends"] = draw(st.sampled_from([*NAMES, "nobody"]))
        document["stages"] = draw(st.sampled_from([{}, {"checkout": None}, {"checkout": {"call": "till"}}]))
    else:
        document["stages"] = draw(st.sampled_from([{}, {"checkout": "5m"}]))
    if draw(st.booleans()):
        document["holds_from"] = day(draw(st.integers(-5, 25))).isoformat()
    return published(on, name, draw(st.integers(1, 9)), **document)


@given(
    before=st.lists(publications(0, 9), max_size=6),
    after=st.lists(publications(11, 20), max_size=6),
    began=st.sampled_from([day(10), day(10.5)]),
)
def test_a_journey_keeps_its_concept_whatever_is_published_after_it_began(before, after, began):
    always = published(-1, "all", 1)  # else the first that is ever published holds for what was before it
    with capture_logs():
        then, now = concepts(always, *before), concepts(always, *before, *after)

        for store in ("riga-1", "riga-2", "vilnius-1", "tallinn-1"):
            assert now.of(store, began) == then.of(store, began)


@given(st.lists(publications(0, 9), max_size=6), st.randoms())
def test_whatever_is_published_something_holds_and_the_order_does_not_matter(some, random):
    shuffled = list(some)
    random.shuffle(shuffled)
    with capture_logs():
        one, other = concepts(*some), concepts(*shuffled)

        for store in ("riga-1", "vilnius-1", "tallinn-1"):
            for on in (-1, 5, 30):
                assert one.of(store, day(on)).adequate > 0
                assert one.of(store, day(on)) == other.of(store, day(on))
