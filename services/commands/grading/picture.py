"""A grade on one page: calibration, precision and recall over the threshold, lead times, and the AUC over time."""

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from sklearn.metrics import precision_recall_curve

from services.commands.grading.figures import outcomes, risks, weights
from services.commands.grading.grade import Grade
from services.commands.grading.in_words import meaning
from services.commands.grading.judged import Judged, Ungradable

FORMS = ("svg", "png", "pdf")
GOOD, BAD, QUIET, PALE = "#1f6f8b", "#c8553d", "#8a8a8a", "#dddddd"
LANDSCAPE = (11.7, 8.3)
"""A4, in inches."""
LEAST_IN_TWO = 2
"""So many of a unit of time at the median, else a smaller one is drawn."""
UNITS = {"days": timedelta(days=1), "hours": timedelta(hours=1), "minutes": timedelta(minutes=1)}


def form_of(path: Path) -> str:
    """How a picture is written, by the end of its name. Raises Ungradable."""
    form = path.suffix.lower().removeprefix(".")
    if form not in FORMS:
        raise Ungradable(f"--picture must end in .svg, .png or .pdf, got {str(path)!r}")
    return form


def draw(judged: Sequence[Judged], grade: Grade, path: Path) -> None:
    """Draw the grade of these journeys. Raises Ungradable when the file cannot be written."""
    form = form_of(path)
    # The same grade makes the same file: no random names, no date; and text stays text.
    with mpl.rc_context({"svg.hashsalt": "touchline", "svg.fonttype": "none", "font.size": 9}):
        figure = Figure(figsize=LANDSCAPE, layout="constrained")
        (calibration, thresholds), (leads, time) = figure.subplots(2, 2)
        _calibration(calibration, judged, grade)
        _thresholds(thresholds, judged, grade)
        _leads(leads, judged)
        _time(time, grade)
        figure.suptitle(meaning(grade), wrap=True, fontsize=10)
        try:
            figure.savefig(path, format=form, dpi=150, metadata={"Date": None} if form == "svg" else None)
        except OSError as error:
            raise Ungradable(f"{path} cannot be written: {error.strerror}") from error


def _calibration(axes: Axes, judged: Sequence[Judged], grade: Grade) -> None:
    bins = grade.forecast.reliability
    counts = axes.twinx()
    counts.hist(risks(judged), bins=40, color=PALE)
    counts.set(ylabel="journeys (bars)")
    # The line in front of the bars, which may not hide it.
    axes.set_zorder(counts.get_zorder() + 1)
    axes.patch.set_visible(False)
    axes.plot([0, 1], [0, 1], color=QUIET, linewidth=1, linestyle="--")
    axes.plot([each.forecast for each in bins], [each.observed for each in bins], color=GOOD, marker="o")
    axes.set(
        xlim=(0, 1),
        ylim=(0, 1),
        xlabel="risk",
        ylabel="ended dissatisfied",
        title=f"Calibration (error {grade.forecast.calibration_error:.3f})",
    )


def _thresholds(axes: Axes, judged: Sequence[Judged], grade: Grade) -> None:
    axes.set(xlabel="alert above a risk of", ylim=(0, 1), title="Precision and recall of the risk")
    if grade.counts.dissatisfied:
        precision, recall, thresholds = precision_recall_curve(
            outcomes(judged), risks(judged), sample_weight=weights(judged)
        )
        axes.plot(thresholds, precision[:-1], color=GOOD, label="precision")
        axes.plot(thresholds, recall[:-1], color=BAD, label="recall")
    axes.axvline(grade.alerts.threshold, color=QUIET, linestyle="--", label="the concept's threshold")
    axes.legend(frameon=False)


def _leads(axes: Axes, judged: Sequence[Judged]) -> None:
    found = [each for each in judged if each.warned and each.dissatisfied]
    times = [
        (each.weight, each.warned.until - each.warned.at)
        for each in found
        if each.warned and each.warned.until and each.warned.until > each.warned.at
    ]
    unit = _unit([time for _, time in times])
    axes.hist([time / UNITS[unit] for _, time in times], weights=[weight for weight, _ in times], bins=20, color=GOOD)
    axes.set(
        xlabel=f"{unit} from the first alert until it was too late",
        ylabel="journeys, as they weigh",
        title=f"Lead time ({len(times):,} of {len(found):,} found in time)",
    )


def _unit(times: Sequence[timedelta]) -> str:
    median = sorted(times)[len(times) // 2] if times else timedelta()
    return next((name for name, unit in UNITS.items() if median >= LEAST_IN_TWO * unit), "minutes")


def _time(axes: Axes, grade: Grade) -> None:
    months = [(each.name, each.auc, each.journeys) for each in grade.months.shown if each.auc is not None]
    axes.plot([name for name, _, _ in months], [auc for _, auc, _ in months], color=GOOD, marker="o")
    axes.axhline(0.5, color=QUIET, linewidth=1, linestyle="--")
    for name, auc, journeys in months:
        axes.annotate(
            f"{journeys:,}",
            (name, auc),
            textcoords="offset points",
            xytext=(0, 6),
            ha="center",
            color=QUIET,
            fontsize=8,
        )
    axes.tick_params(axis="x", labelrotation=45)
    axes.set(ylim=(0, 1), ylabel="AUC", title="Over time (month in which journeys began, number of journeys)")
