"""What a month of messages was like for those who got them, and what it was worth: counted, never estimated."""

import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from operator import attrgetter, itemgetter
from statistics import mean, median

from services.alerts.adapters.rota_file import Rotas, read_rotas
from services.chassis.bookkeeping import Outgoing
from tests.noise.assumptions import ZONE, Assumptions
from tests.noise.duty import LAST_RESORT, MANAGERS, Arrived, Named
from tests.noise.month import Played, read_at
from tests.noise.truth import Ending, endings

ALLOWED = 5
"""Pages in a shift."""
TIME_TO_ACT = timedelta(minutes=3)
"""Whoever is told less than this before a journey ends can do nothing any more."""
BEGINS = {"early": 6, "late": 14, "night": 22, LAST_RESORT: 6}
"""The hour at which each shift begins, by the end of a person's name; the last resort has the day."""

Shift = tuple[date, str]


@dataclass(frozen=True, kw_only=True, slots=True)
class Figures:
    """What was counted. A page is a message that calls somebody; a digest is one."""

    shifts: Mapping[Shift, int]
    """Pages, of each shift in which a store is open."""
    nights: int
    last_resort: int
    """Pages."""
    off_duty: int
    """Pages to somebody whose shift it is not, the last resort left out."""
    digests: int
    """Pages that name more than one alert."""
    others: int
    """Messages that only say that something is over."""
    quiet: int
    """Messages that call nobody, and name something that joins what somebody has."""
    pages_by_step: Mapping[str, int]
    """Pages by what they are because of: the most urgent step in them."""
    pages_by_line: Mapping[str, int]
    worst: Mapping[str, int]
    """The same, of the shift with the most pages."""

    journeys: int
    lost_alone: int
    """Journeys that would have ended below adequate without anybody acting."""
    acted: int
    lost: int
    """Journeys that ended below adequate."""
    named: int
    """Of these, in a message."""
    named_quietly: int
    """Of these, first in a message that called nobody."""
    never_flagged: int
    """Of these, no evaluation ever said that somebody has to act."""
    no_time: int
    """Of these that were not named in time: it was said for the first time too late to act."""
    in_time: int
    """Of these, named in time to act."""
    read_in_time: int
    """The same, if a message that calls nobody is not read before so long."""
    paged: int
    """Journeys named in a message."""
    paged_rightly: int
    """Of these, those that would have ended, or did end, below adequate."""
    leads: Sequence[timedelta]
    """From the first page to the end of the journey as it would have been, of those paged rightly."""

    @property
    def most(self) -> int:
        """Pages in the worst shift."""
        return max(self.shifts.values())

    @property
    def on_average(self) -> float:
        """Pages in a shift."""
        return mean(self.shifts.values())

    @property
    def too_many(self) -> int:
        """Shifts with more pages than are allowed."""
        return sum(count > ALLOWED for count in self.shifts.values())

    @property
    def lead(self) -> timedelta:
        """The median."""
        return median(self.leads) if self.leads else timedelta()


def counted(
    assumed: Assumptions, played: Played, left_alone: Mapping[str, Ending], *, seed: int, managers: str = "shared"
) -> Figures:
    """Count. `left_alone`: how each journey ends when nobody acts."""
    ended = endings(played.happened)
    pages = [each for each in played.arrived if each.is_page]
    on_duty = [each for each in pages if each.person != LAST_RESORT]
    by_shift = Counter(map(shift_of, on_duty))
    first = assumed.begins.date()
    rotas = read_rotas(MANAGERS[managers])
    people = {each for rota in rotas.all for each in rota.people if each.endswith(("early", "late"))}
    open_shifts = {
        (first + timedelta(days=number), person): 0 for number in range(assumed.days + 1) for person in people
    }
    shifts = {
        each: by_shift[each] for each in open_shifts if each[0] < first + timedelta(days=assumed.days) or by_shift[each]
    }
    paged = _first_named(played.arrived, attrgetter("at"))
    read = _first_named(played.arrived, lambda each: read_at(each, assumed, seed))
    flagged = _first_flagged(played.evaluations)
    lost = {journey for journey, each in ended.items() if each.lost}
    would_be = {journey for journey, each in left_alone.items() if each.lost}
    named = {journey for journey in lost if journey in paged}
    in_time = {each for each in named if _in_time(paged[each], ended[each])}
    rightly = {journey for journey in paged if journey in would_be | lost}
    worst = max(shifts, key=shifts.__getitem__)
    return Figures(
        shifts=shifts,
        worst=Counter(f"{_step(each)} {_about(each)}" for each in on_duty if shift_of(each) == worst),
        nights=sum(count for (_, person), count in by_shift.items() if person.endswith("night")),
        last_resort=len(pages) - len(on_duty),
        off_duty=sum(_is_off_duty(each, rotas) for each in on_duty),
        digests=sum(len(each.alerts) > 1 for each in on_duty),
        others=sum(not each.is_page and not each.is_quiet for each in played.arrived),
        quiet=sum(each.is_quiet for each in played.arrived),
        pages_by_step=Counter(_step(each) for each in on_duty),
        pages_by_line=Counter(map(_about, on_duty)),
        journeys=len(ended),
        lost_alone=len(would_be),
        acted=played.acted,
        lost=len(lost),
        named=len(named),
        named_quietly=sum(paged[each][1].taken for each in named),
        never_flagged=len(lost - flagged.keys()),
        no_time=sum(each in flagged and flagged[each] > ended[each].at - TIME_TO_ACT for each in lost - in_time),
        in_time=len(in_time),
        read_in_time=sum(_in_time(read[each], ended[each]) for each in named),
        paged=len(paged),
        paged_rightly=len(rightly),
        leads=sorted(left_alone[each].at - paged[each][0] for each in rightly),
    )


def shift_of(message: Arrived) -> Shift:
    """Whose shift it is counted in: the one that the person had last, also when it is over."""
    wall = message.at.astimezone(ZONE)
    today = wall.hour >= BEGINS[message.person.rpartition(".")[2]]
    return (wall.date() if today else wall.date() - timedelta(days=1)), message.person


def _is_off_duty(page: Arrived, rotas: Rotas) -> bool:
    rota = rotas.of(page.alerts[0].store)
    return rota is not None and page.person not in rota.on_call(page.at).people[:1]


def _first_named(messages: Iterable[Arrived], when: Callable[[Arrived], datetime]) -> dict[str, tuple[datetime, Named]]:
    """By journey, when somebody was first told that something is to be done for it."""
    found: dict[str, tuple[datetime, Named]] = {}
    for at, message in sorted(((when(each), each) for each in messages), key=itemgetter(0)):
        for alert in message.alerts:
            if alert.calls and alert.journey is not None:
                found.setdefault(alert.journey, (at, alert))
    return found


def _in_time(told: tuple[datetime, Named], ending: Ending) -> bool:
    at, alert = told
    return at <= ending.at - TIME_TO_ACT or (alert.until is not None and at < alert.until)


def _first_flagged(evaluations: Iterable[Outgoing]) -> dict[str, datetime]:
    """When it was first said of a journey that somebody has to act."""
    found: dict[str, datetime] = {}
    for message in evaluations:
        if b'"attention":[{' not in message.value:
            continue
        event = json.loads(message.value)
        at = datetime.fromisoformat(event["data"]["as_of"])
        if "subject" in event:
            found[event["subject"]] = min(at, found.get(event["subject"], at))
    return found


def _step(page: Arrived) -> str:
    kinds = {each.kind.removeprefix("alert.") for each in page.alerts if each.calls and not each.taken}
    return next(each for each in ("opened", "escalated", "repeated") if each in kinds)


def _about(page: Arrived) -> str:
    return "+".join(sorted({_kind(each) for each in page.alerts if each.calls and not each.taken}))


def _kind(alert: Named) -> str:
    return alert.line.partition("/")[0]
