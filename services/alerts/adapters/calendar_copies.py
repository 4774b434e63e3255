"""What calendars said last: kept for as long as they cannot be read, also over a restart."""

import hashlib
from pathlib import Path


class Copies:
    """The last good copy of each calendar, in memory and, given a folder, on disk. The folder may be emptied."""

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder
        self._kept: dict[str, bytes] = {}
        self._to_write: set[str] = set()

    def keep(self, source: str, content: bytes) -> None:
        """Keep it instead of the last one. Raises OSError as long as the disk does not take it; memory has it."""
        if self._kept.get(source) != content:
            self._kept[source] = content
            self._to_write.add(source)
        if self._folder is not None and source in self._to_write:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            file = self._file(self._folder, source)
            new = file.with_suffix(".new")
            new.write_bytes(content)
            new.replace(file)
            self._to_write.discard(source)

    def of(self, source: str) -> bytes | None:
        """The last good copy; None when there is none."""
        if source not in self._kept and self._folder is not None:
            try:
                self._kept[source] = self._file(self._folder, source).read_bytes()
            except OSError:
                return None
        return self._kept.get(source)

    @staticmethod
    def _file(folder: Path, source: str) -> Path:
        # Addresses are keys: they are not to be read off a folder.
        return folder / f"{hashlib.sha256(source.encode()).hexdigest()}.ics"
