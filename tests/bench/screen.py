"""What is told on the way, on standard error: the table alone goes to standard output."""

import sys
import time

_began = time.monotonic()


def say(what: str) -> None:
    """Tell what is done now."""
    sys.stderr.write(f"\r\033[K{time.monotonic() - _began:5.0f} s  {what}\n")
    sys.stderr.flush()


def show(progress: str) -> None:
    """Show how far it is, until the next thing is told; only to somebody who watches."""
    if sys.stderr.isatty():
        sys.stderr.write(f"\r\033[K         {progress}")
        sys.stderr.flush()
