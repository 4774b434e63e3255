"""The alert service as a process that dies at a chosen place of a delivery: `python -m tests.faults.failing PLACE`.

Everything is imported once; then each line on standard input is a place, and a child is forked that dies there, at its
first delivery. What it was about to do is told on standard output: `PLACE DELIVERY`. A place `none` never dies.
"""

import os
import signal
import sys

from services.alerts.__main__ import main as serve
from services.alerts.adapters.webhook import WebhookChannel
from services.alerts.delivery import Attempt, Delivery
from services.alerts.entrypoints import delivering

PLACES = ("before sending", "after sending, before recording", "after recording")


def die_at(place: str) -> None:
    """Have this process die at a place of its first delivery."""
    delivering.AT_ONCE = 1  # so that it is known what was under way
    send, go_on = WebhookChannel.send, delivering.Delivering._go_on  # noqa: SLF001  # there is no way in from outside

    async def sending(channel: WebhookChannel, delivery: Delivery) -> Attempt:
        if place == PLACES[0]:
            _die(place, delivery)
        attempt = await send(channel, delivery)
        if place == PLACES[1]:
            _die(place, delivery)
        return attempt

    async def recording(self: delivering.Delivering) -> float:
        tried = [each.message.delivery for each in self._tried.values()]
        seconds = await go_on(self)
        if place == PLACES[2] and tried:
            _die(place, tried[0])
        return seconds

    WebhookChannel.send = sending  # type: ignore[method-assign]
    delivering.Delivering._go_on = recording  # type: ignore[method-assign]  # noqa: SLF001


def _die(place: str, delivery: Delivery) -> None:
    os.write(1, f"{place}: {delivery.delivery_id}\n".encode())
    os.kill(os.getpid(), signal.SIGKILL)


def main() -> None:
    """Fork a child for each line, one after the other."""
    log = sys.argv[1]
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            die_at(line.strip())
            with open(log, "ab") as file:  # noqa: PTH123  # just a descriptor
                os.dup2(file.fileno(), 2)
            serve()
            os._exit(0)
        os.waitpid(child, 0)
        os.write(1, b"ended\n")


if __name__ == "__main__":
    main()
