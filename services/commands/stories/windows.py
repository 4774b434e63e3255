"""A torn poster, a flickering lamp, a squeaking door: each reported, each too small to matter, and left for days."""

from services.commands.stories.expected import Expected
from services.commands.stories.story import STORE, Branch, Look, Step, Story
from touchline_contracts.cleanliness import DefectNoticed, DefectRepaired


def _noticed(time: str, words: str, name: str, area: str) -> Step:
    return Step(time, words, DefectNoticed(defect_id=name, area=area, severity="minor"), STORE)


def _repaired(time: str, words: str, name: str) -> Step:
    return Step(time, words, DefectRepaired(defect_id=name), STORE)


_poster = _noticed("09:00", "A poster in the window is torn. Somebody reports it.", "torn-poster", "window")
_three = (
    _poster,
    _noticed("15:00", "A lamp flickers.", "flickering-lamp", "aisle_3"),
    _noticed("18:00", "The door squeaks.", "squeaking-door", "entrance"),
)

WINDOWS = Story(
    name="windows",
    title="Broken windows",
    concept="hardware-shop",
    store="vilnius-4",
    until="+6 20:00",
    branches=(
        Branch(
            name="a",
            words="Three small things are reported, and repaired by the next noon.",
            steps=(
                *_three,
                _repaired("+1 11:00", "The poster is replaced.", "torn-poster"),
                _repaired("+1 11:30", "The lamp is replaced.", "flickering-lamp"),
                _repaired("+1 12:00", "The door is oiled.", "squeaking-door"),
            ),
        ),
        Branch(name="b", words="One torn poster, and nobody cares.", steps=(_poster,)),
        Branch(
            name="c",
            words="All three, and nobody cares until the manager is told the second time.",
            steps=(
                *_three,
                Look("+3 09:00", "The manager looks at the page.", "page", "/"),
                Look("+3 09:00", "And at the store's own.", "store", "/stores/vilnius-4-c"),
                _repaired("+4 09:00", "The poster is replaced.", "torn-poster"),
                _repaired("+4 10:00", "The lamp is replaced.", "flickering-lamp"),
            ),
        ),
    ),
    expected=(
        Expected("a: repaired in time, nobody is called", lambda it: it.of_store["a"] == () and it.messages["a"] == ()),
        Expected("a: nothing is left of the neglect index", lambda it: it.store("a").neglect == 0),
        Expected(
            "b: a single small thing calls nobody, however long it is left",
            lambda it: it.of_store["b"] == () and it.store("b").neglect < it.store("b").neglect_alert,
        ),
        Expected(
            "c: the index grows with age alone, and calls the manager when three things are two days old",
            # With an age of t for the poster, t - 6 h for the lamp and t - 9 h for the door the index is
            # 3 t - 15 h, which reaches 6 days at t = 2 days and 5 hours.
            lambda it: abs((it.store_alert("c", "opened").time - it.at("+2 14:00")).total_seconds()) <= 1,
        ),
        Expected(
            "c: the alert says in which store, and what is left there",
            lambda it: all(
                word in it.store_alert("c", "opened").data.headline
                for word in ("vilnius-4-c", "torn poster", "flickering lamp", "squeaking door")
            ),
        ),
        Expected(
            "c: left still, it becomes critical by the clock alone",
            lambda it: (
                it.store_alert("c", "escalated").data.severity == "critical"
                and it.store_alert("c", "escalated").time < it.at("+4 09:00")
            ),
        ),
        Expected(
            "c: repair brings the index down, and the alert resolves",
            lambda it: it.store_alert("c", "resolved").time == it.at("+4 10:00"),
        ),
        Expected(
            "c: it is one alert, and each of its steps reached the phone once",
            lambda it: (
                len({event.data.alert_id for event in it.of_store["c"]}) == 1
                and [each["type"] for each in it.messages["c"]] == ["alert.opened", "alert.escalated", "alert.resolved"]
            ),
        ),
        Expected(
            "c: the page shows it, and the store's page every defect with its part",
            lambda it: (
                "Left undone in vilnius-4-c" in it.page("c", "page")
                and "adds 3.0 to the neglect index" in it.page("c", "store")
            ),
        ),
    ),
)
