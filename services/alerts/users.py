"""Users and their sessions, each change with its entry in the audit trail; within the transaction they are handed."""

import hashlib
import secrets
from dataclasses import replace
from datetime import datetime

from services.alerts.domain.caller import Caller
from services.alerts.domain.trail import UNKNOWN, Entry, What
from services.alerts.domain.user import NOTED_EVERY, Session, User
from services.alerts.ports import Users

SESSION_BYTES = 32


def session_name(session_id: str) -> str:
    """What is kept of what a browser holds: whoever reads the database cannot sign in with it."""
    return hashlib.sha256(session_id.encode("utf-8", "surrogatepass")).hexdigest()


def signed_in(users: Users, session_id: str, now: datetime) -> Caller | None:
    """Whose session this is; None: nobody's, any more."""
    found = users.session(session_name(session_id))
    if found is None or found[0].is_over(now):
        return None
    session, user = found
    if now - session.seen_at >= NOTED_EVERY:
        users.note_session(replace(session, seen_at=now))
    return user.caller


def sign_in(users: Users, user: User, now: datetime, *, rehashed: str | None, before: str | None) -> str | None:
    """Begin a session of somebody whose password is right, and end the one before it. Returns what the browser holds.

    `rehashed`: the password's hash as it is made today. None: the user is not what he was when the password was right.
    """
    known = users.user(user.name, lock=True)
    if known is None or known.password != user.password:
        refuse(users, known, now)
        return None
    if rehashed is not None:
        users.save_user(replace(known, password=rehashed))
    if before is not None:
        users.end_session(session_name(before))
    users.forget_sessions(now)
    session_id = secrets.token_urlsafe(SESSION_BYTES)
    users.begin_session(Session(name=session_name(session_id), user=user.name, begun_at=now, seen_at=now))
    users.record(Entry(at=now, who=user.name, what=What.SIGNED_IN, which=user.name))
    return session_id


def refuse(users: Users, user: User | None, now: datetime) -> None:
    """Keep that somebody tried to sign in, and as whom."""
    name = UNKNOWN if user is None else user.name
    users.record(Entry(at=now, who=UNKNOWN, what=What.NOT_SIGNED_IN, which=name))


def sign_out(users: Users, session_id: str, now: datetime) -> None:
    """End a session."""
    found = users.session(session_name(session_id))
    if found is not None:
        users.end_session(found[0].name)
        users.record(Entry(at=now, who=found[1].name, what=What.SIGNED_OUT, which=found[1].name))


def add(users: Users, user: User, *, by: str) -> bool:
    """Add a user; not if there is one of this name."""
    if users.user(user.name, lock=True) is not None:
        return False
    users.save_user(user)
    users.record(Entry(at=user.added_at, who=by, what=What.USER_ADDED, which=user.name))
    return True


def remove(users: Users, name: str, now: datetime, *, by: str) -> bool:
    """Remove a user and end their sessions; not if there is none."""
    if users.user(name, lock=True) is None:
        return False
    users.remove_user(name)
    users.end_sessions_of(name)
    users.record(Entry(at=now, who=by, what=What.USER_REMOVED, which=name))
    return True


def change_password(users: Users, name: str, password: str, now: datetime, *, by: str) -> bool:
    """Change a password, given as its hash, and end the user's sessions; not if there is no such user."""
    user = users.user(name, lock=True)
    if user is None:
        return False
    users.save_user(replace(user, password=password))
    users.end_sessions_of(name)
    users.record(Entry(at=now, who=by, what=What.PASSWORD_CHANGED, which=name))
    return True


def change_scope(users: Users, changed: User, now: datetime, *, by: str) -> None:
    """Change what a user may see and do. It holds from the next request on, also in sessions that have begun."""
    users.save_user(changed)
    users.record(Entry(at=now, who=by, what=What.SCOPE_CHANGED, which=changed.name))
