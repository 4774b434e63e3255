"""The formula and the risk, as docs/evaluation.md writes them down."""

from itertools import product
from math import exp, log


def felt_at(row, x, concept):
    """v of a line that comes out at `x`."""
    number = concept["parameters"]
    if row.state == "withdrawn":
        return -number["withdrawn_loss"]
    u = row.polarity * (log(x) if x > 0 else float("-inf"))
    if u >= 0:
        v = min(u, log(number["cap"]))
    else:
        v = -number["loss_floor"] * (1 - exp(number["loss_weight"] * u / number["loss_floor"]))
    if row.state == "kept":
        return max(v, 0)
    if row.state == "broken":
        return min(v, 0) - number["broken_jump"]
    return min(v, 0) if row.kind == "must_be" else v


def _fails(row, concept):
    x = row.heading if row.x is None else row.x
    u = row.polarity * (log(x) if x > 0 else float("-inf"))
    return row.kind == "must_be" and not row.put_right and u < log(concept["adequate"])


def evaluated(felt, concept):
    """What each line contributes; `felt`: (line, v, when it came out)."""
    number = concept["parameters"]
    failed = [(v, row.name) for row, v, _ in felt if _fails(row, concept)]
    parts = {row.name: row.weight * v if v < 0 else 0.0 for row, v, _ in felt}
    g, limit = sum(row.weight * v for row, v, _ in felt if v > 0), log(number["gain_ceiling"])
    for row, v, _ in felt:
        if v > 0 and not failed:
            parts[row.name] += limit * (1 - exp(-g / limit)) * row.weight * v / g
    losses = [(v, row.name, at) for row, v, at in felt if v < 0]
    if losses:
        v, name, _ = min(losses)
        parts[name] += number["worst_weight"] * v
        faded = [
            (v * number["fading"] ** sum(1 for _, good, at in felt if good >= 0 and at > when), name)
            for v, name, when in losses
        ]
        v, name = min(faded)
        parts[name] += number["last_weight"] * v
    if failed:
        parts[min(failed)[1]] += log(number["must_be_factor"])
    return parts


def risk_of(rows, concept, record):
    """The forecast's parts, and the chance that the customer ends dissatisfied."""
    sure = [(row, felt_at(row, row.heading, concept), row.at) for row in rows if row.chance is None]
    sure = [(row._replace(x=row.heading), v, at) for row, v, at in sure]
    open_ones = [row for row in rows if row.chance is not None]

    def ends(row, kept):
        return felt_at(row._replace(state="kept" if kept else "broken"), 1.0 if kept else 0.0, concept)

    expected = [
        (row, row.chance * ends(row, kept=True) + (1 - row.chance) * ends(row, kept=False), row.due)
        for row in open_ones
    ]
    forecast = evaluated([*sure, *expected], concept)
    risk = 0.0
    for outcome in product((True, False), repeat=len(open_ones)):
        probability = 1.0
        ended = []
        for row, kept in zip(open_ones, outcome, strict=True):
            probability *= row.chance if kept else 1 - row.chance
            ended.append((row, ends(row, kept=kept), row.due))
        value = sum(evaluated([*sure, *ended], concept).values())
        risk += probability / (1 + exp(2.3 + record + 3 * value))
    return forecast, risk
