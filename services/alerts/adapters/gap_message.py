"""That nobody is on call for a while, as a message to the last resort."""

from collections.abc import Sequence
from datetime import UTC, datetime
from hashlib import sha256

from pydantic import TypeAdapter

from services.alerts.adapters.telling import as_body
from services.alerts.delivery import FAIL_OVER_AFTER, Delivery
from services.alerts.domain.account import Account, clipped
from services.alerts.domain.alert import State
from services.alerts.domain.gaps import Gap, shown
from services.alerts.domain.rota import Rota

KIND = "rota.gap"
"""No kind of alert: there is nothing to acknowledge."""
_ACCOUNT = TypeAdapter(Account)


def gap_message(
    rota: Rota, stores: Sequence[str], gaps: Sequence[Gap], channel: str, page_url: str, now: datetime
) -> Delivery:
    """A message about gaps, at least one. Its id is made of them: told twice, it is the same."""
    first, *others = [f"{shown(begins, rota)} until {shown(ends, rota)}" for begins, ends in gaps]
    name = sha256("\n".join([rota.name, first, *others]).encode()).hexdigest()[:32]
    more = f" (and {len(others)} times more)" if others else ""
    account = Account(
        alert_id=name,
        store=clipped(", ".join(stores)),
        journey=None,
        line=f"rota/{rota.name}",
        state=State.OPEN,
        grade=None,
        severity="warning",
        reason="gap",
        headline=clipped(f"nobody is on call from {first}{more}"),
        remedy=clipped(
            f"Put somebody into the rota {rota.name}, or its calendar. Until then alerts come to you alone."
        ),
        call=None,
        until=gaps[0][0],
        opened_at=now,
        escalated_at=None,
        closed_at=None,
        cause_at=None,
        late=False,
        why=[clipped(each) for each in others],
        why_phrases=[],
        link=f"{page_url}/",
    )
    due_at = datetime.now(UTC)
    return Delivery(
        delivery_id=f"{name}:1:{channel}",
        alert_id=name,
        step=1,
        channel=channel,
        body=as_body(KIND, now, _ACCOUNT.dump_python(account, mode="json")),
        cause=f"rota\n{rota.name}",
        due_at=due_at,
        pass_on_at=due_at + FAIL_OVER_AFTER,
    )
