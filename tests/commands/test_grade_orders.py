"""`make grade-orders`: what boosting is given knows nothing of the future, and the whole runs on made-up orders."""

import csv
import json
import sys
from datetime import UTC, datetime, timedelta
from math import log

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.commands.judged_journeys import judged
from tests.grade_orders import __main__ as command
from tests.grade_orders import difference
from tests.grade_orders.ablation import WITHOUT
from tests.grade_orders.boosting import FLAVOURS, boosted
from tests.grade_orders.columns import Columns
from tests.grade_orders.measuring import OURS, RANKINGS
from tests.grade_orders.past import Past, delivery, verdict
from tests.grade_orders.tables import NEVER, Row

DAY = 86_400.0
NOW = 50 * DAY
FACTS = ("approved", "with_carrier", "delivered_at", "given_up", "judged")


def order(number, **facts):
    """An order that was bought ten days ago and is due in ten; nothing else is known of it."""
    plain = {
        "order": f"o{number}", "delivered": True, "purchased": NOW - 10 * DAY, "approved": NEVER,
        "with_carrier": NEVER, "delivered_at": NEVER, "given_up": NEVER, "due": NOW + 10 * DAY, "limit": NOW,
        "items": 1, "sellers": 1, "seller": "s", "price": 10.0, "freight": 2.0, "seller_state": "SP",
        "customer_state": "RJ", "dissatisfied": False, "judged": NEVER,
    }  # fmt: skip
    return Row(**{**plain, **facts})


times = st.one_of(st.floats(NOW - 9 * DAY, NOW + 30 * DAY), st.just(NEVER))
orders = st.lists(
    st.fixed_dictionaries(
        dict.fromkeys(FACTS, times)
        | {
            "dissatisfied": st.booleans(),
            "due": st.floats(NOW - 9 * DAY, NOW + 30 * DAY),
            "seller": st.sampled_from("ab"),
        }
    ),
    min_size=1,
    max_size=6,
).map(lambda drawn: [order(number, **facts) for number, facts in enumerate(drawn)])


def columns_of(rows):
    columns = Columns({row.order: row for row in rows}, {row.order: 2.0 for row in rows})
    return [columns.at(row, datetime.fromtimestamp(NOW, UTC)) for row in rows]


def otherwise(row, later, *, turned):
    """The same order as far as it is known now, with another future."""
    changed = {name: later for name in FACTS if getattr(row, name) > NOW}
    if turned and row.judged > NOW:
        changed["dissatisfied"] = not row.dissatisfied
    return row._replace(**changed)


@given(orders, st.floats(NOW + 1, NOW + 90 * DAY), st.booleans())
def test_boosting_knows_nothing_that_had_not_happened_yet(rows, later, turned):
    known = columns_of(rows)

    changed = columns_of([otherwise(row, later, turned=turned) for row in rows])

    assert repr(changed) == repr(known)  # as text: what is not known is not equal to itself


@given(orders)
def test_boosting_never_sees_what_the_customer_said_of_the_order_itself(rows):
    first, *others = rows

    changed = columns_of([first._replace(dissatisfied=not first.dissatisfied), *others])

    assert changed[0] == pytest.approx(columns_of(rows)[0], nan_ok=True)


def test_a_record_is_the_mean_of_a_beta_posterior_of_what_was_settled_before():
    rows = [order(number, judged=NOW - number, dissatisfied=number == 1) for number in (1, 2, 3)] + [order(4)]
    past = Past(rows, {row.order: 1.0 for row in rows}, lambda row: row.seller, verdict, 30.0)

    value, number = past.of(rows[3], NOW)
    own, others = past.of(rows[0], NOW)

    # One of three; the rate of all is (1 + 1) / (3 + 8), and counts for 30.
    share = (1 + 30 * 2 / 11) / (3 + 30)
    assert (value, number) == (pytest.approx(log(share / (1 - share))), 3)
    # Without its own: none of two; (0 + 1) / (2 + 8).
    share = 30 * 0.1 / (2 + 30)
    assert (own, others) == (pytest.approx(log(share / (1 - share))), 2)


def test_a_delivery_is_known_to_be_late_when_it_was_due():
    late, in_time = order(1, delivered_at=NOW + 11 * DAY), order(2, delivered_at=NOW + 9 * DAY)

    assert delivery(late) == (NOW + 10 * DAY, True)
    assert delivery(in_time) == (NOW + 9 * DAY, False)


@pytest.mark.parametrize("flavour", FLAVOURS)
def test_boosting_learns_nothing_from_the_orders_that_it_is_measured_on(flavour):
    rows = {
        f"o{number}": order(number, price=float(number % 20), dissatisfied=number % 20 < 5) for number in range(100)
    }
    keys = [("s", name) for name in rows]
    later = keys[60:]
    turned = {
        name: row._replace(dissatisfied=not row.dissatisfied) if ("s", name) in later else row
        for name, row in rows.items()
    }
    table = dict(zip(keys, columns_of(list(rows.values())), strict=True))
    weights = dict.fromkeys(rows, 1.0)

    risks = boosted(flavour, table, rows, weights, later=later)

    assert boosted(flavour, table, turned, weights, later=later) == risks
    assert min(risks["s", "o64"], risks["s", "o80"]) > 0.5 > max(risks["s", "o75"], risks["s", "o99"])


def test_a_forecast_that_ranks_as_well_as_another_is_no_better_beyond_chance():
    perfect = [judged(risk=number / 20, bad=number > 12) for number in range(20)]
    turned_round = [each._replace(risk=1 - each.risk) for each in perfect]

    same, other = difference.differences(perfect, perfect), difference.differences(perfect, turned_round)

    assert [(each.metric, each.value, each.low, each.high) for each in same] == [
        ("AUC", 0, 0, 0), ("average precision", 0, 0, 0),
    ]  # fmt: skip
    assert other[0][1:] == pytest.approx((1, 1, 1))


def write(path, rows):
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


@pytest.fixture
def marketplace(tmp_path):
    """A hundred and fifty orders, one a day; every third comes too late, and those customers are dissatisfied."""
    written = "%Y-%m-%d %H:%M:%S"
    tables = {"orders": [], "items": [], "reviews": [], "customers": [], "sellers": []}
    tables["sellers"] = [{"seller_id": f"s{number}", "seller_state": "SP"} for number in range(5)]
    for number in range(150):
        bought = datetime(2017, 3, 1, 10) + timedelta(days=number)  # noqa: DTZ001  # as the tables have it
        late = number % 3 == 0
        came = bought + timedelta(days=25 if late else 8)
        tables["orders"].append({
            "order_id": f"o{number}", "customer_id": f"c{number}", "order_status": "delivered",
            "order_purchase_timestamp": f"{bought:{written}}",
            "order_approved_at": f"{bought + timedelta(hours=1):{written}}",
            "order_delivered_carrier_date": f"{bought + timedelta(days=9 if late else 2):{written}}",
            "order_delivered_customer_date": f"{came:{written}}",
            "order_estimated_delivery_date": f"{bought + timedelta(days=20):{written}}",
        })  # fmt: skip
        tables["items"].append({
            "order_id": f"o{number}", "order_item_id": 1, "seller_id": f"s{number % 5}",
            "shipping_limit_date": f"{bought + timedelta(days=4):{written}}", "price": 10, "freight_value": 2,
        })  # fmt: skip
        tables["reviews"].append({
            "order_id": f"o{number}", "review_score": 1 if late else 5,
            "review_creation_date": f"{came:{written}}",
            "review_answer_timestamp": f"{came + timedelta(days=1):{written}}",
        })  # fmt: skip
        tables["customers"].append({"customer_id": f"c{number}", "customer_state": "RJ"})
    for name, rows in tables.items():
        write(tmp_path / f"{name}.csv", rows)
    return tmp_path


def test_all_forecasts_are_measured_on_the_orders_that_were_bought_last(marketplace, monkeypatch, capsys):
    told = marketplace / "told.json"
    monkeypatch.setattr(difference, "RESAMPLES", 20)
    monkeypatch.setattr(sys, "argv", ["grade_orders", str(marketplace), "--json", str(told)])

    command.main()

    figures = {(each["moment"], each["forecast"]): each for each in json.loads(told.read_text())}
    names = {OURS, *WITHOUT, "not fitted at all", *RANKINGS, *FLAVOURS}
    assert set(figures) == {(moment, name) for moment in ("end", "80 %") for name in names}
    # 45 of 150 are left to measure on, every third of them too late.
    assert {(each["orders"], each["dissatisfied"]) for each in figures.values()} == {(45, 15)}
    for name in (OURS, "everything", *FLAVOURS):
        assert figures["end", name]["auc"] == 1.0
        assert figures["80 %", name]["auc"] == 1.0
    assert figures["end", "everything"]["calibration_error"] < 0.1
    said = capsys.readouterr().out
    assert "Learnt from 105 orders, measured on those bought from 2017-06-14 on" in said
    assert "| end | boosting | 1.000 | 1.000 |" in said
    assert "At 80 %, ours beside boosting: AUC +0.000" in said
