"""What a service answers when something is wrong: problem details as RFC 9457 describes them, and nothing else."""

import json
import traceback
from collections.abc import Mapping, Sequence
from http import HTTPStatus

import structlog
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from services.chassis.field_errors import FieldError, field_errors
from services.chassis.store import Unavailable

CONTENT_TYPE = "application/problem+json"

log = structlog.get_logger(__name__)


class Problem(Exception):
    """Something is wrong with a request, or with us: raised anywhere below a request, answered as problem details.

    `name` becomes the last part of the problem's type: what programs compare. `detail` is for people: what, which,
    got, and what to do. Further members are added to the answer as they are.
    """

    def __init__(
        self,
        status: int,
        name: str,
        title: str,
        detail: str,
        *,
        errors: Sequence[FieldError] = (),
        headers: Mapping[str, str] | None = None,
        **members: object,
    ) -> None:
        super().__init__(f"{status} {name}")
        self.status = status
        self.name = name
        self.title = title
        self.detail = detail
        self.errors = tuple(errors)
        self.headers = dict(headers or {})
        self.members = members

    def body(self) -> dict[str, object]:
        """The problem as a JSON object."""
        problem: dict[str, object] = {
            "type": f"urn:touchline:problem:{self.name}",
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
        }
        if self.errors:
            problem["errors"] = [error.body() for error in self.errors]
        return problem | self.members

    def response(self) -> Response:
        """The problem as an answer."""
        text = json.dumps(self.body(), ensure_ascii=False, allow_nan=False)
        return Response(text.encode("utf-8", "replace"), self.status, headers=self.headers, media_type=CONTENT_TYPE)


async def _answer_problem(_: Request, error: Exception) -> Response:
    assert isinstance(error, Problem)
    return error.response()


async def _answer_http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    title = HTTPStatus(error.status_code).phrase
    detail = f"{request.method} {request.url.path}: {error.detail}."
    if error.status_code == HTTPStatus.NOT_FOUND:
        detail = f"There is nothing at {request.url.path}. What there is, /docs tells."
    elif error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        allowed = (error.headers or {}).get("Allow", "")
        detail = f"{request.url.path} does not take {request.method}" + (f", but {allowed}." if allowed else ".")
    name = title.lower().replace(" ", "-")
    return Problem(error.status_code, name, title, detail, headers=error.headers).response()


async def _answer_invalid(_: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    errors = field_errors(error.errors(), {})
    return Problem(422, "invalid-request", "The request is not valid", errors[0].detail, errors=errors).response()


async def _answer_nobody(_: Request, __: Exception) -> Response:
    """The sender has hung up in the middle of the request; nobody reads this answer."""
    return Problem(400, "incomplete", "The request ended early", "The connection was closed before its end.").response()


async def _answer_away(_: Request, __: Exception) -> Response:
    detail = "What was asked for is in the database, which is away at the moment. Try again in a few seconds."
    return Problem(503, "database-away", "The database is away", detail, headers={"Retry-After": "5"}).response()


async def _answer_unexpected(request: Request, error: Exception) -> Response:
    # The frames, but not the message: messages of foreign errors may quote what a customer's record says.
    frames = "".join(traceback.format_tb(error.__traceback__))
    log.error("unexpected error", method=request.method, path=request.url.path, error=type(error).__name__, at=frames)
    detail = "The fault is ours; it is in the log. Try again later."
    return Problem(500, "unexpected", "Something went wrong here", detail).response()


def answer_with_problems(app: FastAPI) -> None:
    """Make everything that goes wrong in `app` come out as problem details."""
    app.add_exception_handler(Problem, _answer_problem)
    app.add_exception_handler(HTTPException, _answer_http)
    app.add_exception_handler(RequestValidationError, _answer_invalid)
    app.add_exception_handler(ClientDisconnect, _answer_nobody)
    app.add_exception_handler(Unavailable, _answer_away)
    app.add_exception_handler(Exception, _answer_unexpected)
