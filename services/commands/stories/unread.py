"""A new version of the service concept is published, and not everybody who has to deliver it has read it."""

from services.commands.stories.expected import Expected
from services.commands.stories.story import STORE, Branch, Look, Step, Story
from touchline_contracts.concepts import ConceptAcknowledged, ConceptPublished

_UNITS = ("booking", "cleaning", "duty_desk", "fleet", "station_manager")

_published = Step(
    "08:00",
    "A new version of the concept is published. Five units have two days to acknowledge it.",
    ConceptPublished(
        concept={
            "concept": "car-rental",
            "version": 2,
            "title": "Immediate, affordable solutions",
            "promise": "Somebody attends to you at once, and whatever comes up, we have a solution you can afford.",
            "stages": {"attend": "2m", "assign_car": "5m", "paperwork": "7m"},
            "units": list(_UNITS),
            "acknowledge_within": "2d",
        },
        version=2,
    ),
    STORE,
)


def _read(time: str, unit: str) -> Step:
    words = f"The unit {unit.replace('_', ' ')} has read it."
    return Step(time, words, ConceptAcknowledged(concept="car-rental", version=2, unit=unit), STORE)


_two = (_published, _read("09:00", "duty_desk"), _read("10:00", "fleet"))
_others = ("booking", "cleaning", "station_manager")

UNREAD = Story(
    name="unread",
    title="The concept that nobody read",
    concept="car-rental",
    store="riga-airport",
    until="+6 20:00",
    branches=(
        Branch(
            name="a",
            words="All five units acknowledge it in time.",
            steps=(*_two, *(_read(f"+1 {hour:02}:00", unit) for hour, unit in enumerate(_others, 9))),
        ),
        Branch(
            name="b",
            words="Two of five units acknowledge it.",
            steps=(
                *_two,
                Look("+1 12:00", "Head office asks how far it has got.", "coverage", "/stores/riga-airport-b"),
                Look("+1 12:00", "A program asks as well.", "json", "/v1/stores/riga-airport-b"),
                _read("+2 11:00", "booking"),
                _read("+5 11:00", "cleaning"),
                _read("+5 12:00", "station_manager"),
            ),
        ),
    ),
    expected=(
        Expected("a: read by everybody, it calls nobody", lambda it: it.of_store["a"] == () and it.messages["a"] == ()),
        Expected(
            "b: how far it has got is visible for each store before it is due",
            lambda it: (
                "2 of 5 units have acknowledged car-rental version 2" in it.page("b", "coverage")
                and '"missing":["booking","cleaning","station_manager"]' in it.page("b", "json").replace(" ", "")
            ),
        ),
        Expected(
            "b: when the time is over the alert names the store and the units that are missing",
            lambda it: (
                it.store_alert("b", "opened").time == it.at("+2 08:00")
                and it.store_alert("b", "opened").data.headline
                == "3 of 5 units in riga-airport-b have not acknowledged car-rental version 2: "
                "booking, cleaning, station manager"
            ),
        ),
        Expected(
            "b: late by as much again it is critical, and the one that has read it meanwhile is not named any more",
            lambda it: (
                it.store_alert("b", "escalated").time == it.at("+4 08:00")
                and "booking" not in it.store_alert("b", "escalated").data.headline
            ),
        ),
        Expected(
            "b: the alert resolves with the last unit",
            lambda it: it.store_alert("b", "resolved").time == it.at("+5 12:00"),
        ),
        Expected(
            "b: it is one alert, however many units are missing",
            lambda it: (
                len({event.data.alert_id for event in it.of_store["b"]}) == 1
                and [each["type"] for each in it.messages["b"]] == ["alert.opened", "alert.escalated", "alert.resolved"]
            ),
        ),
    ),
)
