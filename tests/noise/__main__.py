"""`make noise`: a month of three simulated stores, and how many pages whoever was on call got for what."""

import argparse
import sys
from dataclasses import replace
from datetime import datetime
from functools import partial
from zlib import crc32

from services.alerts.entrypoints.claiming import each_by_itself
from services.alerts.ports import Told
from tests.faults.screen import say
from tests.faults.table import Line, as_markdown, as_text
from tests.noise.assumptions import FIRST, Assumptions
from tests.noise.counting import ALLOWED, Figures, counted
from tests.noise.duty import MANAGERS
from tests.noise.month import play
from tests.noise.stores import planned
from tests.noise.truth import endings

BROKEN_DAYS = 7
"""For so long it is played with something taken away."""


def main() -> None:
    """Play, count and print."""
    parser = argparse.ArgumentParser(prog="make noise", description=__doc__)
    parser.add_argument("--seed", type=int, default=7, help="other customers (7)")
    parser.add_argument("--days", type=int, default=30, help="how long (30)")
    parser.add_argument("--first", action="store_true", help="as was assumed at first")
    parser.add_argument("--broken", action="store_true", help="a week with pacing taken away, and with alerts dropped")
    parser.add_argument("--managers", choices=MANAGERS, default="shared", help="one for all stores, or one in each")
    parser.add_argument("--markdown", action="store_true", help="for docs/noise.md")
    options = parser.parse_args()
    assumed = _for_days(FIRST if options.first else Assumptions(), options.days)
    lines = lines_of(measured(assumed, options.seed, options.managers), f"{options.days} days")
    if options.broken:
        week = _for_days(assumed, BROKEN_DAYS)
        broken = partial(measured, week, options.seed, options.managers)
        lines += lines_of(broken(), "a week")
        lines += lines_of(broken(claim=each_by_itself), "each page by itself")
        lines += lines_of(broken(drops=every_other), "every other alert dropped")
    say(as_markdown(lines) if options.markdown else as_text(lines))


def measured(assumed: Assumptions, seed: int, managers: str, **changes) -> Figures:
    """A month, played and counted."""
    left_alone = endings(planned(assumed, seed).occurrences)
    played = play(assumed, seed, managers=managers, say=_say, **changes)
    return counted(assumed, played, left_alone, seed=seed, managers=managers)


def every_other(told: Told) -> bool:
    """Whether an alert is dropped, for breaking it: a half of them is, by their ids."""
    return crc32(told.case.alert.alert_id.encode()) % 2 == 0


def lines_of(found: Figures, on: str) -> list[Line]:
    """The table of one month. What was asked for has a verdict; all else is told."""
    shifts = len(found.shifts)
    spread = ", ".join(f"{most}: {_up_to(found, most)}" for most in (5, 7, 10, 15))
    lead = found.lead.total_seconds() / 60
    rows = [
        ("pages a shift, at most", f"{shifts} shifts", f"{found.most}", f"{ALLOWED}", found.most <= ALLOWED),
        ("pages a shift, mean", f"{shifts} shifts", f"{found.on_average:.1f}", "", True),
        ("shifts with more than 5", f"{shifts} shifts", _share(found.too_many, shifts), "0", not found.too_many),
        ("shifts with up to so many pages", f"{shifts} shifts", spread, "", True),
        ("pages that name several alerts", f"{_pages(found)} pages", f"{found.digests}", "", True),
        ("pages because of", f"{_pages(found)} pages", _counts(found.pages_by_step), "", True),
        ("pages about", f"{_pages(found)} pages", _counts(found.pages_by_line), "", True),
        ("pages in the worst shift", f"{found.most} pages", _counts(found.worst), "", True),
        ("pages at night; to the last resort; off duty", "",
         f"{found.nights}; {found.last_resort}; {found.off_duty}", "", True),
        ("messages that something is over; that call nobody", "", f"{found.others}; {found.quiet}", "", True),
        ("below adequate if nobody acts", f"{found.journeys} journeys", _share(found.lost_alone, found.journeys), "",
         True),
        ("somebody acted", "", f"{found.acted} times", "", True),
        ("below adequate in the end", f"{found.journeys} journeys", _share(found.lost, found.journeys), "", True),
        ("of these first named in a message that calls nobody", f"{found.lost} journeys", f"{found.named_quietly}", "",
         True),
        ("of these named in a message (recall)", f"{found.lost} journeys", _share(found.named, found.lost), "all",
         found.named == found.lost),
        ("of these named in time to act", f"{found.lost} journeys", _share(found.in_time, found.lost), "", True),
        ("of these, if what calls nobody is read later", f"{found.lost} journeys",
         _share(found.read_in_time, found.lost), "", True),
        ("of these no time to act; never flagged", f"{found.lost} journeys",
         f"{found.no_time}; {found.never_flagged}", "", True),
        ("not in time although there was time", f"{found.lost} journeys", f"{missed(found)}", "0", missed(found) == 0),
        ("named journeys that were at stake (precision)", f"{found.paged} journeys",
         _share(found.paged_rightly, found.paged), "", True),
        ("from the message to the end without help, median", f"{len(found.leads)} journeys", f"{lead:.0f} min", "",
         True),
    ]  # fmt: skip
    return [
        (Line if allowed else Fact)(
            promise="", on=on, what=what, times=times, counted=number, allowed=allowed, holds=holds
        )
        for what, times, number, allowed, holds in rows
    ]


class Fact(Line):
    """A number that nothing was promised of."""

    def cells(self) -> tuple[str, ...]:
        """The cells of its row, without a verdict."""
        return (*super().cells()[:-1], "")


def missed(found: Figures) -> int:
    """Journeys lost that could have been named in time, and were not."""
    return found.lost - found.in_time - found.no_time - found.never_flagged


def _pages(found: Figures) -> int:
    return sum(found.pages_by_step.values())


def _up_to(found: Figures, most: int) -> int:
    return sum(count <= most for count in found.shifts.values())


def _share(part: int, whole: int) -> str:
    return f"{part} ({part / whole:.1%})" if whole else "0"


def _counts(counts) -> str:
    return ", ".join(f"{name} {count}" for name, count in sorted(counts.items(), key=lambda each: -each[1])[:7])


def _for_days(assumed: Assumptions, days: int) -> Assumptions:
    return replace(assumed, days=days)


def _say(day: datetime) -> None:
    sys.stderr.write(f"{day:%d %B}\r")
    sys.stderr.flush()


if __name__ == "__main__":
    main()
