"""What an e-mail, a chat and a lock screen say of a step of an alert: read off the body that webhooks are sent."""

import json
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from services.alerts.adapters.rendering import LONGEST_CHAT, rendered
from services.alerts.adapters.telling import webhook_body
from services.alerts.domain.alert import Grade, State
from services.alerts.domain.decision import Step
from tests.alerts.builders import NOON, alert, broken, finding, told

RIGA = ZoneInfo("Europe/Riga")
LINK = f"https://alerts.example/alerts/{alert().alert_id}"
ENDED = {"state": State.RESOLVED, "closed_at": NOON, "steps": 2}


def message(step: Step = Step.OPENED, **changes):
    return rendered(webhook_body(told(step, **changes), "https://alerts.example"), RIGA)


def renamed(kind: str, **data):
    """A step that has another name, or that says something else."""
    body = json.loads(webhook_body(told(), "https://alerts.example"))
    return rendered(json.dumps(body | {"type": kind, "data": body["data"] | data}).encode(), RIGA)


def test_a_chat_says_it_in_four_lines():
    assert message().chat.splitlines() == [
        "Nobody has confirmed: goods brought over from the second warehouse by 14:00",
        "Call the second warehouse and have it confirmed.",
        "Until 16:00 EET · riga-1, visit-1043 · call second warehouse",
        LINK,
    ]


def test_a_letter_says_all_of_it():
    why = "goods by 14:00 (sales): not confirmed by second_warehouse yet; likely to take 53 % off"

    assert renamed("alert.opened", why=[why]).text.splitlines() == [
        "Nobody has confirmed: goods brought over from the second warehouse by 14:00",
        "What to do: Call the second warehouse and have it confirmed.",
        "Whom to call: second warehouse",
        "Until: 16:00 EET",
        "Where: riga-1, visit-1043",
        "",
        "Why:",
        f"- {why}",
        "",
        LINK,
    ]


@pytest.mark.parametrize(
    ("step", "changes", "begins"),
    [
        (Step.OPENED, {"finding": broken()}, "Critical: Broken promise: goods"),
        (Step.ESCALATED, {"finding": broken()}, "Worse now: Broken promise: goods"),
        (Step.RESOLVED, ENDED, "Resolved: Nobody"),
        (Step.RESOLVED, ENDED | {"grade": Grade.PENDING}, "Resolved: Nobody"),
        (Step.RESOLVED, ENDED | {"grade": Grade.SAVED}, "Saved: Nobody"),
        (Step.RESOLVED, ENDED | {"grade": Grade.LOST}, "Lost: Nobody"),
        (Step.RETRACTED, ENDED | {"state": State.RETRACTED}, "No ground for it any more: Nobody"),
    ],
)
def test_what_has_happened_comes_first(step, changes, begins):
    said = message(step, **changes)

    assert said.subject.startswith(begins)
    assert said.chat.startswith(begins)
    assert said.text.startswith(begins)


def test_a_step_that_is_not_known_yet_is_named_as_it_is():
    assert renamed("alert.put_off").subject.startswith("Put off: Nobody has confirmed")


def test_of_what_is_over_nobody_is_asked_to_do_anything():
    said = message(Step.RESOLVED, **ENDED)

    for text in (said.subject, said.chat, said.text, said.html):
        assert "Call" not in text
        assert "call" not in text
        assert "ntil" not in text


def test_a_time_on_another_day_is_said_with_the_day():
    until = finding(until=NOON + timedelta(days=2))

    assert "until 23 Nov 14:00 EET" in message(finding=until).subject


def test_what_cannot_be_helped_has_no_time_to_act():
    assert "ntil" not in message(finding=finding(until=None)).chat


def test_a_store_as_a_whole_has_no_journey():
    assert "Where: riga-1\n" in renamed("alert.opened", journey=None).text


def test_a_text_writes_no_header_and_no_tag():
    said = message(finding=finding(headline="goods\r\nBcc: all@example.com\x00", remedy="<script>alert('!')</script>"))

    assert said.subject.startswith("goods Bcc: all@example.com · ")
    assert "<script>" not in said.html
    assert "&lt;script&gt;" in said.html


@example(headline="x" * 400, remedy="y" * 400, store="z" * 200)
@example(headline="x" * 100, remedy="y" * 400, store="z")
@example(headline="x" * 400, remedy="y" * 100, store="z")
@given(headline=st.text(max_size=400), remedy=st.text(max_size=400), store=st.text(max_size=200))
def test_a_chat_fits_whatever_is_said_and_its_link_is_whole(headline, remedy, store):
    said = renamed("alert.opened", headline=headline, remedy=remedy, store=store)

    assert len(said.chat) <= LONGEST_CHAT
    assert said.chat.endswith(LINK)
    assert all(each.isprintable() for each in said.subject)
    assert len(said.subject) <= 300
