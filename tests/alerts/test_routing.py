"""Who is told a step of an alert: whoever is on call there now, and one person more each time that nobody listens."""

from dataclasses import replace
from datetime import UTC, date, time, timedelta

import pytest

from services.alerts.domain.decision import Step
from services.alerts.domain.hours import Hours, Span
from services.alerts.domain.rota import Rota, Shift
from services.alerts.domain.routing import Routing
from tests.alerts.builders import NOON, alert, finding


def shift(*people, begins=time(0), ends=time(0)):
    return Shift(turns=(people,), days=frozenset(range(7)), begins=begins, ends=ends, since=date(2026, 1, 5))


DAY = shift("anna", "boris", begins=time(8), ends=time(20))
NIGHT = shift("carl", begins=time(20), ends=time(8))
RIGA = Rota(name="riga", zone=UTC, last_resort=("owner",), shifts=(DAY, NIGHT))
FIRST = {name: f"email:{name}" for name in ("anna", "boris", "carl", "owner")}
ROUTING = Routing(
    rota_of=lambda store: RIGA if store == "riga-1" else None,
    first_channel=FIRST,
    company=("webhook",),
    beside=("alertmanager",),
)


def to(step, *, at=NOON, before=(), **changes):
    *people, beside = ROUTING.channels(step, alert(**changes), at, before)
    assert beside == "alertmanager"
    return [each.removeprefix("email:") for each in people]


def test_an_alert_goes_to_the_first_who_is_on_call():
    assert to(Step.OPENED) == ["anna"]
    assert to(Step.OPENED, at=NOON + timedelta(hours=12)) == ["carl"]


@pytest.mark.parametrize(
    ("repeats", "people"),
    [(1, ["anna", "boris"]), (2, ["anna", "boris", "owner"]), (3, ["anna", "boris", "owner"])],
)
def test_each_time_that_nobody_listens_the_next_in_line_is_told_as_well(repeats, people):
    assert to(Step.REPEATED, repeats=repeats, before={"email:anna"}) == people


def test_what_gets_worse_is_told_to_all_who_know_of_it_and_to_who_is_on_call_now():
    night = NOON + timedelta(hours=12)

    assert to(Step.ESCALATED, at=night, before={"email:anna", "email:boris"}) == ["carl", "anna", "boris"]


@pytest.mark.parametrize("step", [Step.RESOLVED, Step.RETRACTED, Step.CLOSED])
def test_an_end_goes_to_those_who_know_of_the_alert_and_to_nobody_else(step):
    assert to(step, before={"email:anna", "apprise-2:anna"}) == ["anna"]
    assert to(step) == []


def test_what_was_told_to_all_before_there_was_a_rota_ends_there():
    assert to(Step.RESOLVED, before={"webhook"}) == ["webhook"]


def test_of_a_store_without_a_rota_all_are_told_and_who_knows_of_it_from_before():
    assert to(Step.OPENED, store="vilnius-1") == ["webhook"]
    assert to(Step.RESOLVED, store="vilnius-1", before={"email:anna"}) == ["webhook", "anna"]


def test_the_last_time_everybody_in_line_is_told_however_long_it_is():
    people = tuple(f"person-{number}" for number in range(9))
    rota = Rota(name="long", zone=UTC, last_resort=("owner",), shifts=(shift(*people),))
    routing = Routing(rota_of=lambda _: rota, first_channel={each: each for each in (*people, "owner")})

    assert len(routing.channels(Step.REPEATED, alert(repeats=3), NOON, ())) == 4
    assert routing.channels(Step.REPEATED, alert(repeats=4), NOON, ()) == (*people, "owner")


def test_a_warning_of_the_night_goes_to_who_is_on_call_when_the_store_opens_and_what_is_critical_to_who_is_now():
    hours = Hours(zone=UTC, week=dict.fromkeys(range(7), (Span(begins=time(9), ends=time(18)),)))
    routing = replace(ROUTING, rota_of=lambda _: replace(RIGA, hours=hours), beside=())
    night = NOON + timedelta(hours=12)

    def first(severity):
        found = finding(severity=severity)
        return routing.channels(Step.OPENED, alert(finding=found), night, ())

    assert (first("warning"), first("critical")) == (("email:anna",), ("email:carl",))
