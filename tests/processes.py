"""Processes that a test starts, and that never outlive it."""

import shutil


def ends_with_us() -> list[str]:
    """What goes before a command, so that its process dies with the one that has started it, however that one ends."""
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig", "KILL", "--"] if setpriv else []
