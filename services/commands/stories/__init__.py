"""The stories that Touchline is judged by, as data: what happens, minute by minute, in each of their branches."""

from services.commands.stories.story import Branch, Step, Story
from services.commands.stories.warehouse import WAREHOUSE

STORIES: dict[str, Story] = {story.name: story for story in (WAREHOUSE,)}

__all__ = ["STORIES", "Branch", "Step", "Story"]
