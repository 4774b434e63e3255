"""What an event in a calendar comes to: when, who, and what is said of one that comes to nothing."""

import random
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from services.alerts.adapters import calendar_reading
from services.alerts.adapters.calendar_reading import NoCalendar, Terms, read_calendar
from tests.alerts.ics import calendar, duty, event

RIGA = ZoneInfo("Europe/Riga")
NAMES = {"anna": "anna", "boris": "boris", "anna-maria": "anna-maria", "anna@example.org": "anna", "Dace Ozola": "dace"}
NAMES |= {"Dace": "another-dace"}
SINCE = datetime(2026, 11, 20, tzinfo=UTC)


def read(*events, head="", days=30, since=SINCE):
    terms = Terms(zone=RIGA, names=NAMES, since=since, until=since + timedelta(days=days))
    return read_calendar(calendar(*events, head=head), terms)


def said(reading, zone=RIGA):
    return [
        (f"{span.begins.astimezone(zone):%d. %H:%M}", f"{span.ends.astimezone(zone):%d. %H:%M}", *span.people)
        for span in reading.spans
    ]


NIGHT = ("20261122T200000", "20261123T080000")


@pytest.mark.parametrize(
    ("title", "people"),
    [
        ("anna", ["anna"]),
        (r"Night: BORIS\, Anna.", ["boris", "anna"]),
        ("anna/boris (anna)", ["anna", "boris"]),
        ("anna-maria", ["anna-maria"]),
        ("On call: anna@example.org", ["anna"]),
        ("dace  Ozola", ["dace"]),
        ("Dace", ["another-dace"]),
        ("DACE OZOLA", ["dace"]),
        ("joanna", []),
        ("anna.b", []),
        ("anna-b", []),
        ("", []),
    ],
)
def test_who_is_named_in_the_title_is_on_call_in_that_order(title, people):
    reading = read(duty(title, *NIGHT))

    assert said(reading) == ([("22. 20:00", "23. 08:00", *people)] if people else [])
    assert len(reading.mistakes) == (0 if people else 1)


def test_of_who_is_invited_those_count_who_have_not_declined_and_only_where_the_title_names_nobody():
    anna = "ATTENDEE;PARTSTAT=ACCEPTED;CN=A:MAILTO:Anna@example.org"
    declined = anna.replace("ACCEPTED", "DECLINED")

    assert said(read(duty("On call", *NIGHT, anna, "ATTENDEE:mailto:x@example.org")))[0][2:] == ("anna",)
    assert said(read(duty("boris", *NIGHT, anna)))[0][2:] == ("boris",)
    assert read(duty("On call", *NIGHT, declined)).spans == ()


@pytest.mark.parametrize(
    ("written", "begins", "ends"),
    [
        (("DTSTART;VALUE=DATE:20261122",), "22. 00:00", "23. 00:00"),
        (("DTSTART;VALUE=DATE:20261122", "DTEND;VALUE=DATE:20261125"), "22. 00:00", "25. 00:00"),
        (("DTSTART:20261122T200000", "DTEND:20261123T080000"), "22. 20:00", "23. 08:00"),
        (("DTSTART:20261122T200000Z", "DURATION:PT2H"), "22. 22:00", "23. 00:00"),
        (
            ("DTSTART;TZID=America/New_York:20261122T200000", "DTEND;TZID=America/New_York:20261122T210000"),
            "23. 03:00",
            "23. 04:00",
        ),
        (
            ("DTSTART;TZID=FLE Standard Time:20261122T200000", "DTEND;TZID=FLE Standard Time:20261122T210000"),
            "22. 20:00",
            "22. 21:00",
        ),
    ],
)
def test_days_and_times_without_a_zone_are_by_the_clock_in_the_store(written, begins, ends):
    assert said(read(event("SUMMARY:anna", *written))) == [(begins, ends, "anna")]


def test_a_zone_that_the_calendar_describes_itself_is_taken_from_there():
    offset = "BEGIN:STANDARD\r\nDTSTART:19700101T000000\r\nTZOFFSETFROM:+0500\r\nTZOFFSETTO:+0500\r\nEND:STANDARD\r\n"
    head = f"BEGIN:VTIMEZONE\r\nTZID:Head office\r\n{offset}END:VTIMEZONE\r\n"

    reading = read(duty("anna", *NIGHT, zone=";TZID=Head office"), head=head)

    assert said(reading) == [("22. 17:00", "23. 05:00", "anna")]
    assert reading.mistakes == ()


@pytest.mark.parametrize(
    ("zone", "begins", "ends", "day", "hours"),
    [
        ("America/New_York", "19T180000", "19T200000", 20, 0),  # until 01:00 UTC on the 20th
        ("Pacific/Auckland", "21T020000", "21T030000", 19, 14),  # from 13:00 UTC on the 20th
    ],
)
def test_what_begins_or_ends_within_the_window_counts_however_far_its_zone_is_away(zone, begins, ends, day, hours):
    since = datetime(2026, 11, day, hours, tzinfo=UTC)
    terms = Terms(zone=ZoneInfo(zone), names=NAMES, since=since, until=since + timedelta(days=1))
    content = calendar(event("SUMMARY:anna", f"DTSTART:202611{begins}", f"DTEND:202611{ends}"))

    assert len(read_calendar(content, terms).spans) == 1
    later = Terms(zone=ZoneInfo(zone), names=NAMES, since=since + timedelta(days=3), until=since + timedelta(days=4))
    assert read_calendar(content, later).spans == ()


def test_what_recurs_in_utc_goes_by_the_clock_of_the_zone_that_the_calendar_is_in():
    daily = event("SUMMARY:anna", "DTSTART:20261024T170000Z", "DTEND:20261024T180000Z", "RRULE:FREQ=DAILY;COUNT=3")
    since = datetime(2026, 10, 24, tzinfo=UTC)

    reading = read(daily, head="X-WR-TIMEZONE:Europe/Riga\r\n", days=3, since=since)

    assert [begins for begins, *_ in said(reading)] == ["24. 20:00", "25. 20:00", "26. 20:00"]


def test_in_the_night_in_which_the_clock_is_put_back_a_duty_ends_by_the_clock():
    nightly = duty("anna", "20261020T200000", "20261021T080000", "RRULE:FREQ=DAILY")
    daily = duty("boris", "20261020T080000", "20261020T200000", "RRULE:FREQ=DAILY", uid="2")
    since = datetime(2026, 10, 24, tzinfo=UTC)

    reading = read(nightly, daily, days=2, since=since)

    assert [(span.ends - span.begins) // timedelta(hours=1) for span in reading.spans] == [12, 12, 13, 12, 12]
    assert all(one.ends == next_.begins for one, next_ in pairwise(reading.spans))


def test_one_time_of_many_is_left_out_moved_given_to_somebody_else_or_called_off():
    rule = "RRULE:FREQ=DAILY;UNTIL=20261125T235959Z"
    exception = "EXDATE;TZID=Europe/Riga:20261122T200000"
    instead = "RECURRENCE-ID;TZID=Europe/Riga:202611"

    reading = read(
        duty("anna", "20261120T200000", "20261121T080000", rule, exception),
        duty("boris", "20261123T213000", "20261124T080000", f"{instead}23T200000"),
        duty("anna", "20261124T200000", "20261125T080000", f"{instead}24T200000", "STATUS:CANCELLED"),
    )

    assert said(reading) == [
        ("20. 20:00", "21. 08:00", "anna"),
        ("21. 20:00", "22. 08:00", "anna"),
        ("23. 21:30", "24. 08:00", "boris"),
        ("25. 20:00", "26. 08:00", "anna"),
    ]


def test_of_two_at_the_same_time_whose_duty_began_first_is_told_first():
    reading = read(
        duty("anna", "20261122T200000", "20261123T000000"), duty("boris", "20261122T180000", "20261123T080000", uid="2")
    )

    assert said(reading) == [
        ("22. 18:00", "22. 20:00", "boris"),
        ("22. 20:00", "23. 00:00", "boris", "anna"),
        ("23. 00:00", "23. 08:00", "boris"),
    ]


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        (duty("zoe", *NIGHT), "'zoe' on Sun 22 Nov 2026 20:00: it names nobody who is known here"),
        (
            duty("zoe", *NIGHT, "RRULE:FREQ=DAILY;COUNT=3"),
            "'zoe' on Sun 22 Nov 2026 20:00 and 2 times more: it names nobody",
        ),
        (duty("boris", NIGHT[0], NIGHT[0]), "'boris' on Sun 22 Nov 2026 20:00: it has no length"),
        (duty("boris", NIGHT[1], NIGHT[0]), "'boris' on Mon 23 Nov 2026 08:00: it ends before it begins"),
        (duty("boris", "later", NIGHT[1]), "'boris': it cannot be read, and is left out: "),
        (event("SUMMARY:boris"), "'boris': it cannot be read, and is left out: 'DTSTART'"),
        (duty("boris", *NIGHT, "RRULE:FREQ=OFTEN"), "'boris' on Sun 22 Nov 2026 20:00: it cannot be read"),
        (duty("boris", *NIGHT, "EXDATE:never"), "'boris' on Sun 22 Nov 2026 20:00: it cannot be read"),
        (event("SUMMARY:boris", "DTSTART;VALUE=DATE:99991231"), "'boris'"),
        (event("SUMMARY:boris", "DTSTART:00010101T000000", "DTEND:99991231T000000Z"), "'boris'"),
        (event("SUMMARY:boris", "DTSTART:00010101T000000Z", "DTEND:99991231T000000Z"), ""),
        *(
            (duty("boris", *NIGHT, f"RRULE:FREQ={often}"), "'boris' on Sun 22 Nov 2026 20:00: it recurs more often")
            for often in (
                "SECONDLY",
                "minutely",
                "HOURLY;INTERVAL=5",
                f"DAILY;BYMINUTE={','.join(map(str, range(60)))}",
            )
        ),
    ],
)
def test_an_event_that_comes_to_nothing_is_named_with_its_date_and_the_others_count(wrong, why):
    reading = read(wrong, duty("anna", "20261124T080000", "20261124T100000", uid="2"))

    assert said(reading) == [("24. 08:00", "24. 10:00", "anna")]
    assert [mistake.startswith(why) for mistake in reading.mistakes] == [True], reading.mistakes


def test_a_zone_that_nobody_knows_is_named_and_the_stores_taken():
    reading = read(duty("anna", *NIGHT, zone=";TZID=Mars"))

    assert said(reading) == [("22. 20:00", "23. 08:00", "anna")]
    assert reading.mistakes == (
        "'anna' on Sun 22 Nov 2026 20:00: its time zone 'Mars' is not known: Europe/Riga is taken",
    )


def test_of_very_many_mistakes_the_first_are_named():
    zoes = [duty(f"zoe {number}", *NIGHT, uid=str(number)) for number in range(calendar_reading.MOST_MISTAKES + 5)]

    mistakes = read(*zoes).mistakes

    assert len(mistakes) == calendar_reading.MOST_MISTAKES + 1
    assert mistakes[-1] == "and 5 mistakes more"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<html>Sign in</html>",
        b"\x00\xff",
        b"BEGIN:VCALENDAR",
        calendar(duty("anna", *NIGHT))[:-20],
        calendar() + calendar(),
        b"BEGIN:VEVENT\r\nEND:VEVENT\r\n",
        b"BEGIN:VCALENDAR\r\n" * 5000,
    ],
)
def test_what_is_no_calendar_is_refused_in_words(content):
    terms = Terms(zone=RIGA, names=NAMES, since=SINCE, until=SINCE + timedelta(days=1))

    with pytest.raises(NoCalendar, match="it is no calendar: "):
        read_calendar(content, terms)


def test_whatever_stands_in_a_calendar_it_is_read_or_refused():
    dice = random.Random(7)  # noqa: S311
    whole = calendar(
        duty("anna", *NIGHT, "RRULE:FREQ=WEEKLY;BYDAY=MO,TU;COUNT=5", "EXDATE:20261123T200000Z", "ATTENDEE:mailto:x@y"),
        duty("boris", *NIGHT, "RECURRENCE-ID;TZID=Europe/Riga:20261122T200000", "STATUS:CONFIRMED"),
        event("SUMMARY:zoe", "DTSTART;VALUE=DATE:00010101", "DTEND;VALUE=DATE:99991231", uid="3"),
        event("DTSTART:20261122T200000Z", "DURATION:P1D", "RDATE;VALUE=PERIOD:20261124T200000Z/PT5H", uid="4"),
        head="X-WR-TIMEZONE:Europe/Riga\r\nCALSCALE:GREGORIAN\r\n",
    )
    lines = whole.splitlines(keepends=True)
    came = dict.fromkeys(("read", "refused"), 0)
    for _ in range(600):
        broken = list(lines)
        for _ in range(dice.randint(1, 4)):
            position = dice.randrange(1, len(broken))
            line = broken[position] or b"X"
            place, other = dice.randrange(len(line)), dice.choice(lines)
            broken[position] = dice.choice(
                [b"", line + line, other, line + other, line[:place] + bytes([dice.randrange(256)]) + line[place + 1 :]]
            )
        terms = Terms(zone=ZoneInfo("America/New_York"), names=NAMES, since=SINCE, until=SINCE + timedelta(days=60))

        try:
            reading = read_calendar(b"".join(broken), terms)
        except NoCalendar:
            came["refused"] += 1
        else:
            came["read"] += 1
            assert all(one.ends <= next_.begins for one, next_ in pairwise(reading.spans))
    assert min(came.values()) > 50, came


def test_a_calendar_that_says_too_much_is_refused(monkeypatch):
    monkeypatch.setattr(calendar_reading, "MOST_OCCURRENCES", 20)

    assert len(read(duty("anna", *NIGHT, "RRULE:FREQ=DAILY;COUNT=20")).spans) == 20
    with pytest.raises(NoCalendar, match="more than 20 things"):
        read(duty("anna", *NIGHT, "RRULE:FREQ=DAILY;COUNT=21"))
