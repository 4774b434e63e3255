"""Calendars as people's programs write them, put together for tests."""


def calendar(*events: str, head: str = "") -> bytes:
    """A calendar with these events; `head` are lines of its own, each with its end."""
    text = f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//tests//EN\r\n{head}{''.join(events)}END:VCALENDAR\r\n"
    return text.encode()


def event(*lines: str, uid: str = "1") -> str:
    """An event with these lines."""
    return "".join(f"{line}\r\n" for line in ("BEGIN:VEVENT", f"UID:{uid}", *lines, "END:VEVENT"))


def duty(title: str, begins: str, ends: str, *lines: str, uid: str = "1", zone: str = ";TZID=Europe/Riga") -> str:
    """An event with a beginning and an end, such as 20261122T200000, by the clock of a zone."""
    return event(f"SUMMARY:{title}", f"DTSTART{zone}:{begins}", f"DTEND{zone}:{ends}", *lines, uid=uid)
