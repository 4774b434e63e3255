"""The promises service: a promise is made, confirmed or declined by who must carry it out, and ends."""

from services.touchpoints.shell.service import EXAMPLE_TIME, TouchpointService
from touchline_contracts.concepts import ConceptAcknowledged
from touchline_contracts.promises import (
    PromiseBroken,
    PromiseConfirmed,
    PromiseDeclined,
    PromiseKept,
    PromiseMade,
    PromiseRescheduled,
    PromiseWithdrawn,
)

SERVICE = TouchpointService(
    name="promises",
    title="Touchline promises service",
    description=(
        "Tell what a customer was promised and by when, whether the unit that must carry it out has confirmed it, "
        "and what became of it.\n\n"
        "Choose a `promise_id` when the promise is made, and repeat it in everything that is told about it. Tell "
        "it when it is made, not when it is due: a promise that nobody confirms is noticed while there is still "
        "time. Past its due time a promise counts as broken without another word.\n\n"
        "Units tell here as well that they have read a new version of the service concept."
    ),
    examples=(
        PromiseMade(
            promise_id="goods-1",
            what="goods_from_second_warehouse",
            due=EXAMPLE_TIME.replace(hour=16),
            fulfilled_by="second_warehouse",
            made_by="sales",
            confirm_by=EXAMPLE_TIME.replace(hour=14, minute=30),
        ),
        PromiseConfirmed(promise_id="goods-1", by_unit="second_warehouse"),
        PromiseDeclined(promise_id="goods-1", by_unit="second_warehouse", reason="out of stock"),
        PromiseKept(promise_id="goods-1"),
        PromiseBroken(promise_id="goods-1", reason="the van broke down"),
        PromiseWithdrawn(promise_id="goods-1", reason="the customer takes the one on display"),
        PromiseRescheduled(promise_id="goods-1", due=EXAMPLE_TIME.replace(hour=17), customer_agreed=True),
        ConceptAcknowledged(concept="hardware-shop", version=3, unit="second_warehouse"),
    ),
)
