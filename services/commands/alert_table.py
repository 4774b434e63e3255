"""Alerts on a terminal: a table of them, and one with all that is known of it."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from rich.table import Table

from services.commands.alert_service import Alert
from services.commands.safe_text import on_one_line

WIDTH = 100
SHORTEST_ID = 6


def table(alerts: Sequence[Alert]) -> Table:
    """One alert per line, each with as much of its id as tells it from the others."""
    shown = Table("id", "severity", "store", "what is wrong", "until", "who has it", box=None, pad_edge=False)
    for name in ("id", "severity", "until"):
        next(each for each in shown.columns if each.header == name).no_wrap = True
    length = id_length([each["alert_id"] for each in alerts])
    for each in alerts:
        shown.add_row(
            each["alert_id"][:length],
            each["severity"],
            on_one_line(each["store"]),
            on_one_line(each["headline"]),
            when(each["until"]),
            on_one_line(who_has(each)),
        )
    return shown


def id_length(ids: Sequence[str]) -> int:
    """How many characters of each id tell it from all the others."""
    length = SHORTEST_ID
    while len({each[:length] for each in ids}) < len(set(ids)):
        length += 1
    return length


def who_has(alert: Alert) -> str:
    """Who looks after an alert, or what has become of it."""
    if alert["state"] != "open":
        ended = alert["closed"]["by"] if alert["state"] == "closed" and alert["closed"] else ""
        return f"{alert['state']} {ended and f'by {ended} '}{when(alert['closed_at'])}".strip()
    if alert["acknowledged"]:
        return f"{alert['acknowledged']['by']} since {when(alert['acknowledged']['at'])}"
    if alert["snoozed"]:
        return f"snoozed by {alert['snoozed']['by']} until {when(alert['snoozed']['until'])}"
    return "nobody"


def facts(alert: Alert, reports: Sequence[str], ledger: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """All that is known of an alert, a line for each."""
    told = [
        ("id", alert["alert_id"]),
        ("what is wrong", alert["headline"]),
        ("what to do", alert["remedy"]),
        ("call", alert["call"]),
        ("severity", alert["severity"]),
        ("store", alert["store"]),
        ("journey", alert["journey"]),
        ("state", alert["state"]),
        ("until", when(alert["until"])),
        ("opened", when(alert["opened_at"])),
        ("got worse", when(alert["escalated_at"])),
        ("told again", f"{alert['repeats']} times" if alert["repeats"] else None),
        *((name, _said(alert[name])) for name in ("acknowledged", "snoozed", "closed")),
        ("who has it", who_has(alert)),
        ("to report", ", ".join(reports)),
        ("page", alert["link"]),
    ]
    for name, value in told:
        if value:
            yield on_one_line(f"{name + ':':15}{value}")
    if alert["why"]:
        yield "why:"
        yield from (on_one_line(f"  {each}") for each in alert["why"])
    if ledger:
        yield f"The ledger of its journey has {len(ledger)} lines; --json shows them."


def when(written: str | None) -> str:
    """An instant on this machine's clock, to the minute; the day as well if it is not today."""
    if written is None:
        return ""
    at = datetime.fromisoformat(written).astimezone()
    today = datetime.now(at.tzinfo).date() == at.date()
    return f"{at:%H:%M}" if today else f"{at:%Y-%m-%d %H:%M}"


def _said(act: Mapping[str, Any] | None) -> str | None:
    if act is None:
        return None
    until = f", until {when(act['until'])}" if "until" in act else ""
    return f"by {act['by']} {when(act['at'])}{until}" + (f": {act['comment']}" if act["comment"] else "")
