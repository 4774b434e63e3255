"""What may name a store or a journey, and how it is said that something does not."""

from pydantic import TypeAdapter, ValidationError

from touchline_contracts.fields import JourneyId, StoreId

_STORE: TypeAdapter[str] = TypeAdapter(StoreId)
_JOURNEY: TypeAdapter[str] = TypeAdapter(JourneyId)
EVERY_STORE = "*"


def names_a_store(value: str) -> bool:
    """Whether the contract lets a store be called this."""
    return value != EVERY_STORE and _is(_STORE, value)


def names_a_journey(value: str) -> bool:
    """Whether the contract lets a journey be called this."""
    return _is(_JOURNEY, value)


def blank_or(value: str, otherwise: str) -> str:
    """What is wrong with a cell: that it is blank, or what else."""
    return f"this is {otherwise}" if value else "this is blank"


def _is(kind: TypeAdapter[str], value: str) -> bool:
    try:
        kind.validate_python(value)
    except ValidationError:
        return False
    return True
