"""The recovery service: a problem is reported, owned and resolved."""

from services.touchpoints.shell.service import TouchpointService
from touchline_contracts.recovery import Cost, ProblemOwned, ProblemReported, ProblemResolved

SERVICE = TouchpointService(
    name="recovery",
    title="Touchline recovery service",
    description=(
        "Tell what went wrong for a customer, which unit has taken it as its own, and how it was put right.\n\n"
        "Senders are complaint desks, return counters, service software. Choose a `problem_id` when it is "
        "reported, and repeat it. Tell at once: a problem that nobody owns is noticed by itself, and one that is "
        "put right lifts the journey again."
    ),
    examples=(
        ProblemReported(
            problem_id="problem-1",
            touchpoint="delivery",
            kind="complaint",
            severity="major",
            cost=Cost.model_validate({"amount": 25, "currency": "EUR", "class": "external_failure"}),
        ),
        ProblemOwned(problem_id="problem-1", by_unit="service_desk"),
        ProblemResolved(problem_id="problem-1", outcome="compensated"),
    ),
)
