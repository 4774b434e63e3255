"""A message through Apprise, which knows the chat and telephone services. It blocks, and takes long to import."""

import logging
import re
from dataclasses import dataclass

from apprise import Apprise, AppriseAsset, AppriseResultStatus, NotifyFormat, NotifyType, PersistentStoreMode

_STATUS = re.compile(r"\berror=(\d{3})\b")
"""In what Apprise logs of an answer; the rest may quote addresses."""
_LOG = logging.getLogger("apprise")


@dataclass(frozen=True, slots=True)
class Notified:
    """What came of a message."""

    somebody: bool
    """Whether a service took it. An address may name several."""
    why: str = ""
    """What is wrong, in words, without addresses or secrets."""


def notify(url: str, title: str, body: str, kind: str) -> Notified:
    """Send a message to the services that an address of Apprise's names. `kind`: info, success, warning or failure."""
    # Its log may hold what a service must not be known by: it is read here, and goes nowhere else.
    _LOG.propagate = False
    _LOG.setLevel(logging.WARNING)
    # Our deliveries are tried again by themselves, limited by whoever waits for us, and leave nothing on disk.
    asset = AppriseAsset(
        service_timeout=0, storage_mode=PersistentStoreMode.MEMORY, async_mode=False, http_redirects=False
    )
    services = Apprise(asset=asset)
    if not services.add(url):
        return Notified(somebody=False, why="Apprise knows no service by such an address")
    result = services.notify(body=body, title=title, notify_type=NotifyType(kind), body_format=NotifyFormat.TEXT)
    if result.status is AppriseResultStatus.SUCCESS:
        return Notified(somebody=True)
    codes = sorted({code for entry in result.logs() for code in _STATUS.findall(entry.message)})
    why = f"{result.failed_count} of {len(result)} services do not take it" if len(result) > 1 else "it is not taken"
    return Notified(
        somebody=result.status is AppriseResultStatus.PARTIAL, why=why + (f" ({', '.join(codes)})" if codes else "")
    )
