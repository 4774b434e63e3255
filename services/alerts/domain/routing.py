"""Through which channels a step of an alert is told: to who is on call in its store, in time to the next in line."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from services.alerts.domain.alert import Alert
from services.alerts.domain.decision import Step
from services.alerts.domain.quiet import when_to_tell
from services.alerts.domain.rota import Rota

CALLING = frozenset({Step.OPENED, Step.ESCALATED, Step.REPEATED})
"""The steps that ask for somebody. All others go to those who were asked."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Routing:
    """Who is told, by the names of channels."""

    rota_of: Callable[[str], Rota | None]
    """The rota of a store; None: nobody in particular is on call there."""
    first_channel: Mapping[str, str]
    """Of each person the channel that is tried first."""
    company: tuple[str, ...] = ()
    """Told of what happens in stores without a rota: the first of the channels that are set for all, or somebody."""
    beside: tuple[str, ...] = ()
    """Told everything, whoever is on call."""
    most_repeats: int = 4
    """By then everybody in line was told, however long it is."""

    def channels(self, step: Step, alert: Alert, at: datetime, told_before: Collection[str]) -> tuple[str, ...]:
        """Through which channels a step is told. `told_before`: those that were given something of the alert.

        As long as nobody acknowledges it, each repetition goes to one person more.
        """
        rota = self.rota_of(alert.store)
        asked = [each for each in (*self.first_channel.values(), *self.company) if each in told_before]
        if rota is None:
            asked = [*self.company, *asked]
        elif step in CALLING:
            # What waits until the store opens is for who is on call by then.
            told_at = when_to_tell(alert.finding.severity, at, None, rota.hours)
            in_line = rota.on_call(told_at).people
            in_line = in_line[: None if alert.repeats >= self.most_repeats else alert.repeats + 1]
            asked = [*(self.first_channel[person] for person in in_line), *asked]
        return tuple(dict.fromkeys((*asked, *self.beside)))
