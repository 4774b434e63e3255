"""Who is told: the rotas, and the ways to the people in them, put together with the channels that are set for all."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from services.alerts.adapters.calendars import Calendars
from services.alerts.adapters.digest import digest_body
from services.alerts.adapters.people_file import PeopleError, Reach, read_people
from services.alerts.adapters.rota_file import RotaError, Rotas, read_rotas
from services.alerts.channels import OpenedChannel, channels_to, delivering_in_order
from services.alerts.domain.pacing import Page
from services.alerts.domain.quiet import Quiet, when_to_tell
from services.alerts.domain.rota import Rota
from services.alerts.domain.routing import Routing
from services.alerts.entrypoints.claiming import ToOnePerson
from services.alerts.entrypoints.delivering import Delivering, Observe
from services.alerts.ports import Transact
from services.alerts.settings import AlertSettings
from services.chassis.clock import Clock


@dataclass(frozen=True, slots=True)
class OnCall:
    """The rotas, and how the people in them are reached."""

    calendars: Calendars
    channels: Mapping[str, Sequence[OpenedChannel]]
    """By person, in order."""
    quiet: Mapping[str, Quiet]
    """By person; who is always there is missing."""

    @property
    def rotas(self) -> Rotas:
        """The rotas, with what their calendars said last."""
        return self.calendars.rotas

    def plans(self) -> list[tuple[Rota, Sequence[str]]]:
        """Each rota, and the stores that have it."""
        return [(rota, self.rotas.stores_of(rota)) for rota in self.rotas.all]

    def first_channel(self, person: str) -> str:
        """The name of the channel by which somebody is told first."""
        return self.channels[person][0].name

    def stand_in(self, channel: str, *, company: Sequence[str]) -> str | None:
        """The channel that takes over from one that is not there any more; None: there is none."""
        person = channel.partition(":")[2]
        if person in self.channels:
            return self.first_channel(person)
        if company:
            return company[0]
        return next((self.first_channel(each.last_resort[0]) for each in self.rotas.all), None)

    def routing(self, *, company: Sequence[str], beside: Sequence[str]) -> Routing:
        """Who is told what, by the names of channels."""
        return Routing(
            rota_of=self._rota_of,
            first_channel={person: self.first_channel(person) for person in self.channels},
            company=tuple(company[:1]) or tuple(self.first_channel(each.last_resort[0]) for each in self.rotas.all[:1]),
            beside=tuple(beside),
        )

    def delivering(
        self,
        transact: Transact,
        observe: Observe,
        *,
        company: Delivering | None,
        page_url: str,
        clock: Clock,
    ) -> list[Delivering]:
        """What delivers to each person. What reaches nobody's own channels goes to the last resort, then to all."""
        to: dict[str, list[Delivering]] = {}
        for person, stand_in in self._stand_ins().items():
            following = to[stand_in][0] if stand_in is not None else company
            claim = ToOnePerson(
                partial(digest_body, page_url=page_url),
                partial(self._not_before, person),
                handed=lambda _: clock.now(),
            )
            to[person] = delivering_in_order(transact, self.channels[person], observe, following=following, claim=claim)
        return [each for delivering in to.values() for each in delivering]

    def _stand_ins(self) -> dict[str, str | None]:
        """Who is told what reaches a person by no way, by person; whoever stands in comes before. None: all are.

        It is the last resort of the first rota that a person is in; each of those has the next one, the last has all.
        """
        found: dict[str, str | None] = {}
        for rota in self.rotas.all:
            in_reverse = rota.last_resort[::-1]
            for person, behind in zip(in_reverse, (None, *in_reverse), strict=False):
                found.setdefault(person, behind)
        for rota in self.rotas.all:
            for person in sorted(rota.people):
                found.setdefault(person, rota.last_resort[0])
        return found

    def _rota_of(self, store: str) -> Rota | None:
        return self.rotas.of(store)  # those of now, whenever it is asked

    def _not_before(self, person: str, page: Page, now: datetime) -> datetime:
        rota = self.rotas.of(page.store)
        hours = None if rota is None else rota.hours
        return when_to_tell("critical" if page.critical else "warning", now, self.quiet.get(person), hours)


NOBODY = OnCall(Calendars(Rotas({})), {}, {})


def on_call_from(settings: AlertSettings) -> OnCall:
    """Read both files. Raises SystemExit, whose text names every mistake in them."""
    if settings.rota_file is None or settings.people_file is None:
        return NOBODY
    try:
        rotas, people = read_rotas(settings.rota_file), read_people(settings.people_file)
    except (RotaError, PeopleError, OSError) as error:
        raise SystemExit(str(error)) from error
    mistakes = [*_unreachable(rotas, people), *_without_a_server(people, settings)]
    if mistakes:
        raise SystemExit("\n".join(f"{settings.people_file}: {each}" for each in mistakes))
    on_call = {person for rota in rotas.all for person in rota.people}
    channels = {each: channels_to(each, people[each], settings) for each in sorted(on_call)}
    quiet = {each: span for each in on_call if (span := people[each].quiet) is not None}
    return OnCall(Calendars(rotas, settings.allowance, kept_in=settings.calendars_folder), channels, quiet)


def _unreachable(rotas: Rotas, people: Mapping[str, Reach]) -> list[str]:
    missing = {person: rota.name for rota in rotas.all for person in rota.people if person not in people}
    return [f"{person} is in the rota {rota}, but not here: say how to reach them" for person, rota in missing.items()]


def _without_a_server(people: Mapping[str, Reach], settings: AlertSettings) -> list[str]:
    if settings.smtp_host is not None:
        return []
    by_mail = [person for person, each in people.items() if any(way.email is not None for way in each.reach)]
    return [f"{person} is reached by e-mail: set TOUCHLINE_SMTP_HOST and TOUCHLINE_EMAIL_FROM" for person in by_mail]
