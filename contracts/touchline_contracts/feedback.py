"""What the feedback service tells: verdicts, mystery visits, recognition and observed conduct."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from touchline_contracts.fields import Fields, Instant, Name, Rating, Text


class FeedbackGiven(Fields):
    """The customer's own verdict: the truth that forecasts are graded against. Not part of its journey's evaluation."""

    score: Annotated[float, Field(description="From scale_min (worst) to scale_max (best).")]
    scale_min: float
    scale_max: float
    asked_at: Instant | None = None

    @model_validator(mode="after")
    def _score_on_its_scale(self) -> "FeedbackGiven":
        if not self.scale_min < self.scale_max:
            raise ValueError(f"scale_min must be below scale_max, got {self.scale_min:g} and {self.scale_max:g}")
        if not self.scale_min <= self.score <= self.scale_max:
            raise ValueError(f"score must be from {self.scale_min:g} to {self.scale_max:g}, got {self.score:g}")
        return self


class MysteryVisitReported(Fields):
    """A mystery shopper's report on a journey that has ended."""

    scores: Annotated[dict[Name, Rating], Field(min_length=1, description="A rating per touchpoint.")]
    visited_at: Instant


class RecognitionGiven(Fields):
    """Somebody did more than was expected."""

    touchpoint: Name
    note: Text | None = None


class ConductObserved(Fields):
    """How the customer was treated at a touchpoint."""

    touchpoint: Name
    aspect: Literal["courtesy", "competence", "ownership", "interest"]
    score: Rating
    observer: Literal["customer", "shopper", "colleague", "sensor"]
