"""From the contract's events to the domain's happenings: the one place where a new contract version is taken in."""

from services.experience.domain.happening import Happening
from touchline_contracts import AnyEvent


def happening_from(event: AnyEvent) -> Happening:
    """The event as the domain sees it. A type that this version does not know keeps its type as its kind."""
    return Happening(
        identity=event.identity,
        kind=event.kind.name if event.kind is not None else event.type,
        at=event.happened_at,
        journey=event.subject,
        data={name: value for name, value in event.data if value is not None},
        replay=event.replay,
    )
