"""Reading a calendar in a process of its own: what others wrote can take neither the service's time nor its memory."""

import asyncio
import pickle
import resource
import sys
from asyncio.subprocess import DEVNULL, PIPE

from services.alerts.adapters.calendar_reading import NoCalendar, Reading, Terms, read_calendar

MOST_SECONDS = 20.0
"""For one calendar; a rule that never comes true, such as every 30th of February, is looked for until the year 9999."""
MOST_MEMORY_BYTES = 384 << 20
"""Of addresses, of which the interpreter takes a fifth: the service shares its container's memory with this."""


async def reading_apart(
    content: bytes,
    terms: Terms,
    *,
    most_seconds: float = MOST_SECONDS,
    most_memory_bytes: int = MOST_MEMORY_BYTES,
) -> Reading:
    """What `read_calendar` returns or raises; NoCalendar also when it takes too long, or too much memory."""
    try:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", __name__), stdin=PIPE, stdout=PIPE, stderr=DEVNULL
        )
    except OSError as error:
        raise NoCalendar(f"it cannot be read, for no process can be started: {error.strerror}") from error
    try:
        async with asyncio.timeout(most_seconds):
            answer, _ = await process.communicate(pickle.dumps((content, terms, most_memory_bytes)))
    except TimeoutError as error:
        raise NoCalendar(
            f"it takes longer than {most_seconds:g} s to read: a rule in it never comes to an end"
        ) from error
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode:
        raise NoCalendar(f"it cannot be read: what reads it ended with {process.returncode}")
    found = pickle.loads(answer)  # noqa: S301  # from ourselves
    if isinstance(found, str):
        raise NoCalendar(found)
    assert isinstance(found, Reading)
    return found


def main() -> None:
    """Read what comes on standard input, and write what was found, or why it is no calendar."""
    content, terms, most_memory_bytes = pickle.load(sys.stdin.buffer)  # noqa: S301  # from ourselves
    resource.setrlimit(resource.RLIMIT_AS, (most_memory_bytes, most_memory_bytes))
    found: Reading | str
    try:
        found = read_calendar(content, terms)
    except NoCalendar as error:
        found = str(error)
    except MemoryError:
        found = f"it takes more than {most_memory_bytes >> 20} MiB of memory to read"
    sys.stdout.buffer.write(pickle.dumps(found))


if __name__ == "__main__":
    main()
