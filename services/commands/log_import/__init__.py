"""Event logs of other systems, CSV or XES, as events: what the columns mean, a mapping file says.

A row is read once, and may hold several moments; each entry under `events` in the mapping that fits it makes one event.
What cannot be read is reported with its line and column, and costs no more than the event, or the field, that needs it.
An event's id is made from what the event says, so that the same log, imported again or exported anew, makes the same.
"""
