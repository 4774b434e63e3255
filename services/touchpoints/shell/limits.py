"""How much one request may carry. Beyond it the answer is 413, or a refusal of the one event that is too much."""

LARGEST_EVENT_BYTES = 256 * 1024
"""An event is a few hundred bytes; whoever sends more sends what does not belong here, such as a picture."""
LARGEST_REQUEST_BYTES = 1024 * 1024
"""Also the largest batch that Kafka takes by default."""
MOST_EVENTS = 5_000
"""Events in one request: about a mebibyte of small ones. Bounds how long one request keeps the others waiting."""
MOST_REQUESTS = 64
"""Requests under way at once; more would wait longer, and no more would be taken."""
MOST_BYTES = 4 * LARGEST_REQUEST_BYTES
"""Of their bodies. What is made of one takes ten times as much until it is on disk."""
BODY_SECONDS = 10.0
"""How long a body may take to come: a sender whose network is gone must not take the place of another one."""
DEEPEST_NESTING = 32
"""Objects and lists within each other. The contracts need four."""
MOST_ERRORS = 20
"""Errors, and warnings, that are listed for one event."""
