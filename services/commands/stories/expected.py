"""What has to come out of a story: a sentence, and how to see whether it is so."""

from collections.abc import Callable
from dataclasses import dataclass

from services.commands.stories.played import Played


@dataclass(frozen=True)
class Expected:
    """Something that has to come out. `holds` may ask for what is not there: then it has not come out."""

    words: str
    holds: Callable[[Played], bool]

    def seen(self, played: Played) -> "Seen":
        """Whether it came out."""
        try:
            return Seen(self.words, so=self.holds(played))
        except LookupError as error:
            return Seen(self.words, so=False, why=str(error))


@dataclass(frozen=True)
class Seen:
    """Whether something came out that had to."""

    words: str
    so: bool
    why: str = ""
    """Why not, where there is more to say than the sentence."""
