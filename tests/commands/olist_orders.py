"""Made-up tables of orders, in the shape of the real ones, and the events that each order stands for.

The events were worked out by hand: São Paulo is three hours behind UTC in winter (June), and was two behind it in
summer (November to February), when its clocks were changed.
"""

import json
from pathlib import Path

import typer
from click.testing import Result
from typer.testing import CliRunner

from services.commands.import_olist import import_olist

ROOT = Path(__file__).parents[2]
TABLES = Path(__file__).parent / "olist"
MARKETPLACE = ROOT / "deploy" / "concepts" / "marketplace.yaml"

PROMISE = {
    "promise_id": "delivery", "what": "delivery", "fulfilled_by": "seller", "made_by": "marketplace"
}  # fmt: skip
CONFIRMED = {"promise_id": "delivery", "by_unit": "seller"}
HANDOFF = {
    "handoff_id": "carrier", "from_unit": "seller", "to_unit": "carrier", "customer_visible": False, "about": "delivery"
}  # fmt: skip
DELIVERED = {"promise_id": "delivery", "condition": "as_ordered"}
WEB = {"channel": "web"}


def made(due):
    return {**PROMISE, "due": due}


def offered(due):
    return {**HANDOFF, "due": due}


def scored(score, asked_at):
    return {"score": score, "scale_min": 1.0, "scale_max": 5.0, "asked_at": asked_at}


EXPECTED = {
    ("seller-a", "plain"): [
        ("customer.arrived", "2017-06-01T10:00:00-03:00", WEB),
        ("promise.made", "2017-06-01T10:00:00-03:00", made("2017-06-20T23:59:59-03:00")),
        ("promise.confirmed", "2017-06-01T10:20:00-03:00", CONFIRMED),
        ("handoff.offered", "2017-06-01T10:20:00-03:00", offered("2017-06-05T10:20:00-03:00")),
        ("handoff.accepted", "2017-06-02T15:00:00-03:00", {"handoff_id": "carrier"}),
        ("delivery.completed", "2017-06-08T18:30:00-03:00", DELIVERED),
        ("feedback.given", "2017-06-10T08:15:00-03:00", scored(5.0, "2017-06-09T00:00:00-03:00")),
    ],
    # In summer; reviewed before it came, because the promised day had passed.
    ("seller-b", "late"): [
        ("customer.arrived", "2017-11-20T09:00:00-02:00", WEB),
        ("promise.made", "2017-11-20T09:00:00-02:00", made("2017-12-10T23:59:59-02:00")),
        ("promise.confirmed", "2017-11-20T09:15:00-02:00", CONFIRMED),
        ("handoff.offered", "2017-11-20T09:15:00-02:00", offered("2017-11-24T09:15:00-02:00")),
        ("handoff.accepted", "2017-12-01T11:00:00-02:00", {"handoff_id": "carrier"}),
        ("feedback.given", "2017-12-12T20:00:00-02:00", scored(1.0, "2017-12-11T00:00:00-02:00")),
        ("delivery.completed", "2017-12-20T12:00:00-02:00", DELIVERED),
    ],
    # The last that is known of it is its approval.
    ("seller-a", "canceled"): [
        ("customer.arrived", "2017-06-03T08:00:00-03:00", WEB),
        ("promise.made", "2017-06-03T08:00:00-03:00", made("2017-06-25T23:59:59-03:00")),
        ("promise.confirmed", "2017-06-03T08:05:00-03:00", CONFIRMED),
        ("handoff.offered", "2017-06-03T08:05:00-03:00", offered("2017-06-08T08:05:00-03:00")),
        (
            "promise.broken",
            "2017-06-03T08:05:00-03:00",
            {"promise_id": "delivery", "reason": "the order was canceled"},
        ),
        ("feedback.given", "2017-06-27T23:30:00-03:00", scored(2.0, "2017-06-27T00:00:00-03:00")),
    ],
    # No item, so no seller, and nothing to hand over.
    ("marketplace", "unavailable"): [
        ("customer.arrived", "2017-06-04T08:00:00-03:00", WEB),
        ("promise.made", "2017-06-04T08:00:00-03:00", made("2017-06-30T23:59:59-03:00")),
        ("promise.confirmed", "2017-06-05T08:00:00-03:00", CONFIRMED),
        (
            "promise.broken",
            "2017-06-05T08:00:00-03:00",
            {"promise_id": "delivery", "reason": "the goods were unavailable"},
        ),
        ("feedback.given", "2017-07-03T09:00:00-03:00", scored(1.0, "2017-07-02T00:00:00-03:00")),
    ],
    ("seller-b", "under-way"): [
        ("customer.arrived", "2017-06-05T12:00:00-03:00", WEB),
        ("promise.made", "2017-06-05T12:00:00-03:00", made("2017-06-28T23:59:59-03:00")),
        ("promise.confirmed", "2017-06-05T12:10:00-03:00", CONFIRMED),
        ("handoff.offered", "2017-06-05T12:10:00-03:00", offered("2017-06-09T12:10:00-03:00")),
        ("handoff.accepted", "2017-06-07T09:00:00-03:00", {"handoff_id": "carrier"}),
    ],
    # Offered at the purchase, since no approval is known.
    ("seller-a", "not-approved"): [
        ("customer.arrived", "2017-06-06T07:00:00-03:00", WEB),
        ("promise.made", "2017-06-06T07:00:00-03:00", made("2017-06-22T23:59:59-03:00")),
        ("handoff.offered", "2017-06-06T07:00:00-03:00", offered("2017-06-10T07:00:00-03:00")),
        ("handoff.accepted", "2017-06-07T10:00:00-03:00", {"handoff_id": "carrier"}),
        ("delivery.completed", "2017-06-12T16:45:00-03:00", DELIVERED),
        ("feedback.given", "2017-06-13T12:00:00-03:00", scored(4.0, "2017-06-13T00:00:00-03:00")),
    ],
    # Item 1 is seller-c's, though it stands below item 2; each has its own limit. Delivered on the last day.
    ("seller-c", "two-sellers"): [
        ("customer.arrived", "2017-06-07T20:00:00-03:00", WEB),
        ("promise.made", "2017-06-07T20:00:00-03:00", made("2017-06-15T23:59:59-03:00")),
        ("promise.confirmed", "2017-06-07T20:30:00-03:00", CONFIRMED),
        ("handoff.offered", "2017-06-07T20:30:00-03:00", offered("2017-06-12T20:30:00-03:00")),
        (
            "handoff.offered",
            "2017-06-07T20:30:00-03:00",
            {**offered("2017-06-14T20:30:00-03:00"), "handoff_id": "carrier-2"},
        ),
        ("handoff.accepted", "2017-06-09T14:00:00-03:00", {"handoff_id": "carrier"}),
        ("handoff.accepted", "2017-06-09T14:00:00-03:00", {"handoff_id": "carrier-2"}),
        ("delivery.completed", "2017-06-15T13:00:00-03:00", DELIVERED),
        ("feedback.given", "2017-06-17T10:00:00-03:00", scored(3.0, "2017-06-16T00:00:00-03:00")),
    ],
    # The review that was answered first, though it stands below the other.
    ("seller-b", "two-reviews"): [
        ("customer.arrived", "2017-06-08T21:00:00-03:00", WEB),
        ("promise.made", "2017-06-08T21:00:00-03:00", made("2017-06-29T23:59:59-03:00")),
        ("promise.confirmed", "2017-06-08T21:05:00-03:00", CONFIRMED),
        ("handoff.offered", "2017-06-08T21:05:00-03:00", offered("2017-06-13T21:05:00-03:00")),
        ("handoff.accepted", "2017-06-09T17:00:00-03:00", {"handoff_id": "carrier"}),
        ("delivery.completed", "2017-06-13T11:00:00-03:00", DELIVERED),
        ("feedback.given", "2017-06-15T19:00:00-03:00", scored(4.0, "2017-06-14T00:00:00-03:00")),
    ],
    # Approved and delivered before it was bought: neither is believed.
    ("seller-a", "impossible"): [
        ("customer.arrived", "2017-06-10T10:00:00-03:00", WEB),
        ("promise.made", "2017-06-10T10:00:00-03:00", made("2017-06-24T23:59:59-03:00")),
        ("handoff.offered", "2017-06-10T10:00:00-03:00", offered("2017-06-15T09:00:00-03:00")),
        ("handoff.accepted", "2017-06-11T10:00:00-03:00", {"handoff_id": "carrier"}),
        ("feedback.given", "2017-06-26T10:00:00-03:00", scored(3.0, "2017-06-25T00:00:00-03:00")),
    ],
}


def run_import(folder: Path) -> Result:
    """Run the command on a folder."""
    app = typer.Typer()
    app.command()(import_olist)
    return CliRunner().invoke(app, [str(folder)])


def problems_of(run: Result) -> list[str]:
    """The lines on stderr between the first and the last."""
    return run.stderr.splitlines()[1:-1]


def journeys_in(run: Result) -> dict[tuple[str, str], list[tuple[str, str, object]]]:
    """Kind, time and data of each event that was imported, by store and journey."""
    journeys: dict[tuple[str, str], list[tuple[str, str, object]]] = {}
    for line in run.stdout.splitlines():
        event = json.loads(line)
        kind = event["type"].removeprefix("touchline.").removesuffix(".v1")
        journeys.setdefault((event["store"], event["subject"]), []).append((kind, event["time"], event["data"]))
    return journeys


def kinds_of(run: Result, order: str) -> list[str]:
    """The kinds of the events of one order."""
    return [kind for (_, subject), told in journeys_in(run).items() if subject == order for kind, *_ in told]
