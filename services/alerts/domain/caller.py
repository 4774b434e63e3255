"""Who asks: whose stores they see, and whether they may do something about what they see."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Caller:
    """A manager, or a program."""

    name: str
    stores: frozenset[str] | None = None
    """None: all."""
    language: str | None = None
    """None: that of the service."""
    may_act: bool = True
    speaks_for_others: bool = False
    """It is a program, or nobody has signed in: what is done says itself who does it."""

    def may_see(self, store: str) -> bool:
        """Whether what happens in a store concerns them."""
        return self.stores is None or store in self.stores
