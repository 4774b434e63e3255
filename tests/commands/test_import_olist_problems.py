"""Importing tables with mistakes in them: each is named with its place, and costs no more than what it spoils."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.commands.olist_orders import EXPECTED, ROOT, TABLES, journeys_in, kinds_of, problems_of, run_import


@pytest.fixture
def tables(tmp_path):
    """The tables, to be spoilt."""
    for file in TABLES.glob("*.csv"):
        (tmp_path / file.name).write_bytes(file.read_bytes())
    return tmp_path


def replace(file, old, new):
    text = file.read_text()
    assert text.count(old) == 1
    file.write_text(text.replace(old, new))


def test_what_cannot_be_used_is_named_with_file_line_column_and_value():
    run = run_import(TABLES)

    before = "before the purchase at 2017-06-10 10:00:00; it is left out"
    assert [line.removeprefix("orders.csv, line ") for line in problems_of(run)] == [
        "7, order_approved_at: this is blank, although the order is delivered; nothing is imported for it",
        "10: there are 4 cells, expected 8; the row is left out",
        f"11, order_approved_at: {before} (got '2017-06-10 09:00:00')",
        f"11, order_delivered_customer_date: {before} (got '2017-06-01 10:00:00')",
    ]


@pytest.mark.parametrize(
    ("old", "new", "place", "what"),
    [
        ("d,2017-06-01 10:00:00", "d,", "order_purchase_timestamp",
         "this is blank; neither arrival nor promise is imported"),
        ("2017-06-08 18:30:00", "8/6/2017 18:30", "order_delivered_customer_date",
         "this is not written as a date and time, such as 2017-07-09 21:57:05; it is left out (got '8/6/2017 18:30')"),
        ("2017-06-08 18:30:00", "2017-06-31 18:30:00", "order_delivered_customer_date",
         "this is no date and time: day is out of range for month; it is left out (got '2017-06-31 18:30:00')"),
        ("2017-06-20 00:00:00", "9999-06-20 00:00:00", "order_estimated_delivery_date",
         "this is no date and time: the year must be from 1990 to 2199; it is left out (got '9999-06-20 00:00:00')"),
        ("2017-06-20 00:00:00", "2017-05-20 00:00:00", "order_estimated_delivery_date",
         "before the purchase at 2017-06-01 10:00:00; no promise is imported (got '2017-05-20 00:00:00')"),
        ("plain,customer-1,delivered", "plain,customer-1,lost", "order_status",
         "this is no status that is known; the order counts as under way (got 'lost')"),
        ("plain,customer-1,delivered", "plain,customer-1,canceled", "order_delivered_customer_date",
         "delivered, although the status is 'canceled'; no delivery is imported (got '2017-06-08 18:30:00')"),
        ("2017-06-02 15:00:00", "2017-06-09 15:00:00", "order_delivered_carrier_date",
         "after the delivery to the customer; the hand-over is left out (got '2017-06-09 15:00:00')"),
        ("plain,customer-1", "a plain\x1b[31m order,customer-1", "order_id",
         "this is no name of a journey; the order is left out (got 'a plain\\x1b[31m order')"),
        ("two-sellers,customer-7", "plain,customer-7", "order_id",
         "this order stands on line 2 already; the row is left out (got 'plain')"),
        ("plain,customer-1", 'plain,"customer-1', None,
         "this is not CSV: unexpected end of data; the row is left out"),
    ],
)  # fmt: skip
def test_a_spoilt_cell_is_named_and_the_rest_is_imported(tables, old, new, place, what):
    replace(tables / "orders.csv", old, new)

    run = run_import(tables)

    assert run.exit_code == 0
    line = 8 if new == "plain,customer-7" else 2
    column = f", {place}" if place else ""
    assert f"orders.csv, line {line}{column}: {what}" in problems_of(run)
    assert kinds_of(run, "two-reviews") == [kind for kind, *_ in EXPECTED["seller-b", "two-reviews"]]


@pytest.mark.parametrize(
    ("file", "old", "new", "column", "what"),
    [
        ("items.csv", "2017-06-05 10:20:00", "", "shipping_limit_date", "this is blank; it is left out"),
        ("items.csv", "plain,1,product-1,seller-a", "plain,1,product-1,", "seller_id",
         "this is blank; the seller is not taken from here"),
        ("items.csv", "plain,1,", "plain,first,", "order_item_id",
         "this is no number; the item counts after those that have one (got 'first')"),
        ("items.csv", "2017-06-05 10:20:00", "2017-05-05 10:20:00", "shipping_limit_date",
         "before the purchase at 2017-06-01 10:00:00; it is left out (got '2017-05-05 10:20:00')"),
        ("reviews.csv", "plain,5", "plain,6", "review_score",
         "this is not from 1 to 5; the review is left out (got '6')"),
        ("reviews.csv", "2017-06-10 08:15:00", "", "review_answer_timestamp",
         "this is blank; the review is left out"),
        ("reviews.csv", "2017-06-09 00:00:00", "2017-06-19 00:00:00", "review_creation_date",
         "the survey was sent after it was answered; its sending is left out (got '2017-06-19 00:00:00')"),
        ("reviews.csv", "2017-06-10 08:15:00", "2017-05-10 08:15:00", "review_answer_timestamp",
         "before the purchase at 2017-06-01 10:00:00; the review is left out (got '2017-05-10 08:15:00')"),
    ],
)  # fmt: skip
def test_a_spoilt_item_or_review_is_named_and_its_order_imported(tables, file, old, new, column, what):
    replace(tables / file, old, new)

    run = run_import(tables)

    assert run.exit_code == 0
    assert f"{file}, line 2, {column}: {what}" in problems_of(run)
    assert "delivery.completed" in kinds_of(run, "plain")


def test_of_a_hand_over_after_the_delivery_the_delivery_is_believed(tables):
    replace(tables / "orders.csv", "2017-06-02 15:00:00", "2017-06-09 15:00:00")

    kinds = kinds_of(run_import(tables), "plain")

    assert "handoff.accepted" not in kinds
    assert "delivery.completed" in kinds


def test_what_was_delivered_and_then_canceled_breaks_its_promise_when_it_was_delivered(tables):
    replace(tables / "orders.csv", "plain,customer-1,delivered", "plain,customer-1,canceled")

    told = journeys_in(run_import(tables))["seller-a", "plain"]

    assert [at for kind, at, _ in told if kind == "promise.broken"] == ["2017-06-08T18:30:00-03:00"]
    assert "delivery.completed" not in [kind for kind, *_ in told]


def test_a_quotation_mark_that_nobody_closes_costs_one_row_alone(tables):
    # Read on, the two would make one row, in which the first order has the moments of the third.
    replace(tables / "orders.csv", "plain,customer-1", 'plain,"customer-1')
    replace(tables / "orders.csv", "canceled,customer-3", 'canceled,customer-3"')

    run = run_import(tables)

    assert [order for _, order in journeys_in(run)] == [order for _, order in EXPECTED if order != "plain"]
    assert problems_of(run)[0] == "orders.csv, line 2: this is not CSV: unexpected end of data; the row is left out"


def test_bytes_that_are_not_utf_8_harm_their_own_cell_alone(tables):
    path = tables / "orders.csv"
    path.write_bytes(path.read_bytes().replace(b"customer-1,", b"caf\xe9,").replace(b"late,", b"l\xe4te,"))

    run = run_import(tables)

    what = "this is no name of a journey; the order is left out (got 'l\\udce4te')"
    assert f"orders.csv, line 3, order_id: {what}" in problems_of(run)
    assert kinds_of(run, "plain") == [kind for kind, *_ in EXPECTED["seller-a", "plain"]]


def test_items_and_reviews_of_other_orders_are_counted_and_left_out(tables):
    (tables / "orders.csv").write_text("".join((tables / "orders.csv").read_text().splitlines(keepends=True)[:2]))

    run = run_import(tables)

    assert [order for _, order in journeys_in(run)] == ["plain"]
    assert "8 items and 8 reviews belong to no order in orders.csv" in run.stderr


@pytest.mark.parametrize("file", ["orders.csv", "items.csv", "reviews.csv"])
def test_without_a_file_nothing_is_imported_and_the_file_is_named(tables, file):
    (tables / file).unlink()

    run = run_import(tables)

    assert (run.exit_code, run.stdout) == (2, "")
    assert run.stderr.startswith(f"Nothing is imported: {tables / file} is missing")


@pytest.mark.parametrize(
    ("file", "column"),
    [("orders.csv", "order_status"), ("items.csv", "seller_id"), ("reviews.csv", "review_score")],
)
def test_without_a_column_nothing_is_imported_and_the_column_is_named(tables, file, column):
    replace(tables / file, column, "something")

    run = run_import(tables)

    assert (run.exit_code, run.stdout) == (2, "")
    assert f"{tables / file}, line 1: the column {column} is missing" in run.stderr


def test_an_empty_file_is_no_table(tables):
    (tables / "items.csv").write_text("")

    run = run_import(tables)

    assert run.exit_code == 2
    assert "the column order_id is missing; the columns are: none at all" in run.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_output_that_cannot_be_written_is_told_without_a_traceback():
    code = "import typer; from services.commands.import_olist import import_olist; typer.run(import_olist)"
    with Path("/dev/full").open("wb") as full:
        command = [sys.executable, "-c", code, str(TABLES)]
        run = subprocess.run(command, cwd=ROOT, stdout=full, stderr=subprocess.PIPE, text=True, check=False)

    assert run.returncode == 1
    assert run.stderr.splitlines()[-1] == "The events cannot be written: No space left on device."
