"""Gradient boosting on all columns: what the forecast is measured against."""

from collections.abc import Collection, Mapping
from math import isnan

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier

from services.commands.journeys import Key
from tests.grade_orders.columns import CATEGORIES
from tests.grade_orders.tables import Row

FLAVOURS = {
    "boosting": {},
    "boosting, small and slow": {
        "max_leaf_nodes": 8, "learning_rate": 0.03, "max_iter": 200, "l2_regularization": 1.0
    },
}  # fmt: skip


def boosted(
    flavour: str,
    columns: Mapping[Key, Mapping[str, float]],
    rows: Mapping[str, Row],
    weights: Mapping[str, float],
    *,
    later: Collection[Key],
) -> dict[Key, float]:
    """The risk of the `later` orders, learnt from all the others."""
    apart = set(later)
    first = [key for key in columns if key not in apart]
    # A column of which nothing is known cannot be learnt from.
    names = [name for name in columns[first[0]] if not all(isnan(columns[key][name]) for key in first)]
    model = HistGradientBoostingClassifier(
        random_state=0, categorical_features=[names.index(name) for name in CATEGORIES], **FLAVOURS[flavour]
    )
    weight = np.array([weights[order] for _, order in first])
    model.fit(
        _table(columns, first, names),
        [rows[order].dissatisfied for _, order in first],
        sample_weight=weight / weight.mean(),
    )
    return dict(zip(later, model.predict_proba(_table(columns, later, names))[:, 1], strict=True))


def _table(columns, keys, names):
    return np.array([[columns[key][name] for name in names] for key in keys])
