"""Logistic regression whose coefficients may not contradict what they stand for."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from services.commands.fitting.samples import Example


def fit(
    examples: Sequence[Example], signs: Mapping[str, int], without: Collection[str], *, intercept: bool
) -> dict[str, float]:
    """The log-odds of each feature; "" is the intercept.

    `signs`: features whose log-odds must be at least 0 (1) or at most 0 (-1); one that is not is left out, the worst
    first, and comes out as 0, as those in `without` do. Raises ValueError when all outcomes are the same.
    """
    names = sorted({name for example in examples for name in example.features})
    used = [name for name in names if name not in without]
    while True:
        found = _fitted(examples, used, intercept=intercept)
        wrong = [name for name in used if found[name] * signs.get(name, 0) < 0]
        if not wrong:
            return {**dict.fromkeys(names, 0.0), **found}
        used.remove(max(wrong, key=lambda name: abs(found[name])))


def _fitted(examples: Sequence[Example], names: Sequence[str], *, intercept: bool) -> dict[str, float]:
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415  # takes a second: only for who fits

    if len({example.outcome for example in examples}) < 2:  # noqa: PLR2004  # one way, or the other
        raise ValueError(f"all {len(examples)} examples came out the same way: there is nothing to learn from them")
    rows = [[example.features.get(name, 0.0) for name in names] for example in examples]
    total = sum(example.weight for example in examples)
    weights = [example.weight * len(examples) / total for example in examples]
    # A little shrinkage: a number that few examples bear on stays small.
    model: Any = LogisticRegression(C=10.0, fit_intercept=intercept, max_iter=1000)
    model.fit(rows, [example.outcome for example in examples], sample_weight=weights)
    found = {name: float(value) for name, value in zip(names, model.coef_[0], strict=True)}
    return {**found, "": float(model.intercept_[0])} if intercept else found
