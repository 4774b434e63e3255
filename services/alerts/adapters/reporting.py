"""What somebody reports of an alert goes to the touchpoint service for it, as an event like any other."""

from collections.abc import Callable, Mapping
from datetime import datetime

import httpx
import structlog

from services.alerts.domain.report import Report, Reported, Teller
from services.chassis.problems import Problem
from touchline_contracts import AnyEvent, new_event
from touchline_contracts.envelope import CONTENT_TYPE
from touchline_contracts.fields import Fields
from touchline_contracts.greeting import CustomerGreeted
from touchline_contracts.promises import (
    PromiseConfirmed,
    PromiseDeclined,
    PromiseKept,
    PromiseRescheduled,
    PromiseWithdrawn,
)
from touchline_contracts.recovery import ProblemOwned, ProblemResolved

SOURCE = "/touchline/console"
BY_UNIT = "manager_on_call"
"""Who answers for a problem that names nobody to call."""
NO_REASON = "reported by the manager on call"
SECONDS = 5.0
"""Somebody is waiting for the answer, with a telephone in the other hand."""

log = structlog.get_logger(__name__)


class Reporting:
    """Tells touchpoint services. Close it at the end."""

    def __init__(self, urls: Mapping[Teller, str], key: str | None) -> None:
        self._urls = {name: url.rstrip("/") for name, url in urls.items()}
        headers = {"content-type": CONTENT_TYPE} | ({"authorization": f"Bearer {key}"} if key else {})
        # What is set in the environment for the way out of the house is not for services within it.
        self._http = httpx.AsyncClient(headers=headers, timeout=SECONDS, trust_env=False)

    def can_tell(self, report: Report) -> bool:
        """Whether there is a service for it."""
        return _TOLD[report][0] in self._urls

    async def tell(self, reported: Reported) -> None:
        """Tell it, once: the same said twice of an alert that stands as it did counts once.

        Raises Problem when it was not taken: nothing has been reported then.
        """
        name = _TOLD[reported.report][0]
        event = event_of(reported)
        try:
            answer = await self._http.post(f"{self._urls[name]}/v1/events", content=event.to_json())
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            log.error("a report was not taken", service=name, why=type(error).__name__)  # noqa: TRY400  # not our fault
            raise _away(name) from error
        if answer.status_code != httpx.codes.ACCEPTED:
            log.error("a report was not taken", service=name, status=answer.status_code)
            raise _away(name) if answer.is_server_error else _refused(name, answer.status_code)

    async def close(self) -> None:
        """Give the connections back."""
        await self._http.aclose()


def event_of(reported: Reported) -> AnyEvent:
    """The event that says it."""
    alert, standing = reported.case.alert, reported.case.standing
    return new_event(
        _TOLD[reported.report][1](reported),
        # Said again before anything has come of it, it is the same.
        id=f"{alert.alert_id}/{reported.report}/{standing.epoch}.{standing.version}",
        source=SOURCE,
        store=alert.store,
        subject=alert.journey,
        time=reported.at,
    )


def _away(name: str) -> Problem:
    detail = f"The {name} service does not answer, so nothing was reported. Try again; nothing is counted twice."
    return Problem(503, "not-reported", "It was not reported", detail, headers={"Retry-After": "2"})


def _refused(name: str, status: int) -> Problem:
    detail = (
        f"The {name} service does not take it ({status}), so nothing was reported. "
        "Is the key in TOUCHLINE_REPORTS_KEY_FILE of the alert service one for this store?"
    )
    return Problem(502, "report-refused", "It was not reported", detail)


def _due(reported: Reported) -> datetime:
    if reported.due is None or reported.due <= reported.at:
        got = "none was sent" if reported.due is None else f"got {reported.due.isoformat()}"
        detail = f"due must be the new time, after {reported.at.isoformat()}, which is now; {got}."
        raise Problem(422, "no-new-time", "A promise is rescheduled to a time to come", detail)
    return reported.due


def _subject(reported: Reported) -> str:
    return reported.case.alert.line.partition("/")[2]


def _unit(reported: Reported) -> str:
    return reported.case.alert.finding.call or BY_UNIT


_TOLD: Mapping[Report, tuple[Teller, Callable[[Reported], Fields]]] = {
    Report.GREETED: ("greeting", lambda _: CustomerGreeted()),
    Report.CONFIRMED: ("promises", lambda it: PromiseConfirmed(promise_id=_subject(it), by_unit=_unit(it))),
    Report.DECLINED: (
        "promises",
        lambda it: PromiseDeclined(promise_id=_subject(it), by_unit=_unit(it), reason=it.reason or NO_REASON),
    ),
    Report.RESCHEDULED: (
        "promises",
        lambda it: PromiseRescheduled(promise_id=_subject(it), due=_due(it), customer_agreed=True),
    ),
    Report.KEPT: ("promises", lambda it: PromiseKept(promise_id=_subject(it))),
    Report.WITHDRAWN: ("promises", lambda it: PromiseWithdrawn(promise_id=_subject(it), reason=it.reason)),
    Report.OWNED: ("recovery", lambda it: ProblemOwned(problem_id=_subject(it), by_unit=_unit(it))),
    Report.RESTORED: ("recovery", lambda it: ProblemResolved(problem_id=_subject(it), outcome="restored")),
}
"""By which service each is told, and as what."""
