"""What the pages' forms send, and where whoever has sent one goes on."""

import re
from urllib.parse import parse_qs

from fastapi import Request

OUR_PAGES = re.compile(r"/(alerts/[0-9a-f]{1,64}|stores/[^/\\]{1,200}|record)?")
MOST_FIELDS = 8
Form = dict[str, str]


async def form_of(request: Request) -> Form:
    """The fields of a form; what is none has none."""
    body = (await request.body()).decode("utf-8", "replace")
    try:
        return {name: values[0] for name, values in parse_qs(body, max_num_fields=MOST_FIELDS).items()}
    except ValueError:
        return {}


def back_to(form: Form) -> str:
    """Where somebody came from: one of our pages, and nothing else."""
    back = form.get("back", "")
    return back if OUR_PAGES.fullmatch(back) else "/"
