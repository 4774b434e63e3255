"""Managers who sign in, for tests: their passwords, their cookies, and what their browsers send."""

from contextlib import asynccontextmanager

from services.alerts import users
from services.alerts.adapters import passwords
from services.alerts.domain.user import User
from tests.alerts.builders import NOON
from tests.alerts.looking import opened

PASSWORD = "correct horse battery"
KEPT = passwords.hashed(PASSWORD)
KEY = "k" * 31 + "/"
HELD = {"authorization": f"Bearer {KEY}"}
OURS = {"sec-fetch-site": "same-origin"}
COOKIE = "touchline"


@asynccontextmanager
async def signing_in(directory, **settings):
    """The service as one signs in at it, with the key of programs."""
    (directory / "key").write_text(KEY + "\n")
    async with opened(directory, sign_in="password", actions_key_file=directory / "key", **settings) as page:
        yield page


def user(name="ruta", stores=("riga-1",), **changes):
    scope = None if stores is None else frozenset(stores)
    return User(**{"name": name, "password": KEPT, "stores": scope, "added_at": NOON} | changes)


async def add(page, *some):
    for each in some:
        assert await page.service.durable.transact(lambda store, each=each: users.add(store, each, by="command:test"))


async def tries(page, name="ruta", password=PASSWORD, *, headers=OURS, **fields):
    """What is answered to the form."""
    return await page.http.post("/sign-in", data={"name": name, "password": password} | fields, headers=headers)


async def session(page, name="ruta"):
    """The cookie of somebody who has just signed in."""
    answer = await tries(page, name)
    assert answer.status_code == 303, answer.text
    page.http.cookies.clear()
    return {"cookie": answer.headers["set-cookie"].partition(";")[0]}
