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
from services.alerts.domain.phrase import phrase
from services.alerts.domain.rota import Rota

KIND = "rota.gap"
"""No kind of alert: there is nothing to acknowledge."""
REMEDY = "Put somebody into the rota or its calendar; until then alerts come to you alone."
MOST_LINES = 20
"""Of more gaps than this the first are enough to begin with."""
_ACCOUNT = TypeAdapter(Account)


def gap_message(
    rota: Rota, stores: Sequence[str], gaps: Sequence[Gap], channel: str, page_url: str, now: datetime
) -> Delivery:
    """A message about gaps, at least one. Its id is made of them: told twice, it is the same."""
    spans = [f"{begins.isoformat()}/{ends.isoformat()}" for begins, ends in gaps]
    name = sha256("\n".join([rota.name, *spans]).encode()).hexdigest()[:32]
    begins, ends = gaps[0]
    others = gaps[1 : 1 + MOST_LINES]
    account = Account(
        alert_id=name,
        store=clipped(", ".join(stores)),
        journey=None,
        line=f"rota/{rota.name}/{begins.isoformat()}",
        state=State.OPEN,
        grade=None,
        severity="warning",
        reason="gap",
        headline=f"nobody is on call from {shown(begins, rota)} until {shown(ends, rota)}",
        phrase=phrase("rota.gap", begins=_local(begins, rota), ends=_local(ends, rota)),
        remedy=REMEDY,
        call=None,
        until=begins,
        opened_at=now,
        escalated_at=None,
        closed_at=None,
        cause_at=None,
        late=False,
        why=[f"from {shown(begins, rota)} until {shown(ends, rota)}" for begins, ends in others],
        why_phrases=[
            phrase("rota.another_gap", begins=_local(begins, rota), ends=_local(ends, rota)) for begins, ends in others
        ],
        link=f"{page_url}/",
    )
    due_at = datetime.now(UTC)
    return Delivery(
        delivery_id=f"{name}:1:{channel}",
        alert_id=name,
        step=1,
        channel=channel,
        body=as_body(KIND, now, _ACCOUNT.dump_python(account, mode="json")),
        cause=f"rota\n{name}",
        due_at=due_at,
        pass_on_at=due_at + FAIL_OVER_AFTER,
    )


def _local(at: datetime, rota: Rota) -> str:
    return at.astimezone(rota.zone).isoformat()
