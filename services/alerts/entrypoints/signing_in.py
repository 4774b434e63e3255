"""Signing in with a password, and out again."""

import asyncio
import re
import secrets
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import TypeVar
from urllib.parse import parse_qs

from services.alerts.domain.user import user_name
from services.alerts.entrypoints.attempts import Attempts
from services.alerts.ports import Passwords, Transact
from services.alerts.users import refuse, sign_in

MOST_BY_NAME, MOST_BY_ADDRESS = 10, 50
"""Attempts that fail within a quarter of an hour: for one name, and from one address, which a whole store may share."""
MOST_WAITING = 16
"""Passwords are checked one at a time, each in 64 MiB; whoever comes when so many wait comes again."""
MOST_FIELDS = 8
_LOCAL = re.compile(r"/(?![/\\])[!-\[\]-~]{0,500}")
"""A path of ours: browsers take two slashes, and backslashes for slashes, for the beginning of another site."""

Result = TypeVar("Result")


class TooMany(Exception):
    """Nothing was tried. Try again after `wait`."""

    def __init__(self, wait: timedelta) -> None:
        super().__init__(wait)
        self.wait = wait


class SigningIn:
    """Checks passwords, slowly and as slowly for those who do not exist."""

    def __init__(self, transact: Transact, passwords: Passwords) -> None:
        self._transact, self._passwords = transact, passwords
        self._by_name, self._by_address = Attempts(MOST_BY_NAME), Attempts(MOST_BY_ADDRESS)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="passwords")
        self._waiting = 0
        self._nobodys = passwords.hashed(secrets.token_urlsafe())

    async def attempt(
        self, written: str, password: str, *, address: str, before: str | None, now: datetime
    ) -> str | None:
        """Try to sign in. Returns what the browser holds from then on; None: the name or the password is wrong.

        `before`: what it holds already. Raises TooMany.
        """
        self._count(written.strip().lower()[:64], address, now)
        name = user_name(written)
        user = None if name is None else await self._transact(lambda each: each.user(name))
        kept = self._nobodys if user is None else user.password
        right = await self._apart(lambda: self._passwords.matches(kept, password))
        if user is None or not right:
            await self._transact(lambda each: refuse(each, user, now))
            return None
        rehashed = None
        if self._passwords.is_out_of_date(user.password):
            rehashed = await self._apart(lambda: self._passwords.hashed(password))
        self._by_name.take_back(user.name)
        self._by_address.take_back(address)
        return await self._transact(lambda each: sign_in(each, user, now, rehashed=rehashed, before=before))

    def _count(self, name: str, address: str, now: datetime) -> None:
        waits = [each for each in (self._by_name.wait(name, now), self._by_address.wait(address, now)) if each]
        if self._waiting >= MOST_WAITING:
            waits.append(timedelta(seconds=5))
        if waits:
            raise TooMany(max(waits))
        self._by_name.note(name, now)
        self._by_address.note(address, now)

    async def _apart(self, work: Callable[[], Result]) -> Result:
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, work)
        finally:
            self._waiting -= 1


def fields_of(body: bytes) -> dict[str, str]:
    """The fields of a form; what is none has none."""
    try:
        sent = parse_qs(body.decode("ascii"), keep_blank_values=True, max_num_fields=MOST_FIELDS)
    except ValueError:
        return {}
    return {name: values[0] for name, values in sent.items()}


def local_path(wanted: str) -> str:
    """Where to go after signing in: a path of ours, whatever was asked for."""
    return wanted if _LOCAL.fullmatch(wanted) else "/"
