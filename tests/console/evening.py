"""An evening with something on every page: what is open in several stores, saved, lost, good news, neglect."""

from datetime import timedelta

from services.commands.concept_files import CONCEPTS
from services.commands.playing import play_story
from services.commands.stories import STORIES
from services.commands.stories.times import at
from tests.console.site import Site

BEFORE = ("warehouse", "beyond", "windows")
"""Stories of the days before."""
OPEN = (
    # Story, branch, store, when it is told instead, and how many of its steps have happened.
    ("warehouse", "e", "ventspils", timedelta(), 3),
    ("warehouse", "d", "jelgava", timedelta(hours=1), 3),
    ("warehouse", "d", "riga-centrs", timedelta(hours=2, minutes=30), 3),
)
NOW = "14:20"


async def evening(site: Site) -> dict[str, str]:
    """Have it come to be so. Returns the path of each page, by a name."""
    services = site.services
    for name in BEFORE:
        await play_story(STORIES[name], services)
    day = timedelta(days=(services.clock.now().date() - at(NOW).date()).days + 1)
    happens = []
    for name, branch, store, later, steps in OPEN:
        story = STORIES[name]
        await services.publish(CONCEPTS / f"{story.concept}.yaml", store)
        told = next(each for each in story.branches if each.name == branch)
        shifted = day + later
        events = list(story.events(told, store=store, later=shifted))[:steps]
        happens += [(at(step.time) + shifted, event) for step, event in events]
    for instant, event in sorted(happens, key=lambda each: each[0]):
        await services.turn_to(instant)
        await services.post(event)
    await services.turn_to(at(NOW) + day)
    alerts = (await services.page("/v1/alerts?state=all&limit=500")).json()["alerts"]
    ids = {each["store"]: each["alert_id"] for each in alerts if each["state"] == "open"}
    await site.takes(ids["jelgava"])
    saved = next(each["alert_id"] for each in alerts if each["grade"] == "saved")
    return {
        "now": "/",
        "alert": f"/alerts/{ids['ventspils']}",
        "saved": f"/alerts/{saved}",
        "store": "/stores/vilnius-4-b",
        "record": "/record",
        "unknown": "/alerts/0123",
    }
