"""The feedback service: verdicts, mystery visits, recognition and observed conduct."""

from services.touchpoints.shell.service import EXAMPLE_TIME, TouchpointService
from touchline_contracts.feedback import ConductObserved, FeedbackGiven, MysteryVisitReported, RecognitionGiven

SERVICE = TouchpointService(
    name="feedback",
    title="Touchline feedback service",
    description=(
        "Tell what customers, mystery shoppers and colleagues say about a journey.\n\n"
        "A customer's verdict never enters the evaluation of their own journey: forecasts are graded against it. "
        "Say on which scale a score is, whatever the scale. People are not named here; recognition has words for "
        "what was done."
    ),
    examples=(
        FeedbackGiven(score=4, scale_min=1, scale_max=5, asked_at=EXAMPLE_TIME),
        MysteryVisitReported(scores={"greeting": 5, "delivery": 3}, visited_at=EXAMPLE_TIME),
        RecognitionGiven(touchpoint="delivery", note="carried it to the fourth floor"),
        ConductObserved(touchpoint="greeting", aspect="courtesy", score=4, observer="shopper"),
    ),
)
