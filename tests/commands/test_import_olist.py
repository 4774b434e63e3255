"""Importing a marketplace's orders: which events come of which rows, and what is counted.

What the real tables hold beyond the shape of the made-up ones is not shown here.
"""

import shutil
from datetime import UTC, datetime

from services.experience.adapters.concept_file import read_concept
from services.experience.domain.assessment import assess
from services.experience.domain.happening import in_order
from services.experience.entrypoints.translation import happening_from
from tests.commands.olist_orders import EXPECTED, MARKETPLACE, TABLES, journeys_in, run_import
from touchline_contracts import parse_event


def test_every_order_becomes_the_events_that_happened_to_it():
    run = run_import(TABLES)

    assert run.exit_code == 0
    assert journeys_in(run) == EXPECTED


def test_orders_keep_the_order_of_the_file_and_events_that_of_time():
    journeys = journeys_in(run_import(TABLES))

    assert list(journeys) == list(EXPECTED)
    for told in journeys.values():
        times = [datetime.fromisoformat(at) for _, at, _ in told]
        assert times == sorted(times)


def test_every_line_is_an_event_of_the_contract_and_marked_as_history():
    events = [parse_event(line) for line in run_import(TABLES).stdout.splitlines()]

    assert len(events) == sum(map(len, EXPECTED.values())) == 57
    assert all(event.replay and event.source == "/olist/orders" for event in events)
    assert len({event.id for event in events}) == len(events)
    assert all(event.id.startswith(f"{event.subject}:{event.kind.name}") for event in events)
    assert len({event.identity for event in events}) == len(events)


def test_the_same_tables_make_the_same_bytes():
    assert run_import(TABLES).stdout_bytes == run_import(TABLES).stdout_bytes


def test_the_last_line_counts_what_was_imported():
    last = run_import(TABLES).stderr.splitlines()[-1]

    assert last.startswith("9 orders, 57 events, 3 rows with problems, in ")
    assert "Orders with several sellers: 1; their store is the seller of the first item." in last
    assert "Orders without a seller: 1; their store is the marketplace." in last


def test_promises_are_evaluated_as_the_orders_ended():
    concept = read_concept(MARKETPLACE.read_text(), name=MARKETPLACE.name)
    told = {}
    for line in run_import(TABLES).stdout.splitlines():
        event = parse_event(line)
        told.setdefault(event.subject, []).append(happening_from(event))

    standing = {
        order: assess(in_order(happenings), [], concept, now=datetime(2018, 1, 1, tzinfo=UTC))
        for order, happenings in told.items()
    }

    states = {
        order: next(line.state for line in assessment.lines if line.id == "promise/delivery")
        for order, assessment in standing.items()
    }
    assert {order for order, state in states.items() if state == "kept"} == {
        "plain", "not-approved", "two-sellers", "two-reviews"
    }  # fmt: skip
    assert {order for order, state in states.items() if state == "broken"} == {
        "late", "canceled", "unavailable", "under-way", "impossible"
    }  # fmt: skip
    for order, state in states.items():
        kv = standing[order].evaluation.kv
        assert kv >= 1 if state == "kept" else kv < concept.adequate


def test_the_carrier_is_told_apart_by_its_way_where_the_folder_says_who_lives_where(tmp_path):
    for table in TABLES.iterdir():
        shutil.copy(table, tmp_path)
    customers = "customer-1,RJ\ncustomer-3,?\n"
    (tmp_path / "customers.csv").write_text("customer_id,customer_state\n" + customers)
    (tmp_path / "sellers.csv").write_text("seller_id,seller_state\nseller-a,SP\n")

    run = run_import(tmp_path)

    told = [parse_event(line) for line in run.stdout.splitlines()]
    units = {event.subject: event.data.to_unit for event in told if event.kind.name == "handoff.offered"}
    assert units["plain"] == "carrier SP-RJ"
    assert units["canceled"] == "carrier"
    assert "customers.csv, line 3, customer_state: this is no state, such as SP" in run.stderr
