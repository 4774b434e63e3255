"""A phrase, as the contract has it: what is said, for every language. The domain hands it on and makes some itself."""

from collections.abc import Mapping
from typing import Any

Phrase = Mapping[str, Any]
"""The code of an entry in the contracts' catalogue, and its arguments: plain values, as JSON has them, or phrases."""


def phrase(code: str, **arguments: Any) -> Phrase:
    """The phrase of this code."""
    return {"code": code, "arguments": arguments}
