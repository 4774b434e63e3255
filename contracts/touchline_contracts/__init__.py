"""The events of Touchline: what store systems tell, and what Touchline answers. Depends on pydantic alone."""

from touchline_contracts.envelope import AnyEvent, Event, UnknownFields, event_model, new_event, parse_event
from touchline_contracts.kinds import BY_DATA, BY_TYPE, KINDS, Kind, told_by
from touchline_contracts.topics import ALERTS, DEAD_LETTERS, EVALUATIONS, TOPICS, TOUCHPOINTS, Topic, journey_key

__all__ = [
    "ALERTS",
    "BY_DATA",
    "BY_TYPE",
    "DEAD_LETTERS",
    "EVALUATIONS",
    "KINDS",
    "TOPICS",
    "TOUCHPOINTS",
    "AnyEvent",
    "Event",
    "Kind",
    "Topic",
    "UnknownFields",
    "event_model",
    "journey_key",
    "new_event",
    "parse_event",
    "told_by",
]
