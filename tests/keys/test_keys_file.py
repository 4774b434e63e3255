"""The keys file: what people read in it, what is wrong with it, and that no change is ever half there."""

import json
import threading
from stat import S_IMODE

import pytest

from services.keys.document import Broken, read, written
from services.keys.file import Unusable, change, load
from services.keys.key import Keys, NotPossible
from tests.keys.key_files import CREATED, EVERY_KIND, key, secret

KEYS = Keys(EVERY_KIND.values())


def test_what_was_written_down_is_read_again():
    assert read(written(KEYS).encode()) == KEYS


def test_a_person_sees_what_each_key_is_for_and_never_a_secret():
    text = written(KEYS)
    first, *_ = json.loads(text)["keys"]

    assert list(first) == ["id", "for", "stores", "scope", "sha256", "created", "revoked"]
    assert (first["for"], first["stores"], first["created"]) == ("right system", ["riga-1"], "2026-11-21T12:00:00Z")
    assert [each for each in EVERY_KIND if secret(each) in text] == []


def document(**changes) -> bytes:
    (entry,) = json.loads(written(Keys([key()])))["keys"]
    return json.dumps({"version": 1, "keys": [entry | changes]}).encode()


@pytest.mark.parametrize(
    ("text", "what"),
    [
        (b"", "line 1, column 1: this is not JSON"),
        (b'"\xff"', "this is not JSON in UTF-8"),
        (b"[" * 100_000, "this is not JSON"),
        (b"[]", "an object with `version` and `keys`"),
        (b'{"version": 2, "keys": []}', "`version` has to be 1"),
        (b'{"version": 1, "keys": {}}', "`keys` has to be a list"),
        (b'{"version": 1, "keys": [7]}', "key 1 has to be an object with id, for, stores"),
        (document(revokd="2026-11-21T12:00:00Z"), "key 1 has to be an object with id, for, stores"),
        (document(id="a.b"), "`id` of key 1"),
        (document(**{"for": ""}), "`for` of key 1"),
        (document(stores=[]), "`stores` of key 1"),
        (document(stores="riga-1"), "`stores` of key 1"),
        (document(stores=None), "`stores` of key 1"),
        (document(scope="write"), "`scope` of key 1 has to be one of events, read"),
        (document(sha256="planted-secret"), "`sha256` of key 1 has to be 64 hexadecimal digits"),
        (document(revoked="yesterday"), "`revoked` of key 1 has to be a date and time with a zone"),
        (document(revoked=False), "`revoked` of key 1"),
        (document(created="2026-11-21T12:00:00"), "`created` of key 1"),
    ],
)
def test_a_mistake_is_named_by_its_place_and_never_quoted(text, what):
    with pytest.raises(Broken) as raised:
        read(text)

    assert what in str(raised.value)
    assert "planted-secret" not in str(raised.value)


def test_a_new_file_is_for_its_owner_alone(tmp_path):
    file = tmp_path / "keys.json"

    change(file, lambda keys: keys.with_another(key()))
    assert S_IMODE(file.stat().st_mode) == 0o600
    file.chmod(0o644)
    change(file, lambda keys: keys.without(key().id, CREATED))

    assert S_IMODE(file.stat().st_mode) == 0o600
    assert [each.name for each in tmp_path.iterdir()] == ["keys.json"]


@pytest.mark.parametrize("broken", ["nonsense", None])
def test_a_file_that_is_broken_or_a_change_that_is_refused_leaves_it_as_it_was(tmp_path, broken):
    file = tmp_path / "keys.json"
    file.write_text(broken or written(KEYS))
    before = file.read_bytes()

    with pytest.raises((Unusable, NotPossible)):
        change(file, lambda keys: keys.without("touchline_nobody", CREATED))

    assert file.read_bytes() == before
    assert [each.name for each in tmp_path.iterdir()] == ["keys.json"]


def test_a_link_stays_one(tmp_path):
    (tmp_path / "real").mkdir()
    link = tmp_path / "keys.json"
    link.symlink_to(tmp_path / "real" / "keys.json")

    change(link, lambda keys: keys.with_another(key()))

    assert link.is_symlink()
    assert load(link) == Keys([key()])


def test_commands_at_the_same_time_lose_no_key_and_no_reader_sees_half_a_file(tmp_path):
    file = tmp_path / "keys.json"
    change(file, lambda keys: keys)
    read_while_writing = []

    def add(number: int) -> None:
        change(file, lambda keys: keys.with_another(key(f"till-{number}")))
        read_while_writing.append(len(load(file)))

    threads = [threading.Thread(target=add, args=(number,)) for number in range(20)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()

    assert len(load(file)) == 20
    assert len(read_while_writing) == 20
