"""Reads gettext's .po and .pot files, which every translator's tool writes, for the standard library's gettext."""

import json
import re
import struct
from collections.abc import Iterable
from gettext import GNUTranslations
from io import BytesIO
from itertools import accumulate
from typing import NamedTuple

_SAID = re.compile(r'(?:(msgctxt|msgid_plural|msgid|msgstr(?:\[\d\])?)\s+)?(".*")')
_MAGIC, _HEADER_BYTES = 0x950412DE, 28


class Entry(NamedTuple):
    """A text to be said, and what a translator made of it."""

    context: str | None
    """The code of a phrase; None: the head of the file."""
    text: str
    plural: str | None
    """The text for several, in English; None where nothing is counted."""
    said: tuple[str, ...]
    """The translation, one for each plural form; empty texts are not translated yet."""


def read_po(text: str) -> list[Entry]:
    """The entries of a .po or .pot file. Raises ValueError with the line that is none of it.

    What is marked as fuzzy is left untranslated: a tool has guessed it.
    """
    entries: list[Entry] = []
    fields: dict[str, str] = {}
    field, fuzzy = "", False
    for number, line in enumerate([*text.splitlines(), ""], 1):
        stripped = line.strip()
        if not stripped or stripped.startswith("#"):
            if fields and (not stripped or not stripped.startswith("#~")):
                entries.append(_entry(fields, fuzzy=fuzzy))
                fields, fuzzy = {}, False
            fuzzy = fuzzy or (stripped.startswith("#,") and "fuzzy" in stripped)
            continue
        found = _SAID.fullmatch(stripped)
        if found is None or not (found[1] or fields):
            raise ValueError(f'line {number}: must be a keyword and a text in quotes, such as msgid "a", got {line!r}')
        field = found[1] or field
        fields[field] = fields.get(field, "") + json.loads(found[2])
    return entries


def translations(entries: Iterable[Entry]) -> GNUTranslations:
    """What the standard library makes of these entries, plural rules included."""
    return GNUTranslations(BytesIO(_compiled(entries)))


def _entry(fields: dict[str, str], *, fuzzy: bool) -> Entry:
    said = tuple(fields[name] for name in sorted(fields) if name.startswith("msgstr"))
    context, text, plural = fields.get("msgctxt"), fields["msgid"], fields.get("msgid_plural")
    guessed = fuzzy and text != ""  # tools mark the head of a new file as well: its plural rule holds all the same
    return Entry(context, text, plural, ("",) * len(said) if guessed else said)


def _compiled(entries: Iterable[Entry]) -> bytes:
    """The bytes of a .mo file: two tables of lengths and offsets, then the texts, sorted."""
    texts: dict[bytes, bytes] = {}
    for context, text, plural, said in entries:
        if all(said):
            key = ("" if context is None else f"{context}\x04") + text + ("" if plural is None else f"\x00{plural}")
            texts[key.encode()] = "\x00".join(said).encode()
    parts = [part for pairs in (sorted(texts), (texts[key] for key in sorted(texts))) for part in pairs]
    tables = _HEADER_BYTES + 8 * len(parts)
    offsets = accumulate((len(part) + 1 for part in parts), initial=tables)
    lengths_and_offsets = [
        number for part, offset in zip(parts, offsets, strict=False) for number in (len(part), offset)
    ]
    second = _HEADER_BYTES + 8 * len(texts)
    head = (_MAGIC, 0, len(texts), _HEADER_BYTES, second, 0, 0)
    return struct.pack(f"<{7 + len(lengths_and_offsets)}I", *head, *lengths_and_offsets) + b"".join(
        part + b"\x00" for part in parts
    )
