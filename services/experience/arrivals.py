"""What has arrived in one batch: each event once, and what it means for the records of its journey."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from services.experience.domain.happening import Happening, rank
from services.experience.domain.journey import VERDICTS
from services.experience.ports import Identity, Incoming, JourneyKey, JourneyRecord, StoredEvent

LOOK_AGAIN = "surroundings.changed"
"""Told by this service to itself: nothing to keep, a journey to look at."""


def key_of(happening: Happening) -> JourneyKey:
    """The journey that it belongs to; what is store-wide is kept under an empty journey id."""
    return (happening.identity[0], happening.journey or "")


def each_once(incoming: Iterable[Incoming], now: datetime) -> dict[JourneyKey, list[Incoming]]:
    """The events among what came in, each once, by journey; the store-wide ones of a store are together.

    The clock of a sender that runs ahead is cut back to `now`; one that runs behind never is.
    """
    once: dict[Identity, Incoming] = {}
    for each in incoming:
        happening = each.happening
        if happening.kind == LOOK_AGAIN:
            continue
        before = once.get(happening.identity)
        if before is None or rank(happening) < rank(before.happening):
            once[happening.identity] = each
    arrived: dict[JourneyKey, list[Incoming]] = {}
    for each in once.values():
        happening = each.happening
        cut = each if happening.at <= now else each._replace(happening=happening._replace(at=now))
        arrived.setdefault(key_of(happening), []).append(cut)
    return arrived


def take_note(news: Mapping[JourneyKey, Sequence[Happening]], records: dict[JourneyKey, JourneyRecord]) -> int:
    """Note in the records of journeys what has come in of them. Returns how much came after its journey had closed."""
    late_in_all = 0
    for key, latest in news.items():
        if latest:
            record = records.get(key) or JourneyRecord(key)
            late = sum(1 for each in latest if _is_late(each, record))
            first = min(each.at for each in latest)
            records[key] = record._replace(
                events=record.events + len(latest),
                late_events=record.late_events + late,
                news_from=first if record.news_from is None else min(first, record.news_from),
            )
            late_in_all += late
    return late_in_all


def _is_late(happening: Happening, record: JourneyRecord | None) -> bool:
    """Whether it came after its journey had closed. Verdicts always do, and history has no now to be late for."""
    return (
        record is not None and record.closed_at is not None and not happening.replay and happening.kind not in VERDICTS
    )


def stored(
    arrived: Mapping[JourneyKey, Sequence[Incoming]], records: Mapping[JourneyKey, JourneyRecord]
) -> list[StoredEvent]:
    """The events of a batch as they are kept."""
    stored = []
    for key, group in arrived.items():
        record = records.get(key)
        for happening, body in group:
            late = _is_late(happening, record)
            stored.append(StoredEvent(happening.identity, happening.journey, happening.at, late, body))
    return stored
