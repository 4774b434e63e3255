"""What the experience service tells itself: something store-wide has changed, look at this open journey again."""

from touchline_contracts.fields import Fields, Identifier


class SurroundingsChanged(Fields):
    """A store-wide observation or a newly published concept bears on this journey. Internal; changes no ledger by itself."""

    because: Identifier
