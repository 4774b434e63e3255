"""From the contract's events to the domain's happenings: the one place where a new contract version is taken in."""

from services.experience.domain.happening import Happening
from touchline_contracts import AnyEvent


def happening_from(event: AnyEvent) -> Happening:
    """The event as the domain sees it.

    Of a type that this version does not know only that it happened is known: its fields may mean and hold anything.
    """
    return Happening(
        identity=event.identity,
        kind=event.kind.name if event.kind is not None else f"unknown:{event.type}",
        at=event.happened_at,
        journey=event.subject,
        data={} if event.kind is None else {name: value for name, value in event.data if value is not None},
        replay=event.replay,
    )
