"""Events from lines (NDJSON): each one event in structured CloudEvents JSON, or the reason why it is none."""

from collections.abc import Iterable, Iterator

from pydantic import ValidationError

from services.chassis.field_errors import field_errors, shortened
from touchline_contracts import AnyEvent, parse_event

BYTE_ORDER_MARK = b"\xef\xbb\xbf"


def read_lines(lines: Iterable[bytes]) -> Iterator[tuple[int, AnyEvent | str]]:
    """Each line's number, counted from 1, with its event, or with what is wrong with it. Empty lines are left out."""
    for number, line in enumerate(lines, start=1):
        body = line.removeprefix(BYTE_ORDER_MARK).strip()
        if not body:
            continue
        try:
            yield number, parse_event(body)
        except ValidationError as error:
            yield number, _reason(error)


def _reason(error: ValidationError) -> str:
    errors = error.errors(include_url=False)
    if errors[0]["type"] == "json_invalid":
        return errors[0]["msg"].replace("Invalid JSON", "not JSON").removesuffix(" at line 1 column 0")
    texts = []
    for each in field_errors(errors, errors[0]["input"]):
        got = each.body().get("got")
        texts.append(each.detail + (f", got {shortened(got)!r}" if got is not None else ""))
    return "; ".join(texts)
