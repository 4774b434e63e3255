"""The machine that was measured on, in words."""

import os
import platform
import sqlite3
from pathlib import Path

GIBIBYTE = 1 << 30


def machine() -> dict[str, str]:
    """What bears on speed, by name."""
    processor = next(
        (
            line.partition(":")[2].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if line.startswith("model name")
        ),
        platform.machine(),
    )
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / GIBIBYTE
    return {
        "processor": f"{len(os.sched_getaffinity(0))} cores of {processor}",
        "memory": f"{memory:.0f} GiB",
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        "load at the start": f"{os.getloadavg()[0]:.2f}",
    }
