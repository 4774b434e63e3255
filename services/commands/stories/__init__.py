"""The stories that Touchline is judged by, as data: what happens in their branches, and what has to come out."""

from services.commands.stories.award import AWARD
from services.commands.stories.beyond import BEYOND
from services.commands.stories.callback import CALLBACK
from services.commands.stories.diner import DINER
from services.commands.stories.eggshell import EGGSHELL
from services.commands.stories.expected import Expected, Seen
from services.commands.stories.fast_and_wrong import FAST_AND_WRONG
from services.commands.stories.garage import GARAGE
from services.commands.stories.hotel import HOTEL
from services.commands.stories.ignored import IGNORED
from services.commands.stories.misspelt import MISSPELT
from services.commands.stories.ninety import NINETY
from services.commands.stories.played import Ending, NotThere, Played
from services.commands.stories.recovery import RECOVERY
from services.commands.stories.rental import RENTAL
from services.commands.stories.replay import REPLAY
from services.commands.stories.shopper import SHOPPER
from services.commands.stories.shrug import SHRUG
from services.commands.stories.story import STORE, Branch, Look, Step, Story
from services.commands.stories.twice_and_late import TWICE_AND_LATE
from services.commands.stories.unread import UNREAD
from services.commands.stories.warehouse import WAREHOUSE
from services.commands.stories.windows import WINDOWS

STORIES: dict[str, Story] = {
    story.name: story
    for story in (
        WAREHOUSE,
        RENTAL,
        HOTEL,
        UNREAD,
        SHRUG,
        AWARD,
        EGGSHELL,
        CALLBACK,
        MISSPELT,
        GARAGE,
        NINETY,
        IGNORED,
        FAST_AND_WRONG,
        RECOVERY,
        DINER,
        SHOPPER,
        WINDOWS,
        BEYOND,
        REPLAY,
        TWICE_AND_LATE,
    )
}
"""In the order in which they are best read."""

__all__ = [
    "STORE",
    "STORIES",
    "Branch",
    "Ending",
    "Expected",
    "Look",
    "NotThere",
    "Played",
    "Seen",
    "Step",
    "Story",
]
