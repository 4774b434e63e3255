"""Several alerts in one message to one person: the body that carries them, and what it says of all of them. Pure."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime, tzinfo
from html import escape
from typing import Any

from services.alerts.adapters.rendering import (
    LONGEST_CHAT,
    Message,
    clipped_line,
    headline_in,
    labelled,
    one_line,
    remedy_in,
    rendered,
    until_in,
    why_in,
)
from services.alerts.adapters.telling import as_body
from services.alerts.domain.alert import cause_of
from touchline_contracts.words import ENGLISH, Catalogue, catalogue

KIND = "alert.digest"
LONGEST_SUBJECT = 240


def digest_body(bodies: Sequence[bytes], page_url: str) -> bytes:
    """One body of several, those first that are most urgent."""
    contents = sorted(map(json.loads, bodies), key=_urgency)
    at = max(datetime.fromisoformat(each["timestamp"]) for each in contents).astimezone(UTC)
    alerts = [each["data"] for each in contents]
    ends = [each["closed_at"] for each in alerts]
    is_open = [each for each in alerts if each["closed_at"] is None]
    data = {
        "severity": "critical" if any(each["severity"] == "critical" for each in alerts) else "warning",
        "closed_at": None if None in ends else max(ends),
        "link": f"{page_url}/",
        "alerts": contents,
    }
    if is_open and all(each.get("taken") for each in is_open):
        data["taken"] = True
    return as_body(KIND, at, data)


def message_of(body: bytes, zone: tzinfo, language: str = ENGLISH) -> Message:
    """What the body of a delivery says, be it of one alert or of several."""
    content = json.loads(body)
    return rendered_digest(content, zone, language) if content["type"] == KIND else rendered(body, zone, language)


def _urgency(content: dict[str, Any]) -> tuple[bool, bool, bool, str, str]:
    alert = content["data"]
    return (
        alert["closed_at"] is not None,
        "taken" in alert,
        alert["severity"] != "critical",
        alert["until"] or "9999",
        alert["opened_at"],
    )


def rendered_digest(content: dict[str, Any], zone: tzinfo, language: str = ENGLISH) -> Message:
    """What a digest says: what is most urgent in full, and every alert by name as far as there is room."""
    words = catalogue(language)
    link, steps = content["data"]["link"], content["data"]["alerts"]
    now = datetime.fromisoformat(content["timestamp"])
    groups: dict[tuple[str, str, bool, bool], list[dict[str, Any]]] = {}
    for each in steps:
        alert = each["data"]
        key = (alert["store"], cause_of(alert["line"]), alert["closed_at"] is not None, "taken" in alert)
        groups.setdefault(key, []).append(each)
    together = [_together(each, zone, words, now) for each in groups.values()]
    count = _counted(steps, words)
    more = words.words("digest.more", link=link)
    if len(together) == 1:
        what, where, remedy, until = together[0]
        lines = list(filter(None, [remedy, where, until]))
        title = f"{count}: {what}"
        subject = " · ".join([title, *lines])
    else:
        lines = [" · ".join(filter(None, each)) for each in together]
        title, subject = count, f"{count}: {lines[0]}"
    return Message(
        subject=clipped_line(subject, LONGEST_SUBJECT),
        chat="\n".join([*_as_many_as_fit([title, *lines], LONGEST_CHAT - len(more) - 1), more]),
        text="\n".join([title, "", *(f"- {each}" for each in lines), "", link, ""]),
        html=_html(title, lines, link, language),
    )


def _html(title: str, lines: Sequence[str], link: str, language: str) -> str:
    items = "".join(f"<li>{escape(each)}</li>" for each in lines)
    address = escape(link, quote=True)
    return (
        f'<!doctype html><html lang="{language}"><body><p><strong>{escape(title)}</strong></p><ul>{items}</ul>'
        f'<p><a href="{address}">{address}</a></p></body></html>'
    )


def _counted(steps: Sequence[dict[str, Any]], words: Catalogue) -> str:
    calls = [each["data"] for each in steps if each["data"]["closed_at"] is None]
    critical = sum(each["severity"] == "critical" for each in calls)
    taken = sum("taken" in each for each in calls)
    over = len(steps) - len(calls)
    lost = sum(each["data"]["grade"] == "lost" for each in steps)
    parts = [
        words.words("digest.alerts", alerts=len(calls)) if calls else "",
        words.words("digest.critical", critical=critical) if 0 < critical < len(steps) else "",
        words.words("digest.taken", taken=taken) if taken else "",
        words.words("digest.over", over=over) if over else "",
        words.words("digest.lost", lost=lost) if lost else "",
    ]
    return ", ".join(filter(None, parts))


def _together(
    steps: Sequence[dict[str, Any]], zone: tzinfo, words: Catalogue, now: datetime
) -> tuple[str, str, str, str]:
    """Alerts of one cause: what is wrong, for whom, what to do, until when; nothing of the latter when it is over."""
    alert = steps[0]["data"]
    what = labelled(steps[0]["type"], alert, one_line(headline_in(alert, words)), words)
    if steps[0]["type"] == "rota.gap":  # told once, and so in full
        what = "; ".join([what, *map(one_line, why_in(alert, words))])
    journeys = sorted(one_line(each["data"]["journey"]) for each in steps if each["data"]["journey"])
    where = one_line(alert["store"]) + (": " + ", ".join(journeys) if journeys else "")
    if alert["closed_at"] is not None:
        return what, where, "", ""
    first = min((each["data"] for each in steps), key=lambda each: each["until"] or "9999")
    until = until_in(first, zone, words, now=now)
    return what, where, one_line(remedy_in(alert, words)), until and words.words("alert.until", until=until)


def _as_many_as_fit(lines: Sequence[str], room: int) -> list[str]:
    """Lines from the first on, the one cut that does not fit."""
    kept: list[str] = []
    for each in lines:
        left = room - sum(len(line) + 1 for line in kept)
        if left <= 1:
            break
        kept.append(clipped_line(each, left - 1))
    return kept
