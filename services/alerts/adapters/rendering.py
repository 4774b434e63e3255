"""A message in words: from the body that webhooks are sent, what an e-mail, a chat and a lock screen say. Pure.

What English says is what the alert itself says; every other language says its phrases, and English where it has none.
"""

import json
from dataclasses import dataclass
from datetime import datetime, tzinfo
from html import escape
from typing import Any

from services.alerts.domain.account import clipped
from services.alerts.domain.wording import plain
from touchline_contracts.phrases import Phrase
from touchline_contracts.words import ENGLISH, Catalogue, catalogue

LONGEST_CHAT = 400
"""Characters of a chat message, with the link: telephones and some services cut what is longer."""
LONGEST_HEADLINE, LONGEST_REMEDY, LONGEST_NAME = 90, 80, 40
"""In a subject, of which a lock screen shows the beginning."""

_LABELLED = {"escalated", "repeated", "closed", "retracted", "test"}
_ENDED = {"saved": "alert.saved", "lost": "alert.lost"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Message:
    """One step of an alert in words."""

    subject: str
    """One line for a lock screen: what is wrong, for whom, what to do, until when."""
    chat: str
    """The same in a few lines, with the link: at most `LONGEST_CHAT` characters, unless the link alone is longer."""
    text: str
    html: str


def rendered(body: bytes, zone: tzinfo, language: str = ENGLISH) -> Message:
    """What the body of a delivery says, with times in this zone, in one of the catalogue's languages."""
    content = json.loads(body)
    alert = content["data"]
    words = catalogue(language)
    over = bool(alert["closed_at"])
    headline = labelled(content["type"], alert, one_line(headline_in(alert, words)), words)
    remedy = "" if over else one_line(remedy_in(alert, words))
    until = "" if over else until_in(alert, zone, words, now=datetime.fromisoformat(content["timestamp"]))
    place = ", ".join(clipped_line(one_line(each), LONGEST_NAME) for each in (alert["store"], alert["journey"]) if each)
    unit = "" if over or not alert["call"] else words.text(plain(one_line(alert["call"])))
    link = alert["link"]
    before = until and words.words("alert.until", until=until)
    call = unit and words.words("alert.call", unit=unit)
    subject = [clipped_line(headline, LONGEST_HEADLINE), place, clipped_line(remedy, LONGEST_REMEDY), before]
    facts = " · ".join(filter(None, [before[:1].upper() + before[1:], place, clipped_line(call, LONGEST_NAME)]))
    details = [
        headline,
        remedy and words.words("letter.remedy", remedy=remedy),
        unit and words.words("letter.call", unit=unit),
        until and words.words("letter.until", until=until),
        words.words("letter.where", place=place),
    ]
    why = [words.words("letter.why"), *map(one_line, why_in(alert, words))] if alert["why"] else []
    return Message(
        subject=" · ".join(filter(None, subject)),
        chat=_chat(headline, remedy, facts, link),
        text=_text(details, why, link),
        html=_html(details, why, link, language),
    )


def headline_in(alert: dict[str, Any], words: Catalogue) -> str:
    """What is wrong."""
    return _said(alert.get("phrase"), alert["headline"], words)


def remedy_in(alert: dict[str, Any], words: Catalogue) -> str:
    """What to do: a remedy of Touchline's own in the language, one of the company's own as it is."""
    return _said(None, alert["remedy"], words)


def until_in(alert: dict[str, Any], zone: tzinfo, words: Catalogue, *, now: datetime) -> str:
    """Until when something can be done, as a clock on the wall shows it; the day too when it is another."""
    if not alert["until"]:
        return ""
    until = datetime.fromisoformat(alert["until"]).astimezone(zone)
    clock = until.strftime(words.words("instant.clock"))
    if until.date() == now.astimezone(zone).date():
        return clock
    return words.words("alert.day_and_clock", day=until.day, month=f"month_{until.month}", clock=clock)


def labelled(kind: str, alert: dict[str, Any], headline: str, words: Catalogue) -> str:
    """What has happened, and what it happened to."""
    step = kind.rpartition(".")[2]
    if alert.get("taken"):
        return words.words("alert.taken", headline=headline)
    if step == "opened":
        return words.words("alert.critical", headline=headline) if alert["severity"] == "critical" else headline
    if step == "resolved":
        return words.words(_ENDED.get(alert["grade"], "alert.resolved"), headline=headline)
    if step == "gap":
        return headline[:1].upper() + headline[1:]
    if step in _LABELLED:
        return words.words(f"alert.{step}", headline=headline)
    return f"{plain(step).capitalize()}: {headline}"


def one_line(text: str) -> str:
    """A text on one line: what breaks lines, or cannot be seen, would let a text write headers of its own."""
    return " ".join("".join(each if each.isprintable() else " " for each in text).split())


def clipped_line(text: str, length: int) -> str:
    """A text, cut where it gets longer than this."""
    return text if len(text) <= length else text[: max(length - 1, 0)].rstrip() + "…" * (length > 0)


def _said(phrase: dict[str, Any] | None, english: str, words: Catalogue) -> str:
    if words.language == ENGLISH:
        return english
    return clipped(words.said(None if phrase is None else Phrase.model_validate(phrase), english))


def why_in(alert: dict[str, Any], words: Catalogue) -> list[str]:
    """Why it is so, line by line."""
    phrases = alert.get("why_phrases") or [None] * len(alert["why"])
    return [_said(phrase, english, words) for phrase, english in zip(phrases, alert["why"], strict=True)]


def _chat(headline: str, remedy: str, facts: str, link: str) -> str:
    """Headline and remedy share what the rest leaves; the link is never cut, for half of one leads nowhere."""
    room = max(LONGEST_CHAT - len(facts) - len(link) - 3, 0)
    headline = clipped_line(headline, max(room - len(remedy), room // 2))
    return "\n".join(filter(None, [headline, clipped_line(remedy, room - len(headline)), facts, link]))


def _text(details: list[str], why: list[str], link: str) -> str:
    reasons = ["", why[0], *(f"- {each}" for each in why[1:])] if why else []
    return "\n".join([*filter(None, details), *reasons, "", link, ""])


def _html(details: list[str], why: list[str], link: str, language: str) -> str:
    headline, *others = [escape(each) for each in details if each]
    listed = "".join(f"<li>{escape(each)}</li>" for each in why[1:])
    reasons = f"<p>{escape(why[0])}</p><ul>{listed}</ul>" if why else ""
    address = escape(link, quote=True)
    return (
        f'<!doctype html><html lang="{language}"><body>'
        f"<p><strong>{headline}</strong></p><p>{'<br>'.join(others)}</p>"
        f'{reasons}<p><a href="{address}">{address}</a></p></body></html>'
    )
