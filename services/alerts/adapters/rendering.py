"""A message in words: from the body that webhooks are sent, what an e-mail, a chat and a lock screen say. Pure."""

import json
from dataclasses import dataclass
from datetime import datetime, tzinfo
from html import escape
from typing import Any

from services.alerts.domain.wording import plain

LONGEST_CHAT = 400
"""Characters of a chat message, with the link: telephones and some services cut what is longer."""
LONGEST_HEADLINE, LONGEST_REMEDY, LONGEST_NAME = 90, 80, 40
"""In a subject, of which a lock screen shows the beginning."""

_OPENED = {"warning": "", "critical": "Critical: "}
_STEPS = {"escalated": "Worse now: ", "retracted": "No ground for it any more: ", "test": "Test: "}
_ENDED = {"saved": "Saved: ", "lost": "Lost: "}


@dataclass(frozen=True, kw_only=True, slots=True)
class Message:
    """One step of an alert in words."""

    subject: str
    """One line for a lock screen: what is wrong, for whom, what to do, until when."""
    chat: str
    """The same in a few lines, with the link: at most `LONGEST_CHAT` characters, unless the link alone is longer."""
    text: str
    html: str


def rendered(body: bytes, zone: tzinfo) -> Message:
    """What the body of a delivery says, with times in this zone."""
    content = json.loads(body)
    alert = content["data"]
    headline = _label(content["type"], alert) + _line(alert["headline"])
    remedy = "" if alert["closed_at"] else _line(alert["remedy"])
    until = "" if alert["closed_at"] else until_in(alert, zone, now=datetime.fromisoformat(content["timestamp"]))
    place = ", ".join(_clipped(_line(each), LONGEST_NAME) for each in (alert["store"], alert["journey"]) if each)
    call = "" if alert["closed_at"] or not alert["call"] else f"call {plain(_line(alert['call']))}"
    link = alert["link"]
    subject = [
        _clipped(headline, LONGEST_HEADLINE),
        place,
        _clipped(remedy, LONGEST_REMEDY),
        until and f"until {until}",
    ]
    facts = " · ".join(filter(None, [until and f"Until {until}", place, _clipped(call, LONGEST_NAME)]))
    details = [
        headline,
        remedy and f"What to do: {remedy}",
        call and f"Whom to call: {call.removeprefix('call ')}",
        until and f"Until: {until}",
        f"Where: {place}",
    ]
    why = [_line(each) for each in alert["why"]]
    return Message(
        subject=" · ".join(filter(None, subject)),
        chat=_chat(headline, remedy, facts, link),
        text=_text(details, why, link),
        html=_html(details, why, link),
    )


def until_in(alert: dict[str, Any], zone: tzinfo, *, now: datetime) -> str:
    """Until when something can be done, as a clock on the wall shows it; the day too when it is another."""
    if not alert["until"]:
        return ""
    until = datetime.fromisoformat(alert["until"]).astimezone(zone)
    same_day = until.date() == now.astimezone(zone).date()
    return until.strftime("%H:%M %Z" if same_day else "%-d %b %H:%M %Z")


def _label(kind: str, alert: dict[str, Any]) -> str:
    """What has happened, before what it happened to."""
    step = kind.rpartition(".")[2]
    if step == "opened":
        return _OPENED.get(alert["severity"], "")
    if step == "resolved":
        return _ENDED.get(alert["grade"], "Resolved: ")
    return _STEPS.get(step) or f"{plain(step).capitalize()}: "


def _chat(headline: str, remedy: str, facts: str, link: str) -> str:
    """Headline and remedy share what the rest leaves; the link is never cut, for half of one leads nowhere."""
    room = max(LONGEST_CHAT - len(facts) - len(link) - 3, 0)
    headline = _clipped(headline, max(room - len(remedy), room // 2))
    return "\n".join(filter(None, [headline, _clipped(remedy, room - len(headline)), facts, link]))


def _text(details: list[str], why: list[str], link: str) -> str:
    reasons = ["", "Why:", *(f"- {each}" for each in why)] if why else []
    return "\n".join([*filter(None, details), *reasons, "", link, ""])


def _html(details: list[str], why: list[str], link: str) -> str:
    headline, *others = [escape(each) for each in details if each]
    reasons = "<p>Why:</p><ul>" + "".join(f"<li>{escape(each)}</li>" for each in why) + "</ul>" if why else ""
    address = escape(link, quote=True)
    return (
        f"<!doctype html><html><body><p><strong>{headline}</strong></p><p>{'<br>'.join(others)}</p>"
        f'{reasons}<p><a href="{address}">{address}</a></p></body></html>'
    )


def _line(text: str) -> str:
    """A text on one line: what breaks lines, or cannot be seen, would let a text write headers of its own."""
    return " ".join("".join(each if each.isprintable() else " " for each in text).split())


def _clipped(text: str, length: int) -> str:
    return text if len(text) <= length else text[: max(length - 1, 0)].rstrip() + "…" * (length > 0)
