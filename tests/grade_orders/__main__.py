"""Measures the forecast beside gradient boosting on a marketplace's orders: `make grade-orders ORDERS=FOLDER`.

Split in time: what learns, learns from the orders bought first, and everything is measured on the others. The concept
itself must have been fitted on the same first orders (`touchline concept fit --first-share`).
"""

import argparse
import json
import sys
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from services.commands.concept_reading import read_file
from services.commands.grading.figures import forecast_figures
from services.commands.grading.judged import Judged
from services.commands.grading.selecting import after_share
from services.commands.journeys import Journeys
from services.commands.olist.importing import Counts, open_folder
from services.experience.entrypoints.translation import happening_from
from tests.grade_orders.ablation import fitted, not_fitted
from tests.grade_orders.boosting import FLAVOURS
from tests.grade_orders.difference import differences
from tests.grade_orders.measuring import OURS, RANKINGS, forecasts
from tests.grade_orders.tables import read_orders

CONCEPT = Path(__file__).parents[2] / "deploy" / "concepts" / "marketplace.yaml"
DELIVERED = 18.7
"""How many orders a delivered one stands for: the sample has about 5 % of them, and all of the others."""
MOMENTS = {"end": None, "80 %": 0.8}


@dataclass(frozen=True, kw_only=True)
class Figure:
    """How good one forecast is at one moment."""

    moment: str
    forecast: str
    orders: int
    dissatisfied: int
    auc: float | None
    average_precision: float | None
    brier: float | None
    calibration_error: float | None


def main() -> None:
    """Read, measure, print."""
    told = _arguments()
    say(f"reading {told.orders}")
    rows = read_orders(told.orders)
    weights = {row.order: DELIVERED if row.delivered else 1.0 for row in rows.values()}
    concept = read_file(told.concept).concept
    happenings = [
        happening_from(event) for order in open_folder(told.orders).events(Counts(), lambda _: None) for event in order
    ]
    journeys = Journeys(happenings, concept, until=max(datetime.now(UTC), *(each.at for each in happenings)))
    since = after_share([own[0].at for own in journeys.happenings.values()], told.share)
    say(f"fitting to the orders bought before {since:%Y-%m-%d}")
    first = [key for key, own in journeys.happenings.items() if own[0].at < since]
    concepts = {**fitted(journeys, first, weights), "not fitted at all": not_fitted(concept)}
    figures: list[Figure] = []
    compared: list[str] = []
    for moment, share in MOMENTS.items():
        say(f"forecasting at {moment}")
        by_name = forecasts(journeys, concepts, rows, weights, share=share, since=since)
        figures += [_figure(moment, name, judged) for name, judged in by_name.items()]
        for flavour in FLAVOURS:
            better = ", ".join(map(str, differences(by_name[OURS], by_name[flavour])))
            compared.append(f"At {moment}, ours beside {flavour}: {better}.")
    sys.stdout.write(
        f"Concept {concept.name} version {concept.version}. Learnt from {len(first):,} orders, "
        f"measured on those bought from {since:%Y-%m-%d} on; a delivered order weighs {DELIVERED}.\n\n"
        f"{table(figures)}\n\n"
        + "\n".join([*compared, "In brackets: where nine of ten resamples of the orders have it."])
        + "\n"
    )
    told.json.parent.mkdir(parents=True, exist_ok=True)
    told.json.write_text(json.dumps([asdict(each) for each in figures], indent=2) + "\n", encoding="utf-8")


def _figure(moment: str, forecast: str, judged: list[Judged]) -> Figure:
    graded = forecast_figures(judged)
    ranks_only = forecast in RANKINGS
    return Figure(
        moment=moment,
        forecast=forecast,
        orders=len(judged),
        dissatisfied=sum(one.dissatisfied for one in judged),
        auc=graded.auc,
        average_precision=graded.average_precision,
        brier=None if ranks_only else graded.brier,
        calibration_error=None if ranks_only else graded.calibration_error,
    )


def table(figures: Iterable[Figure]) -> str:
    """The figures in Markdown."""
    lines = ["| at | forecast | AUC | average precision | calibration error | Brier |", "|---|---|---|---|---|---|"]
    for each in figures:
        numbers = (each.auc, each.average_precision, each.calibration_error, each.brier)
        cells = ["" if number is None else f"{number:.3f}" for number in numbers]
        lines.append(f"| {' | '.join([each.moment, each.forecast, *cells])} |")
    return "\n".join(lines)


def say(what: str) -> None:
    """Tell on stderr what is done now."""
    sys.stderr.write(what + " ...\n")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.grade_orders", description=__doc__)
    parser.add_argument("orders", type=Path, help="a folder with {orders,items,reviews,sellers,customers}.csv")
    parser.add_argument("--concept", type=Path, default=CONCEPT, help="(%(default)s)")
    parser.add_argument("--share", type=float, default=0.7, help="learnt from: those bought first (%(default)s)")
    parser.add_argument("--json", type=Path, default=Path("build/grade-orders.json"), help="where to (%(default)s)")
    return parser.parse_args()


if __name__ == "__main__":
    main()
