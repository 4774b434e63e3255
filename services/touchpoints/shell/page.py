"""The page at the root of a service, for whoever opens its address in a browser: what it takes, and how to send it."""

import json
import re
from collections.abc import Iterator

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from services.touchpoints.shell.sample import curl
from services.touchpoints.shell.service import TouchpointService
from services.touchpoints.shell.shapes import Shape, schema_of
from touchline_contracts import Kind

_CODE = re.compile(r"`([^`]+)`")
_PAGES = Environment(
    loader=PackageLoader("services.touchpoints.shell", "pages"), autoescape=True, undefined=StrictUndefined
)


def page_of(service: TouchpointService, base_url: str, *, takes_keys: bool) -> str:
    """The page of one service, in HTML. `base_url` is the address that it was asked for under."""
    kinds = [
        {
            "type": kind.type,
            "description": kind.description,
            "fields": list(_fields(kind, service)),
            "example": json.dumps(service.example_events[kind.type], indent=2, ensure_ascii=False),
        }
        for kind in service.kinds
    ]
    return _PAGES.get_template("service.html").render(
        title=service.title,
        paragraphs=_paragraphs(service.description),
        kinds=kinds,
        curl=curl(service, base_url, with_key=takes_keys),
    )


def _paragraphs(description: str) -> list[Markup]:
    """As much of Markdown as descriptions have: paragraphs, and names of fields between backticks."""
    return [Markup(_CODE.sub(r"<code>\1</code>", escape(text))) for text in description.split("\n\n")]  # noqa: S704 - escaped before


def _fields(kind: Kind, service: TouchpointService) -> Iterator[dict[str, object]]:
    shape = Shape(schema_of(kind), service.example_events[kind.type])
    for name, field in kind.data.model_fields.items():
        written = field.alias or name
        yield {"name": written, "required": field.is_required(), "expected": shape.expected(("data", written))}
