"""What a replay has come to, in figures and in words."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from statistics import fmean
from typing import Any, Literal

from services.commands.replaying.history import HIGHEST, LOWEST, UnreadableLine
from services.commands.replaying.outcomes import Outcomes

MISSING_NAMED = 5
"""How many of the journeys that were not evaluated are named."""


@dataclass(frozen=True, kw_only=True)
class Delivered:
    """Journeys in which what was ordered was delivered, and what their customers said."""

    journeys: int
    with_feedback: int
    mean_score: float | None
    """From 1 to 5; None where nobody said anything."""


@dataclass(frozen=True, kw_only=True)
class Summary:
    """The result of a replay."""

    events_sent: int
    events_repeated: int
    """Of these, how many the file held more than once."""
    unreadable: list[UnreadableLine]
    journeys: int
    evaluated: int
    """With all of their events."""
    not_evaluated: list[str]
    """Journeys, as store/journey_id, that were given up on."""
    verdicts_only: int
    """Journeys of which nothing but verdicts was told: there is nothing to evaluate."""
    counting_more_events: int
    """Journeys whose evaluation counts more events than the file holds of them."""
    contradicting_evaluations: int
    """Evaluations that bear the version of another one of the same journey, and say something else."""
    delivered_kept: Delivered
    """All promises kept."""
    delivered_broken: Delivered
    """At least one promise broken."""
    alerts_paged: int
    seconds: float
    """From the first event sent to the last journey evaluated."""
    events_per_second: float

    @property
    def all_well(self) -> bool:
        """Whether every line was an event, every journey was evaluated, none twice, and nobody was paged."""
        return not (
            self.unreadable
            or self.not_evaluated
            or self.counting_more_events
            or self.contradicting_evaluations
            or self.alerts_paged
        )

    def as_json(self) -> dict[str, Any]:
        """The summary for programs."""
        return asdict(self)

    def in_words(self) -> Iterator[str]:
        """The summary for people, line by line."""
        again = f" ({self.events_repeated:,} of them twice in the file)" if self.events_repeated else ""
        yield f"{self.events_sent:,} events sent{again}, of {self.journeys + self.verdicts_only:,} journeys"
        if not self.not_evaluated:
            yield f"all {self.journeys:,} journeys evaluated with all of their events"
        else:
            named = ", ".join(self.not_evaluated[:MISSING_NAMED])
            more = " ..." if len(self.not_evaluated) > MISSING_NAMED else ""
            yield f"only {self.evaluated:,} of {self.journeys:,} journeys evaluated with all of their events"
            yield f"not evaluated: {named}{more}"
        if self.verdicts_only:
            yield f"{self.verdicts_only:,} journeys with feedback alone: there is nothing to evaluate"
        yield from self._twice()
        for words, group in (("every promise kept", self.delivered_kept), ("a promise broken", self.delivered_broken)):
            score = f", mean score {group.mean_score:.2f} of {HIGHEST:g}" if group.mean_score is not None else ""
            yield f"delivered, {words}: {group.journeys:,} journeys{score} ({group.with_feedback:,} with feedback)"
        yield f"{self.alerts_paged:,} alerts paged" if self.alerts_paged else "nobody was paged"
        yield f"{self.seconds:.1f} s, {self.events_per_second:,.0f} events/s"

    def _twice(self) -> Iterator[str]:
        if self.counting_more_events:
            yield (
                f"{self.counting_more_events:,} journeys count more events than the file holds of them: "
                "they were told of elsewhere too, or an event has counted twice"
            )
        if self.contradicting_evaluations:
            count = self.contradicting_evaluations
            yield f"{count:,} evaluations bear the version of another one and contradict it"
        if not (self.counting_more_events or self.contradicting_evaluations):
            yield "none twice: no journey counts more events than the file holds, no two evaluations bear one version"


def summary_of(outcomes: Outcomes, *, events_sent: int, seconds: float) -> Summary:
    """The summary of a replay that has ended."""
    history = outcomes.history
    return Summary(
        events_sent=events_sent,
        events_repeated=history.repeated,
        unreadable=list(history.unreadable),
        journeys=history.evaluable,
        evaluated=len(outcomes.done),
        not_evaluated=outcomes.missing,
        verdicts_only=len(history.journeys) - history.evaluable,
        counting_more_events=outcomes.counting_more,
        contradicting_evaluations=outcomes.contradicting,
        delivered_kept=_delivered(outcomes, "kept"),
        delivered_broken=_delivered(outcomes, "broken"),
        alerts_paged=len(outcomes.pages),
        seconds=seconds,
        events_per_second=events_sent / seconds if seconds > 0 else 0.0,
    )


def _delivered(outcomes: Outcomes, promises: Literal["kept", "broken"]) -> Delivered:
    scores, journeys = [], 0
    for key, evaluation in outcomes.latest.items():
        past = outcomes.history.journeys[key]
        states = {each.state for each in evaluation.lines if each.line.startswith("promise/")}
        if not past.delivered or promises not in states or (promises == "kept" and "broken" in states):
            continue
        journeys += 1
        if past.score is not None:
            scores.append(min(max(past.score, LOWEST), HIGHEST))
    return Delivered(journeys=journeys, with_feedback=len(scores), mean_score=fmean(scores) if scores else None)
