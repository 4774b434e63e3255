"""The way into a service: it takes a key where the service was given a keys file, and is open where it was not."""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from prometheus_client import CollectorRegistry

from services.chassis.problems import CONTENT_TYPE as PROBLEM
from services.chassis.problems import Problem
from services.keys.guard import Guard, Refusals, no_key, wrong_scope
from services.keys.holding import HeldKeys
from services.keys.key import Scope

SCHEME = "key"
"""What OpenAPI documents call it."""


class Door:
    """The way into one service. `scope` is what a key has to be for."""

    def __init__(self, file: Path | None, *, scope: Scope, registry: CollectorRegistry, service: str) -> None:
        """Raises Unusable when the keys file cannot be used."""
        self._held = None if file is None else HeldKeys(file)
        self._scope = scope
        self._refusals = Refusals(registry, service)

    @property
    def takes_keys(self) -> bool:
        """Whether nobody is let by without one."""
        return self._held is not None

    def running(self) -> AbstractAsyncContextManager[None]:
        """Keep to the keys file until the block is left."""
        return nullcontext() if self._held is None else self._held.running()

    def notes(self) -> Sequence[str]:
        """What somebody should know who runs the service."""
        return () if self._held is None else self._held.notes()

    def guard(self, app: FastAPI) -> None:
        """Have an application ask for keys, and say so in its documents. All of its routes must be there."""
        if self._held is None:
            return
        app.add_middleware(Guard, held=self._held, scope=self._scope, refusals=self._refusals)
        document = app.openapi()
        _declare(document, self._scope)
        app.openapi = lambda: document  # type: ignore[method-assign]  # the way that FastAPI documents


def _declare(document: dict[str, Any], scope: Scope) -> None:
    description = "A key of your system's own, sent as Authorization: Bearer ID.SECRET; `touchline keys add` makes one."
    schemes = document.setdefault("components", {}).setdefault("securitySchemes", {})
    schemes[SCHEME] = {"type": "http", "scheme": "bearer", "description": description}
    document["security"] = [{SCHEME: []}]
    for operations in document["paths"].values():
        for operation in operations.values():
            operation["responses"] |= {
                "401": _response("The key is missing, wrong or revoked.", no_key()),
                "403": _response("The key is for something else, or for other stores.", wrong_scope(scope)),
            }


def _response(description: str, problem: Problem) -> dict[str, Any]:
    return {"description": description, "content": {PROBLEM: {"schema": {"type": "object"}, "example": problem.body()}}}
