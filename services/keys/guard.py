"""Nobody is let by without a key: what is asked of every request under /v1, before anything of it is read."""

from collections.abc import Sequence
from typing import get_args

import structlog
from prometheus_client import CollectorRegistry, Counter
from starlette.types import ASGIApp, Receive, Scope, Send

from services.chassis.problems import Problem
from services.keys import key as keys_of
from services.keys.holding import HeldKeys
from services.keys.key import Key, Refusal

GUARDED = "/v1"
"""What is under it takes a key, whether it is there or not. Health, metrics and documents do not."""
LARGEST_LEFT_BYTES = 1024 * 1024
"""So much of a body that nobody reads is let pass; beyond it the connection ends."""
SENT_BY = "touchline.key"
"""Where in a request's scope the key is that it came with."""

log = structlog.get_logger(__name__)


def no_key() -> Problem:
    """The key is missing, unknown, wrong or revoked. Which of these it is helps nobody who has a right one."""
    detail = (
        "Send the header Authorization: Bearer ID.SECRET, with a key that is in use. Whoever runs Touchline makes one "
        "with `touchline keys add`, and sees with `touchline keys list` which are in use."
    )
    return Problem(401, "no-key", "This takes a key", detail, headers={"www-authenticate": 'Bearer realm="touchline"'})


def wrong_scope(scope: keys_of.Scope) -> Problem:
    """The key is in use, but for something else."""
    detail = (
        f"This takes a key with the scope `{scope}`, and this one has another. "
        f"Whoever runs Touchline makes one with `touchline keys add --scope {scope}`."
    )
    return Problem(403, "wrong-scope", "The key is not for this", detail)


class Refusals:
    """Counts who is not let by, and tells of each reason once. Keys are neither logged nor counted by."""

    def __init__(self, registry: CollectorRegistry, service: str) -> None:
        # When it rises a store system has no key, a wrong one or one that was revoked: its events are missing.
        counter = Counter(
            "touchline_requests_refused_total",
            "Requests that were not let by for want of a key that allows them.",
            ["service", "reason"],
            registry=registry,
        )
        self._counted = {reason: counter.labels(service, reason) for reason in get_args(Refusal)}
        self._told: set[Refusal] = set()

    def refused(self, reason: Refusal) -> None:
        """A request was not let by."""
        self._counted[reason].inc()
        if reason not in self._told:
            self._told.add(reason)
            log.warning("refused", what=f"a request: {reason}", more="told once; see the metrics for how many")


class Guard:
    """Lets nobody by who has no key with a scope; who has is in the request's scope from then on."""

    def __init__(self, app: ASGIApp, *, held: HeldKeys, scope: keys_of.Scope, refusals: Refusals) -> None:
        self.app = app
        self._held, self._scope, self._refusals = held, scope, refusals
        unknown, unfit = no_key(), wrong_scope(scope)
        self._answers = {reason: unfit if reason == "wrong_scope" else unknown for reason in get_args(Refusal)}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or refuse it."""
        if scope["type"] == "http" and scope["path"].startswith(GUARDED):
            headers: Sequence[tuple[bytes, bytes]] = scope["headers"]
            found = self._held.now.admit(_token(headers), self._scope)
            if not isinstance(found, Key):
                self._refusals.refused(found)
                response = self._answers[found].response()
                if not _is_short(headers):
                    response.headers["connection"] = "close"
                await response(scope, receive, send)
                return
            scope[SENT_BY] = found
        await self.app(scope, receive, send)


def _token(headers: Sequence[tuple[bytes, bytes]]) -> str | None:
    """What was sent as a key; None: nothing was. Of several headers none counts."""
    sent = [value for name, value in headers if name == b"authorization"]
    if not sent:
        return None
    scheme, _, token = sent[0].partition(b" ")
    return token.strip().decode("latin-1") if scheme.lower() == b"bearer" and len(sent) == 1 else ""


def _is_short(headers: Sequence[tuple[bytes, bytes]]) -> bool:
    """Whether little of the body is still to come. One that does not say how much it is may go on for ever."""
    named = dict(headers)
    length = named.get(b"content-length", b"0")
    return b"transfer-encoding" not in named and length.isdigit() and int(length[:20]) <= LARGEST_LEFT_BYTES
