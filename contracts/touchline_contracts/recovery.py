"""What the recovery service tells: a problem is reported, owned and resolved."""

from typing import Annotated, Literal

from pydantic import Field

from touchline_contracts.fields import Fields, Identifier, Name, Severity


class Cost(Fields):
    """What a problem cost, in the classes of the cost of quality (Feigenbaum 1956)."""

    amount: Annotated[float, Field(ge=0)]
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$", description="ISO 4217.", examples=["EUR"])]
    cost_class: Annotated[
        Literal["prevention", "appraisal", "internal_failure", "external_failure"], Field(alias="class")
    ]


class ProblemReported(Fields):
    """Something went wrong for the customer."""

    problem_id: Identifier
    touchpoint: Name
    kind: Literal["complaint", "return", "defect", "other"]
    severity: Severity
    cost: Cost | None = None


class ProblemOwned(Fields):
    """A unit took the problem as its own."""

    problem_id: Identifier
    by_unit: Name


class ProblemResolved(Fields):
    """The problem was put right, or was refused."""

    problem_id: Identifier
    outcome: Literal["restored", "compensated", "refused"]
    cost: Cost | None = None
