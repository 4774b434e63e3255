"""What is wrong with who is on call, or how they are reached, is said at the start, and no address with it."""

from datetime import timedelta

import pytest

from services.alerts.domain import pacing
from services.alerts.domain.decision import Step
from services.alerts.on_call import on_call_from
from services.chassis.clock import SteppedClock
from tests.alerts.builders import NOON, alert
from tests.alerts.duty_files import PEOPLE, ROTA, files
from tests.alerts.starting import Started, reading, refusal

MINUTE = timedelta(minutes=1)


@pytest.fixture
def started(monkeypatch) -> Started:
    return reading(monkeypatch)


def test_somebody_who_is_in_a_rota_and_cannot_be_reached_is_named_at_the_start(tmp_path, started):
    people = PEOPLE % {"chat": 9}
    settings = started(**files(tmp_path, ROTA.replace("[anna, boris]", "[anna, dace]"), people))

    with pytest.raises(SystemExit) as refused:
        on_call_from(settings)

    assert str(refused.value) == (
        f"{tmp_path}/people.yaml: dace is in the rota riga, but not here: say how to reach them"
    )


def test_no_address_is_told_where_it_is_wrong(tmp_path, started):
    settings = started(**files(tmp_path, ROTA, 'people: {anna: {reach: [{apprise: "secret-token"}]}}'))

    with pytest.raises(SystemExit) as refused:
        on_call_from(settings)

    assert "must be one address as Apprise writes them" in str(refused.value)
    assert "people.anna.reach" in str(refused.value)
    assert "secret-token" not in str(refused.value)


def test_one_file_without_the_other_is_refused(tmp_path, started):
    (tmp_path / "rotas.yaml").write_text(ROTA)

    assert "who is on call takes two files" in refusal(started, rota_file=str(tmp_path / "rotas.yaml"))


def test_the_pace_is_what_the_manual_says():
    assert (pacing.GATHERED.total_seconds(), pacing.APART, pacing.MOST, pacing.WITHIN, pacing.ENDS_WITHIN) == (
        3,
        10 * MINUTE,
        5,
        MINUTE,
        30 * MINUTE,
    )
    assert (pacing.PATIENCE, pacing.SHARE, pacing.TIME_TO_ACT) == (30 * MINUTE, 0.25, 3 * MINUTE)


def test_of_a_store_in_no_rota_a_last_resort_is_told_where_nobody_else_could_be(tmp_path, started):
    on_call = on_call_from(started(**files(tmp_path, ROTA, PEOPLE % {"chat": 9})))
    routing = on_call.routing(company=(), beside=())

    assert routing.channels(Step.OPENED, alert(store="nowhere"), NOON, ()) == ("email:owner",)


def test_what_reaches_somebody_by_no_way_goes_to_the_last_resort_of_their_first_rota_one_after_the_other(
    tmp_path, started
):
    second = """
  vilnius:
    time_zone: UTC
    stores: [vilnius-1]
    last_resort: [boris]
    shifts:
      - people: [anna]
"""
    rota = ROTA.replace("[owner]", "[owner, deputy]") + second.lstrip("\n")
    people = PEOPLE % {"chat": 9} + "  deputy: {reach: [{email: deputy@example.org}]}\n"
    on_call = on_call_from(started(**files(tmp_path, rota, people)))

    delivering = on_call.delivering(None, lambda *_: None, clock=SteppedClock(NOON), company=None, page_url="")

    follows = {each.channel.name: each.following and each.following.channel.name for each in delivering}
    assert follows == {
        "email:deputy": None,
        "email:owner": "email:deputy",
        "email:boris": None,
        "apprise:anna": "email-2:anna",
        "email-2:anna": "email:owner",
    }
