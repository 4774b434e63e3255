"""Spans of time as people type them: 30s, 2m, 1h."""

import re
from datetime import timedelta

import click

UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


class Span(click.ParamType[timedelta]):
    """A parameter such as 30s."""

    name = "span"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> timedelta:
        """The span, or a message that says how to write one."""
        if isinstance(value, timedelta):
            return value
        match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([smhd]?)", str(value))
        if match is None or float(match[1]) <= 0:
            self.fail(f"{value!r} is not a span of time: write it like 30s, 2m or 1h", param, ctx)
        return timedelta(**{UNITS[match[2] or "s"]: float(match[1])})
