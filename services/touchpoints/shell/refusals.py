"""Telling whoever runs a service what senders get wrong: where, never what, and each fault once."""

import structlog

from services.chassis.problems import Problem
from services.touchpoints.shell.accepting import Results

MOST_FAULTS = 200
"""How many different faults are told of before there is silence; how many events are refused the metrics tell."""

log = structlog.get_logger(__name__)


class RefusalLog:
    """Logs each kind of fault the first time it is seen.

    A value that is refused may be a customer's name that somebody put where a code belongs: values are never logged.
    """

    def __init__(self) -> None:
        self._told: set[str] = set()

    def request(self, problem: Problem) -> None:
        """A request was refused as a whole."""
        self._tell_once(f"a request: {problem.name}")

    def events(self, results: Results) -> None:
        """Events were refused."""
        for _, refused in results.refused:
            for error in refused.errors:
                # Not more than two steps: deeper ones can be names that the sender made up.
                self._tell_once(f"an event: {'.'.join(map(str, error.location[:2])) or 'as a whole'}")

    def _tell_once(self, fault: str) -> None:
        if fault in self._told or len(self._told) >= MOST_FAULTS:
            return
        self._told.add(fault)
        log.warning("refused", what=fault, more="told once; see the metrics for how many")
