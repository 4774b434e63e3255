"""Pages for tests of how one person is told: everything that a test is not about, and any of them."""

from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st

from services.alerts.domain.pacing import Page, Said

NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
DIRTY = "riga-1\ncleanliness/restroom"


def page(alert="a", step=1, **changes):
    usual = {"cause": DIRTY, "calls": True, "critical": False, "due_at": NOON}
    return Page(page_id=f"{alert}:{step}", alert_id=alert, step=step, store="riga-1", **usual | changes)


def said(at, *, cause=DIRTY, message_id="before"):
    return Said(message_id=message_id, at=at, cause=cause)


def ids(messages):
    return [[each.page_id for each in pages] for pages in messages]


PAGES = st.lists(
    st.builds(
        page,
        alert=st.sampled_from("abcdefghij"),
        step=st.integers(1, 3),
        cause=st.sampled_from("xyz"),
        calls=st.booleans(),
        critical=st.booleans(),
        again=st.booleans(),
        taken=st.booleans(),
        until=st.none() | st.integers(-60, 600).map(lambda minutes: NOON + minutes * MINUTE),
        lost=st.booleans(),
        due_at=st.integers(-600, 600).map(lambda seconds: NOON + seconds * SECOND),
    ),
    unique_by=lambda each: each.page_id,
)
SAID = st.lists(
    st.builds(
        said,
        st.integers(0, 900).map(lambda seconds: NOON - seconds * SECOND),
        cause=st.sampled_from("xyz"),
        message_id=st.sampled_from("123456789"),
    ),
    unique_by=lambda each: each.message_id,
)


CHANGING = ("cause", "calls", "critical", "again", "taken", "until", "lost")


def page_of(each: Page, **changes) -> Page:
    return page(**{name: getattr(each, name) for name in CHANGING} | changes,
                alert=each.alert_id, step=each.step)  # fmt: skip
