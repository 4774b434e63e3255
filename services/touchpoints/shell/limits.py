"""How much one request may carry. Beyond it the answer is 413, or a refusal of the one event that is too much."""

LARGEST_EVENT_BYTES = 256 * 1024
"""An event is a few hundred bytes; whoever sends more sends what does not belong here, such as a picture."""
LARGEST_REQUEST_BYTES = 1024 * 1024
"""Also the largest batch that Kafka takes by default."""
MOST_EVENTS = 5_000
"""Events in one request: about a mebibyte of small ones. Bounds how long one request keeps the others waiting."""
DEEPEST_NESTING = 32
"""Objects and lists within each other. The contracts need four."""
MOST_ERRORS = 20
"""Errors, and warnings, that are listed for one event."""
