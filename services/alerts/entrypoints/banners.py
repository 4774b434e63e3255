"""What stands above the pages: what keeps them from being believed, and where alerts do not arrive."""

from collections.abc import Iterable, Sequence
from typing import Any

from services.alerts.entrypoints.delivering import Delivering
from services.alerts.entrypoints.rendering_pages import Banner
from services.chassis.durable import Durable


async def banners(
    durable: Durable[Any, Any], delivering: Iterable[Delivering], calendar_troubles: Iterable[str]
) -> Sequence[Banner]:
    """All that has to be said now, the worst first."""
    found = []
    if durable.connection.trouble:
        found.append(Banner(sentences=[("cut_off", {})], serious=True, incomplete=True))
    elif not durable.consumer.is_assigned:
        found.append(Banner(sentences=[("catching_up", {})], serious=False, incomplete=True))
    found += [Banner(sentences=[("calendar_unread", {"trouble": each})], serious=False) for each in calendar_troubles]
    delivering = list(delivering)
    if not delivering:
        found.append(Banner(sentences=[("no_channel", {})], serious=False))
    return [*found, *[await _not_reached(each, each.trouble) for each in delivering if each.trouble]]


async def _not_reached(delivering: Delivering, trouble: str) -> Banner:
    sentences: list[tuple[str, dict[str, Any]]] = [
        ("not_reached", {"where": delivering.channel.where, "trouble": trouble})
    ]
    waiting = await delivering.waiting()
    if waiting:
        sentences.append(("waiting", {"waiting": waiting}))
    if delivering.following is not None:
        sentences.append(("also_to", {"where": delivering.following.channel.where}))
    return Banner(sentences=sentences, serious=True)
