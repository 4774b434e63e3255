"""What a key allows, and which keys there may be."""

import timeit

import pytest

from services.keys.key import Keys, NotPossible
from tests.keys.key_files import CREATED, EVERY_KIND, key, secret, token

KEYS = Keys(EVERY_KIND.values())


@pytest.mark.parametrize("name", ["right", "other_store", "several", "central"])
def test_a_key_that_is_in_use_lets_by_whoever_sends_it_with_its_secret(name):
    assert KEYS.admit(token(name), "events") == EVERY_KIND[name]


@pytest.mark.parametrize(
    ("sent", "reason"),
    [
        (None, "no_key"),
        ("", "wrong_key"),
        (".", "wrong_key"),
        ("touchline_right", "wrong_key"),
        ("touchline_right.", "wrong_key"),
        (f"touchline_right.{secret('right')}x", "wrong_key"),
        (f"touchline_right.{secret('right')[:-1]}", "wrong_key"),
        (f"touchline_right.{secret('central')}", "wrong_key"),
        (f"touchline_nobody.{secret('right')}", "wrong_key"),
        (f"TOUCHLINE_RIGHT.{secret('right')}", "wrong_key"),
        (secret("right"), "wrong_key"),
        ("touchline_revoked.guess", "wrong_key"),
        ("\x00\xff.\xff", "wrong_key"),
        (token("revoked"), "revoked"),
        (token("reader"), "wrong_scope"),
    ],
)
def test_nothing_else_does(sent, reason):
    assert KEYS.admit(sent, "events") == reason


def test_nobody_is_let_by_with_a_key_of_nobody():
    assert Keys().admit("." + "\0" * 32, "events") == "wrong_key"


def test_a_key_is_for_its_stores_and_a_central_one_for_all():
    assert EVERY_KIND["several"].is_for("riga-2")
    assert not EVERY_KIND["several"].is_for("vilnius-1")
    assert EVERY_KIND["central"].is_for("vilnius-1")


def test_only_a_key_of_one_store_says_which():
    assert [EVERY_KIND[name].only_store for name in ("right", "several", "central")] == ["riga-1", None, None]


def test_a_system_has_two_keys_in_use_at_most():
    old, new, third = (key(each, system="till system") for each in ("old", "new", "third"))
    two = Keys([old]).with_another(new)

    with pytest.raises(NotPossible, match=r"till system has 2 keys in use .* touchline_old and touchline_new"):
        two.with_another(third)

    assert two.without(old.id, CREATED).with_another(third).admit(token("third"), "events") == third


@pytest.mark.parametrize("other", [{"system": "door"}, {"stores": None}, {"stores": frozenset({"riga-2"})}])
def test_another_system_has_two_of_its_own(other):
    two = Keys([key("one", system="till"), key("two", system="till")])

    assert len(two.with_another(key("three", **{"system": "till"} | other))) == 3


def test_a_revoked_key_stays_on_the_list_and_opens_nothing():
    revoked = KEYS.without("touchline_right", CREATED)

    assert revoked.admit(token("right"), "events") == "revoked"
    assert [each.id for each in revoked] == [each.id for each in KEYS]
    with pytest.raises(NotPossible, match="touchline_right was revoked on 2026-11-21"):
        revoked.without("touchline_right", CREATED)


def test_a_key_that_there_is_not_cannot_be_revoked():
    with pytest.raises(NotPossible, match="no key has the id 'touchline_nobody'"):
        KEYS.without("touchline_nobody", CREATED)


def test_two_keys_never_have_the_same_id():
    with pytest.raises(NotPossible, match="two keys have the id touchline_one"):
        Keys([key("one"), key("one")])


def test_a_key_never_shows_its_hash():
    assert key().digest.hex() not in repr(key())
    assert repr(key().digest) not in repr(key())


def test_to_check_a_key_costs_next_to_nothing_however_many_there_are():
    many = Keys([*EVERY_KIND.values(), *(key(f"till-{number}") for number in range(2_000))])
    sent = token("right")

    seconds = min(timeit.repeat(lambda: many.admit(sent, "events"), number=1_000, repeat=5)) / 1_000

    assert seconds < 50e-6, "it takes about two microseconds"
