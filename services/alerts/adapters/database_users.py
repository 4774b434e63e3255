"""Users, sessions and the audit trail in the database. Implements `ports.Users`."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import and_, delete, or_, select, true, update

from services.alerts.adapters.instants import instant, micros
from services.alerts.adapters.tables import AUDIT, SESSIONS, USERS
from services.alerts.domain.trail import Entry, What
from services.alerts.domain.user import IDLE, LONGEST, Session, User
from services.chassis.rows import Rows


class StoredUsers:
    """The part of a transaction that is about those who sign in."""

    def __init__(self, rows: Rows) -> None:
        self.rows = rows

    def user(self, name: str, *, lock: bool = False) -> User | None:
        found = select(USERS).where(USERS.c.name == name)
        row = self.rows.first(found.with_for_update() if lock else found)
        return None if row is None else _user(row)

    def users(self) -> list[User]:
        return [_user(row) for row in self.rows.all(select(USERS).order_by(USERS.c.name))]

    def save_user(self, user: User) -> None:
        stores = None if user.stores is None else json.dumps(sorted(user.stores))
        row = (user.name, user.password, stores, int(user.may_act), user.language, micros(user.added_at))
        self.rows.put(USERS, [row])

    def remove_user(self, name: str) -> None:
        self.rows.change(delete(USERS).where(USERS.c.name == name))

    def session(self, name: str) -> tuple[Session, User] | None:
        joined = SESSIONS.join(USERS, USERS.c.name == SESSIONS.c.user_name)
        row = self.rows.first(select(SESSIONS, *USERS.columns).select_from(joined).where(SESSIONS.c.name == name))
        if row is None:
            return None
        _, user, begun_at, seen_at = row[:4]
        return Session(name=name, user=user, begun_at=instant(begun_at), seen_at=instant(seen_at)), _user(row[4:])

    def begin_session(self, session: Session) -> None:
        self.rows.put(SESSIONS, [(session.name, session.user, micros(session.begun_at), micros(session.seen_at))])

    def note_session(self, session: Session) -> None:
        # Only where it still is: a session that was ended meanwhile does not come back.
        seen = update(SESSIONS).where(SESSIONS.c.name == session.name).values(seen_at=micros(session.seen_at))
        self.rows.change(seen)

    def end_session(self, name: str) -> None:
        self.rows.change(delete(SESSIONS).where(SESSIONS.c.name == name))

    def end_sessions_of(self, user: str) -> None:
        self.rows.change(delete(SESSIONS).where(SESSIONS.c.user_name == user))

    def forget_sessions(self, now: datetime) -> None:
        over = or_(SESSIONS.c.seen_at <= micros(now - IDLE), SESSIONS.c.begun_at <= micros(now - LONGEST))
        self.rows.change(delete(SESSIONS).where(over))

    def record(self, entry: Entry) -> None:
        self.rows.append(AUDIT, [(micros(entry.at), entry.who, entry.what.value, entry.which)])

    def trail(self, about: str | None, since: datetime | None, limit: int) -> list[Entry]:
        wanted = and_(
            true() if about is None else or_(AUDIT.c.who == about, AUDIT.c.which == about),
            true() if since is None else AUDIT.c.at >= micros(since),
        )
        latest = select(AUDIT).where(wanted).order_by(AUDIT.c.number.desc()).limit(limit)
        return [
            Entry(at=instant(at), who=who, what=What(what), which=which)
            for _, at, who, what, which in reversed(self.rows.all(latest))
        ]


def _user(row: Sequence[Any]) -> User:
    name, password, stores, may_act, language, added_at = row
    return User(
        name=name,
        password=password,
        stores=None if stores is None else frozenset(json.loads(stores)),
        may_act=bool(may_act),
        language=language,
        added_at=instant(added_at),
    )
