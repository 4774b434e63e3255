"""The network port on which each touchpoint service listens unless TOUCHLINE_PORT says otherwise."""

DEFAULT_PORTS: dict[str, int] = {
    "greeting": 8101,
    "handoff": 8102,
    "delivery": 8103,
    "cleanliness": 8104,
    "promises": 8105,
    "recovery": 8106,
    "feedback": 8107,
}
