"""Moments without duration: conduct, deliveries, recognition, and the surroundings that a journey passes through."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from services.experience.domain.concept import ANY, Importance, ServiceConcept
from services.experience.domain.happening import Happening, escaped
from services.experience.domain.ledger import Line, done, rated
from services.experience.domain.phrase import Phrase, phrase

SEEN_FOR = timedelta(days=30)
"""What was seen of the surroundings longer than this before a journey says nothing about it any more."""
OF_THE_SURROUNDINGS = ("cleanliness.checked", "cleanliness.repaired", "defect.noticed", "defect.repaired")


def moment_lines(happenings: Iterable[Happening], concept: ServiceConcept) -> list[Line]:
    """A line for each act of conduct, delivery and recognition. They are told apart by what the sender called them."""
    lines = []
    for happening in happenings:
        if happening.kind == "conduct.observed":
            place, aspect = happening.data["touchpoint"], happening.data["aspect"]
            standard = (
                concept.conduct.get(f"{place}.{aspect}") or concept.conduct.get(aspect) or concept.conduct.get(ANY)
            )
            if standard is not None:
                standard = standard._replace(touchpoint=place)
                name, score = f"conduct/{aspect}/{happening.label}", happening.data["score"]
                trust = concept.trust_in(happening.get("observer"))
                lines.append(rated(name, standard, score, happening.at, trust=trust))
        elif happening.kind == "delivery.completed":
            condition = happening.data["condition"]
            ratio = concept.conditions.get(condition, 1.0)
            told = phrase(f"outcome.{condition}")
            lines.append(done(f"delivery/{happening.label}", concept.delivery, ratio, happening.at, told=told))
            if happening.get("tidy") is not None:
                ratio = 1.0 if happening.get("tidy") else concept.tidiness.missed
                told = phrase("outcome.tidy" if happening.get("tidy") else "outcome.untidy")
                lines.append(done(f"tidiness/{happening.label}", concept.tidiness, ratio, happening.at, told=told))
        elif happening.kind == "recognition.given":
            standard = concept.recognition._replace(touchpoint=happening.data["touchpoint"])
            lines.append(
                done(
                    f"recognition/{happening.label}",
                    standard,
                    concept.beyond,
                    happening.at,
                    told=phrase("outcome.beyond"),
                )
            )
    return _latest_must_be_counts(lines)


def surrounding_lines(
    observations: Iterable[Happening], concept: ServiceConcept, *, began_at: datetime, ended_at: datetime
) -> list[Line]:
    """A line for the worst state of each area, and for each defect, that the journey met from its begin to its end."""
    earliest = began_at - SEEN_FOR
    areas: dict[tuple[str, str], list[tuple[datetime, float | None]]] = {}
    defects: dict[str, list[tuple[Happening, datetime | None]]] = {}
    for happening in observations:
        if happening.at < earliest:
            continue
        if happening.kind == "cleanliness.checked":
            place = (happening.data["area"], happening.get("location") or "")
            areas.setdefault(place, []).append((happening.at, happening.data["score"]))
        elif happening.kind == "cleanliness.repaired":
            for (area, _), states in areas.items():
                if area == happening.data["area"]:
                    states.append((happening.at, None))  # put in order: nothing is known to be wrong
        elif happening.kind in ("defect.noticed", "defect.repaired"):
            # The same lamp may flicker again after its repair.
            times = defects.setdefault(happening.data["defect_id"], [])
            is_open = bool(times) and times[-1][1] is None
            if happening.kind == "defect.noticed" and not is_open:
                times.append((happening, None))
            elif happening.kind == "defect.repaired" and is_open:
                times[-1] = (times[-1][0], happening.at)
    return [
        *_area_lines(areas, concept, began_at, ended_at),
        *_defect_lines(defects, concept, began_at, ended_at),
    ]


def _area_lines(
    areas: dict[tuple[str, str], list[tuple[datetime, float | None]]],
    concept: ServiceConcept,
    began_at: datetime,
    ended_at: datetime,
) -> list[Line]:
    lines = []
    for (area, location), states in areas.items():
        standard = concept.cleanliness.get(area) or concept.cleanliness.get(ANY)
        if standard is None:
            continue
        met: list[tuple[float, datetime]] = []
        for position, (at, score) in enumerate(states):
            until = states[position + 1][0] if position + 1 < len(states) else None
            if score is not None and at <= ended_at and (until is None or until > began_at):
                met.append((score, max(at, began_at)))
        if met:
            score, at = min(met)
            standard = standard._replace(touchpoint=area)
            if area not in concept.cleanliness:
                standard = standard._replace(label=phrase("expected.clean", area=area))
            lines.append(
                rated(
                    f"cleanliness/{escaped(area)}" + (f"/{escaped(location)}" if location else ""),
                    standard,
                    score,
                    at,
                    trust=concept.trust_in("cleanliness"),
                )
            )
    return lines


def _defect_lines(
    defects: dict[str, list[tuple[Happening, datetime | None]]],
    concept: ServiceConcept,
    began_at: datetime,
    ended_at: datetime,
) -> list[Line]:
    lines = []
    for defect_id, times in defects.items():
        met = [
            (noticed.data["severity"], noticed)
            for noticed, repaired_at in times
            if noticed.at <= ended_at and (repaired_at is None or repaired_at > began_at)
        ]
        if met:
            severity, noticed = min(met, key=lambda each: each[0])  # a major one comes before a minor one
            minor = concept.defects.missed
            ratio = minor if severity == "minor" else minor**3
            told = phrase(f"outcome.{severity}_defect", area=noticed.data["area"])
            lines.append(done(f"defect/{defect_id}", concept.defects, ratio, max(noticed.at, began_at), told=told))
    return lines


def _latest_must_be_counts(lines: list[Line]) -> list[Line]:
    """A failed must-be is put right by a later moment of the same kind that is as it should be."""
    fine_at: dict[str | Phrase, datetime] = {}
    for line in lines:
        if line.standard.kind is Importance.MUST_BE and line.ratio is not None and line.at is not None:
            better = line.ratio >= 1 if line.standard.polarity > 0 else line.ratio <= 1
            if better:
                fine_at[line.standard.label] = max(line.at, fine_at.get(line.standard.label, line.at))
    return [
        line._replace(put_right=True)
        if line.at is not None and line.at < fine_at.get(line.standard.label, line.at)
        else line
        for line in lines
    ]
