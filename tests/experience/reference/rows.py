"""The lines of a ledger, by the plain reading of what happened: greeting, conduct, and the surroundings."""

from datetime import timedelta
from typing import NamedTuple

HOUR = timedelta(hours=1)
SECONDS = {"2m": 120.0, "30m": 1_800.0}
"""The waits that a concept may name here."""


class Row(NamedTuple):
    """A line of the ledger. `x` is what is certain so far, `heading` what it is expected to be in the end."""

    name: str
    x: float | None
    at: object
    heading: float = 1.0
    kind: str = "performance"
    polarity: int = 1
    weight: float = 0.3
    state: str = ""
    """Of a promise."""
    due: object = None
    chance: float | None = None
    settled: bool = True
    put_right: bool = False


def greeting_rows(of, concept, now, left_at):
    """The wait for a greeting. `of`: what happened, by its kind."""
    if "greeting" not in concept or "customer.arrived" not in of:
        return []
    arrived_at, within = of["customer.arrived"][0].at, SECONDS[concept["greeting"]["within"]]
    greeted = [each.at for each in of.get("customer.greeted", []) if each.at >= arrived_at - timedelta(minutes=1)]
    if greeted:
        x = within / seconds(greeted[0] - arrived_at)
        return [Row("greeting", x, greeted[0], heading=x)]
    if left_at is not None:
        return [Row("greeting", 0.0, left_at, heading=0.0)]
    waited = seconds(min(now - arrived_at, 24 * HOUR))
    late = min(now, arrived_at + 24 * HOUR) > arrived_at + timedelta(seconds=within)
    so_far = within / waited if late else None
    return [Row("greeting", so_far, now, heading=so_far or 1.0, settled=False)]


def conduct_rows(of, concept):
    """A line for each act of conduct."""
    rows = []
    for each in of.get("conduct.observed", []):
        aspect = concept["conduct"][each.data["aspect"]]
        alike = [other for other in of["conduct.observed"] if other.data["aspect"] == each.data["aspect"]]
        later_fine = any(other.at > each.at and other.data["score"] >= aspect["expected"] for other in alike)
        name = f"conduct/{each.data['aspect']}/{each.number}@/till"
        x = each.data["score"] / aspect["expected"]
        right = later_fine and aspect["kind"] == "must_be"
        rows.append(Row(name, x, each.at, heading=x, kind=aspect["kind"], polarity=aspect["polarity"], put_right=right))
    return rows


def area_rows(seen, concept, began_at, ended_at):
    """The worst state of the toilet that was met. `seen`: what was seen in the store, in order."""
    if "cleanliness" not in concept:
        return []
    seen = [each for each in seen if began_at - timedelta(days=30) <= each.at <= ended_at]
    met = []
    for number, each in enumerate(seen):
        until = seen[number + 1].at if number + 1 < len(seen) else None
        if each.kind == "cleanliness.checked" and (until is None or until > began_at):
            met.append((each.data["score"], max(each.at, began_at)))
    if not met:
        return []
    score, at = min(met)
    x = score / concept["cleanliness"]["toilet"]["expected"]
    return [Row("cleanliness/toilet", x, at, heading=x)]


def seconds(span):
    """A span in seconds, at least one."""
    return max(span.total_seconds(), 1.0)
