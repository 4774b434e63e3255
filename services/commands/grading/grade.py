"""What is said about forecasts and alerts: the grade, as programs read it."""

from pydantic import BaseModel, ConfigDict, Field

from touchline_contracts.fields import Instant


class Part(BaseModel):
    """A part of the grade. None stands where something cannot be said, such as the AUC of customers who all agree."""

    model_config = ConfigDict(frozen=True)


class Bin(Part):
    """Journeys of about the same risk: what was forecast of them, and what came out."""

    journeys: int
    weight: float = Field(description="Its share of all journeys, as they weigh; 0 to 1.")
    lowest: float
    highest: float
    forecast: float = Field(description="The mean risk.")
    observed: float = Field(description="The share that ended dissatisfied.")


class Forecast(Part):
    """How good the risk is."""

    auc: float | None
    average_precision: float | None
    brier: float = Field(description="Mean squared difference between risk and outcome; 0 is perfect.")
    brier_of_base_rate: float = Field(description="The Brier score of telling everybody the base rate.")
    skill: float | None = Field(description="1 - brier / brier_of_base_rate; 0 and below is no better than that.")
    calibration: float = Field(description="Murphy's reliability over the bins: what miscalibration adds to `brier`.")
    resolution: float = Field(description="Murphy's resolution over the bins: what telling them apart takes off it.")
    calibration_error: float = Field(description="Expected calibration error over the bins, 0 to 1.")
    reliability: list[Bin]


class Quartiles(Part):
    """How long: a quarter, half, and three quarters of the cases had at most this. Seconds."""

    journeys: int
    lower: float
    median: float
    upper: float


class Alerts(Part):
    """How good the alerts are: those before the customer's verdict."""

    threshold: float
    alerts: int = Field(description="In all, several of one journey among them.")
    alerted: int = Field(description="Journeys with at least one.")
    share_alerted: float
    found: int = Field(description="Alerted journeys that ended dissatisfied.")
    false_alarms: int = Field(description="Alerted journeys that did not.")
    precision: float | None = Field(description="The share of alerted journeys that ended dissatisfied.")
    recall: float | None = Field(description="The share of dissatisfied journeys that were alerted.")
    false_alarm_rate: float | None = Field(description="The share of satisfied journeys that were alerted.")
    after_the_verdict: int = Field(description="Journeys alerted only when the customer had given the verdict.")
    in_time: float | None = Field(description="Of those found, the share alerted before it was too late to act.")
    lead_to_due: Quartiles | None = Field(description="From the first alert until it was too late, of those in time.")
    lead_to_verdict: Quartiles | None = Field(description="From the first alert to the verdict, of those found.")


class Cause(Part):
    """First alerts of one reason."""

    reason: str
    alerted: int
    found: int
    precision: float


class Group(Part):
    """A store, or a month."""

    name: str
    journeys: int
    dissatisfied: int
    base_rate: float
    mean_risk: float
    auc: float | None
    alerted: int
    precision: float | None
    recall: float | None


class Groups(Part):
    """Stores, or months, with enough journeys; the others are counted only."""

    shown: list[Group]
    left_out: int = Field(description="Groups with too few journeys to be shown.")
    journeys_left_out: int


class Counts(Part):
    """Which journeys the grade is about, and which not."""

    journeys: int
    without_verdict: int
    earlier: int = Field(description="With a verdict, but begun before `since`.")
    without_moment: int = Field(description="Not begun at the moment, or without a promise to take a share of.")
    graded: int
    dissatisfied: int
    judged_before: int = Field(
        description="Of those graded: the verdict came before the last thing that the forecast knew of."
    )
    unweighted: int = Field(description="Of those graded: named in no weights file, so that they weigh 1.")


class Grade(Part):
    """How good forecasts and alerts were, beside what customers said afterwards."""

    concept: str
    concept_version: int
    moment: str = Field(description="The end, a time, or a share of the longest promise.")
    since: Instant | None
    counts: Counts
    base_rate: float = Field(description="The share that ended dissatisfied.")
    forecast: Forecast
    alerts: Alerts
    causes: list[Cause]
    stores: Groups
    months: Groups
