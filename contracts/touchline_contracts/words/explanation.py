"""A journey's evaluation in sentences that a manager can argue with: how it stands, why, what would have saved it."""

from math import exp, floor

from touchline_contracts.evaluations import JourneyEvaluated, LedgerLine
from touchline_contracts.words.catalogue import Catalogue

AS_EXPECTED = 0.005
"""A KV this close to 1 is as expected; a line that changes less than this share of it is not worth a word."""
MOST_HURTING = 3
"""Lines that are named as having hurt; the ledger has them all."""
DECIMALS = 3


def explanation(journey: JourneyEvaluated, words: Catalogue) -> list[str]:
    """Its paragraphs, in the language of `words`: how it stands, why, what would bring it back to 1, and the risk."""
    parts = [_standing(journey, words), _causes(journey, words), _restoring(journey, words), _risk(journey, words)]
    return [" ".join(sentences) for sentences in parts if sentences]


def verdict(kv: float, adequate: float) -> str:
    """What a KV means for the customer: a code that the catalogue has a word for."""
    if kv < adequate / 2:
        return "far_below_adequate"
    if kv < adequate:
        return "below_adequate"
    if abs(kv - 1) <= AS_EXPECTED:
        return "as_expected"
    return "better_than_expected" if kv > 1 else "a_little_short"


def expected_of(line: LedgerLine, words: Catalogue) -> str:
    """What was expected, and of a promise who said so."""
    expected = words.said(line.expectation.phrase, line.expectation.text)
    if not line.line.startswith("promise/"):
        return expected
    return words.words("ledger.promised", expected=expected, said_by=line.expectation.said_by)


def outcome_of(line: LedgerLine, words: Catalogue) -> str:
    """What came of it so far."""
    if line.outcome is None:
        return words.words(f"state.{line.state}")
    return words.said(line.outcome.phrase, line.outcome.text)


def rounded_parts(journey: JourneyEvaluated) -> dict[str, float]:
    """What each line contributes to ln KV, rounded so that the parts still add up to it: by largest remainder."""
    scale = 10**DECIMALS
    parts = {line.line: line.contribution * scale for line in journey.lines}
    rounded = {name: floor(part) for name, part in parts.items()}
    missing = round(sum(parts.values())) - sum(rounded.values())
    for name in sorted(parts, key=lambda name: rounded[name] - parts[name])[:missing]:
        rounded[name] += 1
    return {name: part / scale for name, part in rounded.items()}


def _standing(journey: JourneyEvaluated, words: Catalogue) -> list[str]:
    said = verdict(journey.kv, journey.adequate)
    if journey.ratio is None:
        sentences = [words.words("explain.kv", kv=journey.kv, verdict=said)]
    else:
        sentences = [words.words("explain.kv_and_ratio", kv=journey.kv, ratio=journey.ratio, verdict=said)]
    if journey.journey_state == "open":
        said = verdict(journey.forecast, journey.adequate)
        sentences.append(words.words("explain.forecast", forecast=journey.forecast, verdict=said))
    return sentences


def _causes(journey: JourneyEvaluated, words: Catalogue) -> list[str]:
    """The lines that hurt most, and the one that helped most, each with its share."""
    by_part = sorted(journey.lines, key=lambda line: (line.contribution, line.line))
    hurting = [line for line in by_part if line.contribution < -AS_EXPECTED][:MOST_HURTING]
    helping = [line for line in by_part[-1:] if line.contribution > AS_EXPECTED]
    parts = rounded_parts(journey)
    sentences = []
    for line in [*hurting, *helping]:
        code = (
            "explain.helped" if line in helping else "explain.hurt_most" if line is hurting[0] else "explain.hurt_too"
        )
        sentences.append(
            words.words(
                code,
                expected=expected_of(line, words),
                outcome=outcome_of(line, words),
                share=abs(1 - exp(line.contribution)),
                part=parts[line.line],
                whole=sum(parts.values()),
            )
        )
    return sentences


def _restoring(journey: JourneyEvaluated, words: Catalogue) -> list[str]:
    """The smallest change that would bring the journey back to 1."""
    if journey.kv >= 1 - AS_EXPECTED:
        return []
    if not journey.to_restore:
        return [words.words("explain.beyond_restoring")]
    lines = {line.line: line for line in journey.lines}
    named = [lines[name] for name in journey.to_restore if name in lines]
    expected = "; ".join(expected_of(line, words) for line in named)
    return [words.words("explain.restore", lines=len(named), expected=expected)]


def _risk(journey: JourneyEvaluated, words: Catalogue) -> list[str]:
    """The risk against the threshold, and the two costs that this is made of."""
    if journey.journey_state == "closed":
        return [words.words("explain.risk_closed", risk=journey.risk)]
    code = "explain.risk_above" if journey.risk > journey.threshold else "explain.risk_below"
    sentences = [words.words(code, risk=journey.risk, threshold=journey.threshold)]
    costs = journey.threshold_costs
    if costs is not None:
        sentences.append(
            words.words(
                "explain.costs",
                intervention=costs.intervention,
                bad_outcome=costs.bad_outcome,
                effectiveness=costs.effectiveness,
                share=costs.effectiveness,
                threshold=journey.threshold,
            )
        )
    return sentences
