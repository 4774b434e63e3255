"""What the experience service tells itself: something store-wide has changed, look at this open journey again."""

from touchline_contracts.fields import Fields, Identifier


class SurroundingsChanged(Fields):
    """Something store-wide, or a new service concept, bears on this journey. Internal: it changes no ledger itself."""

    because: Identifier
