"""A journey's evaluation in words, for a terminal: the ledger as a table, and what it comes to."""

from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from services.experience.domain.assessment import Assessment
from services.experience.domain.attention import Attention
from services.experience.domain.ledger import Line, text_of_expectation, text_of_outcome

AS_EXPECTED = 0.005
"""A KV this close to 1 is as expected."""


def journey_in_words(
    store: str, journey: str, assessment: Assessment, attention: Sequence[Attention]
) -> RenderableType:
    """The ledger of one journey, what it comes to, and what somebody should do now."""
    parts: list[RenderableType] = [_ledger(store, journey, assessment), _summary(assessment)]
    for each in attention:
        call = f" Call: {each.call}." if each.call else ""
        until = f" Until {each.until:%Y-%m-%d %H:%M:%S %Z}." if each.until else ""
        parts.append(Text(f"  ! {each.headline}. {each.remedy}{call}{until}", style="bold red"))
    return Group(*parts, Text(""))


def kv_in_words(kv: float, adequate: float) -> str:
    """What a KV means for the customer."""
    if kv < adequate / 2:
        return "far below adequate"
    if kv < adequate:
        return "below adequate"
    if abs(kv - 1) <= AS_EXPECTED:
        return "as expected"
    return "better than expected" if kv > 1 else "a little short, inside the zone of tolerance"


def _ledger(store: str, journey: str, assessment: Assessment) -> Table:
    state = "closed" if assessment.closed else "open"
    concept = assessment.concept
    as_of = assessment.as_of.strftime("%Y-%m-%d %H:%M:%S %Z")
    table = Table(
        title=f"{store} / {journey} · {state} · {concept.name} {concept.version} · as of {as_of}",
        title_justify="left",
        title_style="bold",
    )
    table.add_column("expected", ratio=3)
    table.add_column("what came of it", ratio=3)
    table.add_column("KP/KL", justify="right")
    table.add_column("of ln KV", justify="right")
    for line in assessment.lines:
        table.add_row(*_row(line, assessment))
    if not assessment.lines:
        table.add_row("nothing that the concept knows", "", "", "")
    return table


def _row(line: Line, assessment: Assessment) -> tuple[Text, ...]:
    share = assessment.evaluation.contributions.get(line.id)
    style = "" if share is None or abs(share) <= AS_EXPECTED else "red" if share < 0 else "green"
    promised_by = f" (said by {line.said_by})" if line.is_promise else ""
    return (
        Text(text_of_expectation(line) + promised_by),
        Text(text_of_outcome(line)),
        Text("" if line.ratio is None else f"{line.ratio:.2f}"),
        Text("" if share is None else f"{share:+.3f}", style=style),
    )


def _summary(assessment: Assessment) -> Text:
    kv, forecast, adequate = assessment.evaluation.kv, assessment.forecast.kv, assessment.concept.adequate
    ratio = "" if assessment.ratio is None else f" (bare KP/KL {assessment.ratio:.2f})"
    text = f"KV {kv:.3f}{ratio}: {kv_in_words(kv, adequate)}."
    if not assessment.closed:
        text += f" Heading for {forecast:.3f}: {kv_in_words(forecast, adequate)}."
    return Text(f"{text} Risk that the customer ends dissatisfied: {assessment.risk:.0%}.")
