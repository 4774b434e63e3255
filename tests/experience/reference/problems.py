"""Problems, and what their recovery lifts, by the plain reading of what happened."""

from datetime import timedelta

from tests.experience.reference.rows import HOUR, Row

SEVERITIES = {"minor": 0.95, "major": 0.6, "critical": 0.3, "beyond critical": 0.15}


def lifted_by_recovery(row, of, concept):
    """A line whose touchpoint had a problem that was put right afterwards."""
    reports = {each.data["problem_id"]: each for each in of.get("problem.reported", [])}
    for each in of.get("problem.resolved", []):
        report = reports.get(each.data["problem_id"])
        at_its_place = report is not None and row.name.startswith("conduct/") and report.data["touchpoint"] == "desk"
        if at_its_place and each.data["outcome"] != "refused" and row.at <= each.at:
            x = row.x if row.polarity > 0 else 1 / row.x
            x = _recovered(x, each, report, concept)
            x = x if row.polarity > 0 else 1 / x
            row = row._replace(x=x, heading=x, put_right=True)
    return row


def problem_rows(part, concept, now):
    """A line for each problem."""
    rows, recovered_at = [], {}
    stories = {}
    for each in part:
        if each.kind.startswith("problem."):
            stories.setdefault(each.data["problem_id"], []).append(each)
    for name, story in stories.items():
        report = next((each for each in story if each.kind == "problem.reported"), None)
        if report is None:
            continue
        place = report.data["touchpoint"]
        again = place in recovered_at and recovered_at[place] <= report.at
        owned = any(each.kind == "problem.owned" for each in story)
        resolved = [each for each in story if each.kind == "problem.resolved"]
        refused = bool(resolved) and resolved[-1].data["outcome"] == "refused"
        severities = list(SEVERITIES)
        x = SEVERITIES[severities[severities.index(report.data["severity"]) + (again or refused)]]
        if resolved:
            lifted = x if refused else _recovered(x, resolved[-1], report, concept)
            at = resolved[-1].at if refused or lifted >= 1 else report.at
            rows.append(Row(f"problem/{name}", lifted, at, heading=lifted))
            if not refused:
                recovered_at[place] = max(resolved[-1].at, recovered_at.get(place, resolved[-1].at))
            continue
        due = report.at + (24 * HOUR if owned else HOUR / 6)
        heading = x
        if now < due:
            # Whoever owns it may put it right now; nobody can before somebody owns it.
            after = (now if owned else due) - report.at
            heading = _lift(x, 1.0 * 0.5 ** (after / (24 * HOUR)), concept)
        rows.append(Row(f"problem/{name}", x, report.at, heading=heading, settled=False))
    return rows


def _recovered(x, resolved, report, concept):
    worth = {"restored": 1.0, "compensated": 0.7}[resolved.data["outcome"]]
    took = max(resolved.at - report.at, timedelta())
    return _lift(x, worth * 0.5 ** (took / (24 * HOUR)), concept)


def _lift(x, share, concept):
    """A share of the loss taken away, of the way (in logarithms) to the most that recovery can lift to."""
    cap = concept["parameters"]["recovery_cap"]
    if x >= cap:
        return x
    return cap * (x / cap) ** (1 - share)
