"""The keys file: read whole, changed whole, by one command at a time."""

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import NamedTemporaryFile

from services.keys.document import Broken, read, written
from services.keys.key import Keys


class Unusable(Exception):
    """The keys file cannot be read, or what is in it cannot be used. Its text says why, and holds nothing of it."""


def load(file: Path) -> Keys:
    """The keys in a file. Raises Unusable."""
    return keys_in(content(file))


def content(file: Path) -> bytes:
    """What is in the file. Raises Unusable."""
    try:
        return file.read_bytes()
    except OSError as error:
        raise Unusable(f"it cannot be read ({error.strerror})") from error


def keys_in(text: bytes) -> Keys:
    """The keys in what a file holds. Raises Unusable."""
    try:
        return read(text)
    except Broken as error:
        raise Unusable(f"it is broken: {error}") from error


def change(file: Path, how: Callable[[Keys], Keys]) -> None:
    """Change the keys in a file, which is made if it is not there. Raises Unusable, OSError, and what `how` raises.

    Who reads meanwhile finds the old file or the new one, whole; who changes it meanwhile waits.
    """
    file = file.resolve()  # where it is a link, what it leads to is changed
    with _alone(file.parent):
        keys = load(file) if file.exists() else Keys()
        _replace(file, written(how(keys)))


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Wait for others who change files in the folder. The folder is locked: the file does not stay the same one."""
    locked = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(locked, fcntl.LOCK_EX)
        yield
        os.fsync(locked)  # the name leads to the new file after a power cut, too
    finally:
        os.close(locked)


def _replace(file: Path, text: str) -> None:
    with NamedTemporaryFile("w", dir=file.parent, prefix=f".{file.name}-", encoding="utf-8", delete=False) as new:
        try:
            os.fchmod(new.fileno(), 0o600)
            with suppress(FileNotFoundError):  # it stays with whom it belongs to: the services read it, not root
                old = file.stat()
                if (old.st_uid, old.st_gid) != (os.getuid(), os.getgid()):
                    os.fchown(new.fileno(), old.st_uid, old.st_gid)
            new.write(text)
            new.flush()
            os.fsync(new.fileno())
            Path(new.name).replace(file)
        except BaseException:
            Path(new.name).unlink()
            raise
