"""The command that sends a service's first event, to copy and paste."""

import json

from services.touchpoints.shell.service import TouchpointService

LONGEST_LINE = 80
"""Data that would make a line longer than this are written a field to a line."""


def curl(service: TouchpointService, base_url: str, *, with_key: bool) -> str:
    """A curl command for the service's most common kind of event."""
    event, *_ = service.example_events.values()
    attributes = {name: value for name, value in event.items() if name not in {"datacontenttype", "data"}}
    written = ",\n  ".join(f"{json.dumps(name)}: {json.dumps(value)}" for name, value in attributes.items())
    data = json.dumps(event["data"])
    if len(data) > LONGEST_LINE:
        data = json.dumps(event["data"], indent=2).replace("\n", "\n  ")
    key = " -H 'Authorization: Bearer ID.SECRET'" if with_key else ""
    return (
        f"curl -i {base_url.rstrip('/')}/v1/events{key} -H 'Content-Type: application/cloudevents+json' -d '{{\n"
        f"  {written},\n"
        f'  "data": {data}\n'
        "}'"
    )
