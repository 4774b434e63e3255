"""Showing what strangers sent: nothing of it reaches the terminal as anything but text."""

BYTES_PER_LINE = 16
PRINTABLE = range(0x20, 0x7F)
"""ASCII's characters that are seen, and the blank."""
KEPT_BREAKS = {"\n", "\t"}


def readable(text: str) -> str:
    """The text with its line breaks and tabs; all else that a terminal would obey instead of showing is escaped."""
    return "".join(_escaped(each, KEPT_BREAKS) for each in text)


def on_one_line(text: str) -> str:
    """The same, with line breaks and tabs escaped as well."""
    return "".join(_escaped(each, set()) for each in text)


def hex_dump(value: bytes) -> str:
    """The bytes in hexadecimal, sixteen on a line, with their offset and the characters that are ASCII."""
    lines = []
    for begin in range(0, len(value), BYTES_PER_LINE):
        part = value[begin : begin + BYTES_PER_LINE]
        characters = "".join(chr(byte) if byte in PRINTABLE else "." for byte in part)
        lines.append(f"{begin:08x}  {part.hex(' '):<{BYTES_PER_LINE * 3 - 1}}  {characters}")
    return "\n".join(lines)


def _escaped(character: str, kept: set[str]) -> str:
    # Not printable: control characters, direction marks, lone surrogates, private use.
    if character.isprintable() or character in kept:
        return character
    return character.encode("unicode_escape").decode()
