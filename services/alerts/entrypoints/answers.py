"""The problems that the API answers with, as its documentation shows them."""

from typing import Any

from services.chassis.problems import CONTENT_TYPE, Problem


def unknown_alert(alert_id: str) -> Problem:
    """There is no alert of this name."""
    return Problem(404, "unknown-alert", "No such alert", f"There is no alert {alert_id[:64]!r}.")


def documented(*problems: Problem) -> dict[int | str, dict[str, Any]]:
    """The answers of a route that go with these problems, each with itself as the example."""
    return {
        each.status: {
            "description": each.title,
            "content": {CONTENT_TYPE: {"schema": {"type": "object"}, "example": each.body()}},
        }
        for each in problems
    }
