"""Reading JSON so that what is wrong with it can be told, by line and column."""

import re
from typing import Any

from pydantic_core import from_json

_PLACE = re.compile(r"(.*) at line (\d+) column (\d+)$", re.DOTALL)


class Malformed(ValueError):
    """A text is not JSON, or not in UTF-8. Nobody can read it; the sender has to mend it."""

    def __init__(self, what: str, line: int, column: int) -> None:
        super().__init__(f"Line {line}, column {column}: {what}.")
        self.what = what
        self.line = line
        self.column = column


def read_json(text: bytes) -> Any:
    """The value that a JSON text stands for. NaN, lone surrogates and numbers of thousands of digits are not JSON here.

    Raises Malformed.
    """
    try:
        return from_json(text, allow_inf_nan=False)
    except ValueError as error:
        found = _PLACE.match(str(error))
        if found is None:
            raise Malformed(str(error), 1, 1) from error
        raise Malformed(found[1], int(found[2]), int(found[3])) from error
