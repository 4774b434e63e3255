"""A grade in words and tables, for a terminal of 80 columns."""

from collections.abc import Iterable
from datetime import timedelta

from rich.console import Group as Together
from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from services.commands.grading.grade import Alerts, Grade, Group, Groups, Quartiles
from services.commands.safe_text import on_one_line
from touchline_contracts.words import catalogue

MOST_SHOWN = 10
"""Stores in the text; the JSON has all."""
LONGEST_NAME = 14
"""Characters of a store's name in the text."""
BAR = 20
"""Characters for a share of 1."""


def grade_in_words(grade: Grade) -> RenderableType:
    """What a manager wants to know, and what it rests on."""
    causes: list[RenderableType] = ["", _causes(grade)] if grade.causes else []
    return Together(
        Text(meaning(grade)),
        "",
        Text(_about(grade), style="dim"),
        "",
        _heading("Forecast"),
        _forecast(grade),
        "",
        _reliability(grade),
        "",
        _heading(f"Alerts (above a risk of {_percent(grade.alerts.threshold)})"),
        _alerts(grade),
        *causes,
        "",
        _heading("Over time"),
        _groups(grade.months, "month"),
        "",
        _heading("Stores"),
        _groups(grade.stores, "store"),
    )


def meaning(grade: Grade) -> str:
    """The grade in a few sentences."""
    alerts = grade.alerts
    said = [f"Of 100 customers {_hundredth(grade.base_rate)} ended dissatisfied."]
    if not alerts.alerted:
        said.append("Nobody would have been called for any of them before they said so.")
        return " ".join(said)
    said.append(
        f"You are called for {_hundredth(alerts.share_alerted)} of 100. "
        f"Of 100 calls {_hundredth(alerts.precision)} are about a customer who does end dissatisfied. "
        f"Of 100 who do you are called for {_hundredth(alerts.recall)}{_while_there_is_time(alerts)}."
    )
    said.append(
        f"The risk that is shown and what comes out differ by {100 * grade.forecast.calibration_error:.0f} points."
    )
    return " ".join(said)


def _while_there_is_time(alerts: Alerts) -> str:
    if not alerts.lead_to_due:
        return ", always when it has gone wrong already"
    in_time = (alerts.recall or 0.0) * (alerts.in_time or 0.0)
    return f", for {_hundredth(in_time)} in time: typically {_spoken(alerts.lead_to_due.median)} before it is too late"


def _about(grade: Grade) -> str:
    counts = grade.counts
    left_out = [
        (counts.without_verdict, "without a verdict"),
        (counts.earlier, f"begun before {grade.since:%Y-%m-%d}" if grade.since else ""),
        (counts.without_moment, f"that had not begun or have no promise to take {grade.moment} of"),
    ]
    parts = [
        f"{counts.graded:,} journeys graded as they stood at {grade.moment}, {counts.dissatisfied:,} dissatisfied.",
        f"Concept {grade.concept} version {grade.concept_version}.",
        *(f"{number:,} {why}: left out." for number, why in left_out if number),
    ]
    if counts.judged_before:
        parts.append(f"{counts.judged_before:,} customers gave their verdict before all of that had happened.")
    if counts.unweighted:
        parts.append(f"{counts.unweighted:,} journeys are in no weights file and weigh 1.")
    return " ".join(parts)


def _forecast(grade: Grade) -> Table:
    forecast = grade.forecast
    precision, luck = forecast.average_precision, f"at all thresholds; {_number(grade.base_rate)}: luck"
    parts = f"calibration {_number(forecast.calibration)}, resolution {_number(forecast.resolution)}"
    return _figures(
        ("AUC", _number(forecast.auc), "how often the dissatisfied one of two had the higher risk; .5: luck"),
        ("average precision", _number(precision), luck),
        ("Brier score", _number(forecast.brier), f"mean squared error ({parts})"),
        ("skill", _number(forecast.skill), f"how much better than telling everybody {_percent(grade.base_rate)}"),
        ("calibration error", _number(forecast.calibration_error), "mean gap of risk and outcome in the bins below"),
    )  # fmt: skip


def _reliability(grade: Grade) -> Table:
    table = _table(("risk from", "right"), ("to", "right"), ("journeys", "right"), ("forecast", "right"),
                   ("came out", "right"), ("", "left"))  # fmt: skip
    for each in grade.forecast.reliability:
        table.add_row(
            _percent(each.lowest),
            _percent(each.highest),
            f"{each.journeys:,}",
            _percent(each.forecast),
            _percent(each.observed),
            "█" * round(BAR * each.observed),
        )
    return table


def _alerts(grade: Grade) -> Table:
    alerts = grade.alerts
    share, false = _percent(alerts.share_alerted), _percent(alerts.false_alarm_rate)
    rows = [
        ("alerted", f"{alerts.alerted:,}", f"{share} of journeys; {alerts.alerts:,} alerts in all"),
        ("precision", _percent(alerts.precision), f"{alerts.found:,} of them ended dissatisfied"),
        ("recall", _percent(alerts.recall), f"of the {grade.counts.dissatisfied:,} who ended dissatisfied"),
        ("false alarms", f"{alerts.false_alarms:,}", f"{false} of the satisfied"),
        *_lead(alerts),
    ]
    if alerts.after_the_verdict:
        rows.append(("too late", f"{alerts.after_the_verdict:,}", "more were alerted only after the verdict"))
    return _figures(*rows)


def _lead(alerts: Alerts) -> Iterable[tuple[str, str, str]]:
    if alerts.in_time is not None:
        yield "in time", _percent(alerts.in_time), "of those found: alerted before it was too late to act"
    if alerts.lead_to_due:
        yield "lead time", _spoken(alerts.lead_to_due.median), f"until too late; {_middle(alerts.lead_to_due)}"
    if alerts.lead_to_verdict:
        yield "", _spoken(alerts.lead_to_verdict.median), f"until the verdict; {_middle(alerts.lead_to_verdict)}"


def _causes(grade: Grade) -> Table:
    table = _table(
        ("first alert because", "left"), ("alerted", "right"), ("dissatisfied", "right"), ("precision", "right")
    )
    for cause in grade.causes:
        table.add_row(
            cause.reason.replace("_", " "), f"{cause.alerted:,}", f"{cause.found:,}", _percent(cause.precision)
        )
    return table


def _groups(groups: Groups, name: str) -> RenderableType:
    columns = ("journeys", "came out", "forecast", "AUC", "alerted", "precision", "recall")
    table = _table((name, "left"), *((column, "right") for column in columns))
    shown = groups.shown[:MOST_SHOWN] if name == "store" else groups.shown
    for group in shown:
        table.add_row(*_cells(group))
    parts: list[RenderableType] = [table] if shown else []
    hidden = len(groups.shown) - len(shown)
    if hidden:
        parts.append(Text(f"The {MOST_SHOWN} with the most journeys; {hidden:,} more are in --json.", style="dim"))
    if groups.left_out:
        parts.append(
            Text(
                f"{groups.left_out:,} {name}s with fewer than 5 journeys are not shown "
                f"({groups.journeys_left_out:,} journeys).",
                style="dim",
            )
        )
    return Together(*parts)


def _cells(group: Group) -> tuple[str, ...]:
    name = on_one_line(group.name)
    return (
        name if len(name) <= LONGEST_NAME else name[: LONGEST_NAME - 1] + "…",
        f"{group.journeys:,}",
        _percent(group.base_rate),
        _percent(group.mean_risk),
        _number(group.auc),
        f"{group.alerted:,}",
        _percent(group.precision),
        _percent(group.recall),
    )


def _heading(text: str) -> Text:
    return Text(text, style="bold")


def _table(*columns: tuple[str, str]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim", padding=(0, 2, 0, 0))
    for title, side in columns:
        table.add_column(title, justify="right" if side == "right" else "left", no_wrap=True)
    return table


def _figures(*rows: tuple[str, str, str]) -> Table:
    table = Table(box=None, pad_edge=False, show_header=False, padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True, justify="right")
    table.add_column(style="dim")
    for row in rows:
        table.add_row(*row)
    return table


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}".replace("0.", ".", 1)


def _percent(value: float | None) -> str:
    return "-" if value is None else f"{100 * value:.0f} %"


def _hundredth(share: float | None) -> str:
    return f"{100 * (share or 0.0):.0f}"


def _spoken(seconds: float) -> str:
    return catalogue().span(timedelta(seconds=seconds))


def _middle(times: Quartiles) -> str:
    return f"the middle half {_spoken(times.lower)} to {_spoken(times.upper)}"
