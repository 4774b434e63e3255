"""Guessing names and passwords: what a stranger learns from the answers, and how often he may try."""

import re
import statistics
import time

import pytest

from services.alerts.entrypoints.attempts import MOST_KEYS, WITHIN, Attempts
from services.alerts.entrypoints.signing_in import MOST_BY_ADDRESS, MOST_BY_NAME
from tests.alerts.browsers import add, signing_in, tries, user
from tests.alerts.builders import NOON

pytestmark = pytest.mark.anyio


@pytest.fixture
async def page(tmp_path):
    async with signing_in(tmp_path) as page:
        await add(page, user())
        yield page


@pytest.mark.parametrize("name", ["ruta", "nobody-here", "", "no name at all!", "x" * 500, "\x00", "ruta\n"])
@pytest.mark.parametrize("password", ["wrong horse battery", "", "x" * 900])
async def test_a_wrong_name_and_a_wrong_password_are_answered_alike(page, name, password):
    if name == "ruta\n" and not password:
        return
    reference = await tries(page, "ruta", "some other password")
    answer = await tries(page, name, password)

    def plain(text):
        return re.sub(r'(id="name" name="name" value=")[^"]*"', r"\1", text)

    assert (answer.status_code, reference.status_code) == (403, 403)
    if name:
        assert plain(answer.text) == plain(reference.text)
    assert "set-cookie" not in answer.headers
    assert password not in answer.text or not password


async def test_an_unknown_name_takes_as_long_as_a_wrong_password(page):
    took = {"ruta": [], "nobody": []}
    for _ in range(25):
        for name, seconds in took.items():
            page.clock.advance(WITHIN)
            begun = time.perf_counter()
            assert (await tries(page, name, "wrong horse battery")).status_code == 403
            seconds.append(time.perf_counter() - begun)

    known, unknown = (statistics.median(each) for each in took.values())
    assert 0.75 < unknown / known < 1.33, (known, unknown)


async def test_whoever_guesses_has_to_wait_also_with_the_right_password(page):
    for _ in range(MOST_BY_NAME):
        assert (await tries(page, password="wrong horse battery")).status_code == 403
    refused = await tries(page)
    page.clock.advance(WITHIN)

    assert "Try again at 12:15." in refused.text
    assert (refused.status_code, refused.headers["retry-after"]) == (429, str(15 * 60))
    assert (await tries(page)).status_code == 303


async def test_an_unknown_name_has_to_wait_as_well(page):
    answers = [(await tries(page, "nobody")).status_code for _ in range(MOST_BY_NAME + 1)]

    assert answers == [403] * MOST_BY_NAME + [429]


async def test_an_address_has_to_wait_whatever_names_it_tries(page):
    answers = [(await tries(page, f"name-{number}")).status_code for number in range(MOST_BY_ADDRESS + 1)]

    assert answers == [403] * MOST_BY_ADDRESS + [429]


async def test_who_signs_in_often_does_not_have_to_wait(page):
    assert {(await tries(page)).status_code for _ in range(MOST_BY_NAME + 2)} == {303}


async def test_what_is_remembered_of_those_who_try_is_bounded():
    attempts = Attempts(2)
    for number in range(MOST_KEYS + 1):
        attempts.note(f"name-{number}", NOON)
        attempts.note(f"name-{number}", NOON)

    assert attempts.wait("name-0", NOON) is None
    assert attempts.wait(f"name-{MOST_KEYS}", NOON) == WITHIN
