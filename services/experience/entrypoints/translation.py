"""From the contract's events to the domain's happenings: the one place where a new contract version is taken in."""

from datetime import UTC

from services.experience.domain.happening import Happening
from touchline_contracts import AnyEvent


def happening_from(event: AnyEvent) -> Happening:
    """The event as the domain sees it, its time in UTC: what clocks in other zones show is the same instant.

    Of a type that this version does not know only that it happened is known: its fields may mean and hold anything.
    """
    kind = event.kind
    return Happening(
        identity=event.identity,
        kind=kind.name if kind is not None else f"unknown:{event.type}",
        at=event.happened_at.astimezone(UTC),
        journey=event.subject,
        # Straight from the model's own dictionary: to iterate the model costs three times as much, for each event.
        data={name: value for name, value in vars(event.data).items() if value is not None} if kind else {},
        replay=event.replay,
    )
