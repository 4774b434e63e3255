"""The keys that a running service goes by: the file is read again every second, beside the requests."""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import structlog

from services.keys.file import Unusable, content, keys_in
from services.keys.key import Keys

LOOK_SECONDS = 1.0
LATE_SECONDS = 5.0
"""A disk that has not answered for so long is told of: a key that was revoked may hold until it does."""

log = structlog.get_logger(__name__)


class HeldKeys:
    """The keys of one file as they are now. While it cannot be used, those that it held last."""

    def __init__(self, file: Path) -> None:
        """Raises Unusable when there is nothing to begin with."""
        self._file = file
        self._text = content(file)
        self.now: Keys = keys_in(self._text)
        self._trouble: str | None = None
        self._looked_at = time.monotonic()

    def notes(self) -> Sequence[str]:
        """What somebody should know who runs the service; nothing: the keys are those of the file."""
        trouble = self._trouble
        if trouble is None and (silent := time.monotonic() - self._looked_at) > LATE_SECONDS:
            trouble = f"the disk has not answered for {silent:.0f} s"
        if trouble is None:
            return []
        return [f"the keys file {self._file} is not used, {trouble}; the keys that it held before go on"]

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Keep to the file until the block is left."""
        self._looked_at = time.monotonic()
        watching = asyncio.create_task(self._watch())
        try:
            yield
        finally:
            watching.cancel()
            with suppress(asyncio.CancelledError):
                await watching

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            await self._look()

    async def _look(self) -> None:
        try:
            found = await asyncio.to_thread(self._changed)
        except Unusable as error:
            if self._trouble != str(error):
                log.error("the keys file is not used; the keys that it held before go on", why=str(error))  # noqa: TRY400
            self._trouble = str(error)
        else:
            if self._trouble is not None:
                log.info("the keys file is used again")
            self._trouble = None
            if found is not None:
                self._text, self.now = found
                log.info("the keys were read", keys=len(self.now))
        self._looked_at = time.monotonic()

    def _changed(self) -> tuple[bytes, Keys] | None:
        """What is in the file, and the keys in it, if it is not what was there before. Waits for the disk."""
        # The whole of it, a few kilobytes, and not its time: on some disks two changes have the same.
        text = content(self._file)
        return None if text == self._text else (text, keys_in(text))
