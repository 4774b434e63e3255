"""Promises, by the plain reading of what happened: kept, broken, taken back, or open with a chance."""

from datetime import timedelta
from math import exp, log

from tests.experience.reference.rows import Row, seconds


def promise_rows(part, concept, now, evidence):
    """A line for each promise. `evidence`: what the track record says of a subject at an instant."""
    rows, stories = [], {}
    for each in part:
        if "promise_id" in each.data:
            stories.setdefault(each.data["promise_id"], []).append(each)
    for name, story in stories.items():
        made = next((each for each in story if each.kind == "promise.made"), None)
        if made is not None:
            rows.append(_promise(name, made, story, concept, now, evidence))
    return rows


def _promise(name, made, story, concept, now, evidence):
    due = made.data["due"]
    for each in story:
        if each.kind == "promise.rescheduled" and each.data["customer_agreed"] and each.at <= due:
            due = each.data["due"]
    last = {each.kind: each.at for each in story}
    kept_at = next((each.at for each in story if each.kind == "promise.kept"), None)
    withdrawn_at, given_up_at = last.get("promise.withdrawn"), last.get("promise.broken")
    agreed = [each.at for each in story if each.kind == "promise.rescheduled" and each.data["customer_agreed"]]
    if given_up_at is not None and agreed and agreed[-1] >= given_up_at:
        given_up_at = None
    row = Row(f"promise/{name}", None, None, due=due, weight=concept["promises"]["goods"]["weight"])
    withdrawn = withdrawn_at is not None and withdrawn_at <= due
    if kept_at is not None and (kept_at <= due or not withdrawn):
        x = seconds(due - made.at) / seconds(kept_at - made.at)
        return row._replace(x=x, heading=x, at=kept_at, state="kept" if kept_at <= due else "broken")
    if withdrawn:
        return row._replace(x=1.0, at=withdrawn_at, state="withdrawn")
    if given_up_at is not None or now >= due:
        return row._replace(x=0.0, heading=0.0, at=min(given_up_at or due, due), state="broken")
    said = [
        "confirmed" if each.kind == "promise.confirmed" else "declined"
        for each in story
        if each.kind in ("promise.confirmed", "promise.declined")
        or (each.kind == "promise.rescheduled" and not each.data["customer_agreed"] and each.data["due"] > due)
    ]
    used = min((now - made.at).total_seconds() / seconds(due - made.at), 1.0)
    odds = log(9) + concept["outlook"]["store_record"] * evidence("promise", now)
    odds += concept["outlook"]["span_used"] * used**2
    if said and said[-1] == "confirmed":
        odds += 2.0
    elif not said and now >= made.at + 0.25 * max(due - made.at, timedelta()):
        odds -= 2.2
    chance = 0.05 if said and said[-1] == "declined" else 1 / (1 + exp(-odds))
    return row._replace(at=due, state="open", chance=chance, settled=False)
