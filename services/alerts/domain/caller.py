"""Who looks at the pages, and what they may see and do."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Caller:
    """Somebody who looks, or does something. `name` is an opaque id."""

    name: str
    stores: frozenset[str] | None = None
    """Whose alerts they see; None: those of all stores."""
    language: str | None = None
    """None: they have not said which."""
    may_act: bool = True

    def may_see(self, store: str) -> bool:
        """Whether a store is one of theirs."""
        return self.stores is None or store in self.stores
