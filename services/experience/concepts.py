"""The published service concepts, read once and held until there is a new one."""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any, NamedTuple

import structlog

from services.experience.domain.concept import ServiceConcept
from services.experience.domain.lineage import EVERY_STORE, Version, Versions, held_at, version_of
from services.experience.ports import ReadConcept, Transaction, Unfinished

log = structlog.get_logger(__name__)

LONG_AGO = datetime(1990, 1, 1, tzinfo=UTC)
"""Before every event that the contracts allow."""


class Step(NamedTuple):
    """From when on a concept holds, put together from what it builds on."""

    since: datetime
    lineage: tuple[Version, ...]
    """The eldest first."""
    concept: ServiceConcept
    ahead: bool
    """It was published before it holds: it says nothing about journeys before."""


class Concepts:
    """Which concept holds in which store from when."""

    def __init__(self, read: ReadConcept) -> None:
        self._read = read
        self._count = 0
        self._versions = Versions()
        self._steps: dict[str, list[Step]] = {}
        self._put_together: dict[tuple[str, ...], ServiceConcept] = {}
        self._complaints: set[str] = set()
        self._none = ServiceConcept()

    def forget(self) -> None:
        """Read the concepts again in any case: what was read last may never have been committed."""
        self._count = -1

    def check(self, document: Mapping[str, Any]) -> None:
        """Raises ValueError, saying what is wrong, for a concept that cannot be read.

        Whether it can be put together with what it builds on is found out later: that may still be on its way.
        """
        with suppress(Unfinished):
            self._read([document])

    def refresh(self, transaction: Transaction) -> None:
        """Read the concepts again if there are new ones."""
        count = transaction.count_concepts()
        if count == self._count:
            return
        self._versions = Versions(version_of(each.store, each.from_, each.document) for each in transaction.concepts())
        self._steps = {}
        self._count = count

    def concerned_by(self, store: str, at: datetime, document: Mapping[str, Any]) -> dict[str, datetime]:
        """Where, and since when, journeys may have another concept by what is published now; `*`: everywhere.

        Call it before what is published now is read by `refresh`.
        """
        version = version_of(store, at, document)
        stores = {store} if store != EVERY_STORE or version.breadth else set()
        if not self._versions.knows(version):  # else whoever builds on it was found when it came for another store
            stores |= self._versions.descendants_in(version.name)
        # The first concept of a store holds for its history, too.
        return {each: at if self._steps_in(each) else LONG_AGO for each in stores}

    def of(self, store: str, began_at: datetime) -> ServiceConcept:
        """The concept that a journey keeps: the one that held in its store when it began.

        Where none held yet, the first that was ever published there: history is judged by what is known today.
        The same versions are always the same object.
        """
        candidates = (self._steps_in(store), self._steps_in(EVERY_STORE))
        for steps in candidates:
            step = held_at(steps, began_at)
            if step is not None:
                return step.concept
        return next((step.concept for steps in candidates for step in steps if not step.ahead), self._none)

    def reign(self, store: str, at: datetime) -> tuple[datetime | None, datetime | None]:
        """Since when the concept that holds in a store has held there, and until when, as far as that is known.

        What it builds on may have changed meanwhile: it is the version itself that is asked for.
        """
        candidates = (self._steps_in(store), self._steps_in(EVERY_STORE))
        until = min((step.since for steps in candidates for step in steps if step.since > at), default=None)
        for steps in candidates:
            held = [step for step in steps if step.since <= at]
            if held:
                own = held[-1].lineage[-1]
                others = [number for number, step in enumerate(held) if step.lineage[-1] is not own]
                return held[others[-1] + 1 if others else 0].since, until
        return None, until

    def _steps_in(self, store: str) -> Sequence[Step]:
        """Which concept has held in a store from when on, worked out when it is first asked for."""
        found = self._steps.get(store)
        if found is not None:
            return found
        published = self._versions.published_for(store)
        if not published:
            return ()
        each_alone = [self._steps_of(name, versions, store) for name, versions in published.items()]
        steps: list[Step] = []
        for at in sorted({step.since for steps_of_one in each_alone for step in steps_of_one}):
            chosen = most_specific(filter(None, (held_at(steps_of_one, at) for steps_of_one in each_alone)))
            if not steps or steps[-1].concept is not chosen.concept:
                steps.append(chosen._replace(since=at, ahead=chosen.ahead and chosen.since == at))
        self._steps[store] = steps
        return steps

    def _steps_of(self, name: str, versions: Sequence[Version], store: str) -> list[Step]:
        """How one concept has changed in a store, by its own versions and by those that it builds on."""
        steps: list[Step] = []
        for at in self._versions.changes(name):
            version = held_at(versions, at)
            if version is None:
                continue
            try:
                lineage = tuple(self._versions.lineage(version, at))
                concept = self._concept(lineage)
            except ValueError as error:
                self._complain(store, str(error))
                continue
            steps.append(Step(at, lineage, concept, ahead=any(each.ahead and each.since == at for each in lineage)))
        return steps

    def _concept(self, lineage: Sequence[Version]) -> ServiceConcept:
        contents = tuple(each.content for each in lineage)
        concept = self._put_together.get(contents)
        if concept is None:
            concept = self._put_together[contents] = self._read([each.document for each in lineage])
        return concept

    def _complain(self, store: str, why: str) -> None:
        if why not in self._complaints:
            self._complaints.add(why)
            log.warning("a service concept cannot be put together: what held before goes on", store=store, why=why)


def most_specific(steps: Iterable[Step]) -> Step:
    """Of the concepts that hold in one store: not one that another of them builds on; then the one for fewest stores.

    So a store's own comes before its region's, and that before its brand's. Of equals the later one counts.
    """
    candidates = list(steps)
    built_on = {version.name for step in candidates for version in step.lineage[:-1]}
    heirs = [step for step in candidates if step.lineage[-1].name not in built_on]
    return min(heirs or candidates, key=_breadth_then_latest)


def _breadth_then_latest(step: Step) -> tuple[float, float, int, str]:
    own = step.lineage[-1]
    return own.breadth, -own.since.timestamp(), -own.number, own.name
