"""Who may do something about alerts: whoever has the key. A browser sends it to nobody by itself."""

import hmac
from collections.abc import Callable
from typing import Annotated

from fastapi import Depends
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from services.chassis.problems import Problem

_BEARER = HTTPBearer(auto_error=False, description="The key that TOUCHLINE_ACTIONS_KEY_FILE holds.")


def no_key() -> Problem:
    """No key is set, so nobody is let by."""
    detail = (
        "What people do about alerts is only taken with a key, and none is set. Set TOUCHLINE_ACTIONS_KEY_FILE to a "
        "file with one, start the alert service again, and send it as Authorization: Bearer KEY."
    )
    return Problem(403, "no-key-is-set", "Nobody may do this here", detail)


def wrong_key() -> Problem:
    """Another key than the one that is set, or none."""
    detail = "Send Authorization: Bearer KEY, with the key that TOUCHLINE_ACTIONS_KEY_FILE of the alert service holds."
    headers = {"WWW-Authenticate": "Bearer"}
    return Problem(401, "wrong-key", "The key is missing or wrong", detail, headers=headers)


def key_check(key: str | None) -> Callable[[HTTPAuthorizationCredentials | None], None]:
    """A dependency that lets nobody by without the key; without any set, nobody at all."""

    def check(sent: Annotated[HTTPAuthorizationCredentials | None, Depends(_BEARER)]) -> None:
        if key is None:
            raise no_key()
        # As long for a key that begins right as for one that does not.
        if sent is None or not hmac.compare_digest(sent.credentials.encode(), key.encode()):
            raise wrong_key()

    return check
