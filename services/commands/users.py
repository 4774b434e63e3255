"""`touchline users`: who can sign in at the managers' page, what they see, and what they may do."""

import json
import sys
from dataclasses import replace
from datetime import UTC, datetime
from typing import Annotated, NoReturn

import typer

from services.alerts import users as changes
from services.alerts.adapters import passwords
from services.alerts.domain.user import User, user_name
from services.commands.alert_database import Database, account, opened
from services.commands.language import LanguageOrNone
from services.commands.safe_text import on_one_line

Name = Annotated[str, typer.Argument(metavar="NAME", help="A role, a pseudonym or an address, in small letters.")]
Stores = Annotated[str | None, typer.Option(metavar="STORES", help="Which they see, such as riga-1,riga-2.")]
AllStores = Annotated[bool, typer.Option("--all-stores", help="They see all stores, also those to come.")]
MayAct = Annotated[
    bool | None, typer.Option("--may-act/--may-look", help="Whether they may do something about alerts, or only look.")
]
FromStandardInput = Annotated[bool, typer.Option("--password-stdin", help="Read the password from standard input.")]

app = typer.Typer(no_args_is_help=True, help="Say who can sign in at the managers' page, and which stores are theirs.")


@app.command("add")
def add(
    name: Name,
    stores: Stores = None,
    all_stores: AllStores = False,
    language: LanguageOrNone = None,
    may_act: MayAct = None,
    password_stdin: FromStandardInput = False,
    database: Database = "touchline.db",
) -> None:
    """Add somebody, and ask for their password."""
    named = _named(name)
    scope = _scope(stores, all_stores=all_stores)
    kept = passwords.hashed(_password(from_standard_input=password_stdin))
    with opened(database) as store:
        user = User(
            name=named,
            password=kept,
            stores=scope,
            may_act=may_act is not False,
            language=language,
            added_at=datetime.now(UTC),
        )
        if not changes.add(store, user, by=account()):
            _end(f"There is a user {named} already: `touchline users scope` and `password` change them.")
    _say(f"{named} can sign in now. {_in_words(user)}")


@app.command("list")
def list_users(
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False, database: Database = "touchline.db"
) -> None:
    """List who can sign in."""
    with opened(database) as store:
        found = store.users()
    if as_json:
        _say(json.dumps([_facts(each) for each in found], indent=2))
    elif not found:
        _say("Nobody can sign in. `touchline users add` adds somebody.")
    for each in [] if as_json else found:
        _say(on_one_line(f"{each.name}: {_in_words(each)}"))


@app.command("remove")
def remove(name: Name, database: Database = "touchline.db") -> None:
    """Remove somebody. Whoever is signed in as them is not any more."""
    named = _named(name)
    with opened(database) as store:
        if not changes.remove(store, named, datetime.now(UTC), by=account()):
            _end(_unknown(named))
    _say(f"{named} cannot sign in any more, and is signed in nowhere.")


@app.command("password")
def password(name: Name, password_stdin: FromStandardInput = False, database: Database = "touchline.db") -> None:
    """Change a password. Whoever is signed in with the old one is not any more."""
    named = _named(name)
    with opened(database) as store:
        known = store.user(named)
    if known is None:
        _end(_unknown(named))
    kept = passwords.hashed(_password(from_standard_input=password_stdin))
    with opened(database) as store:
        if not changes.change_password(store, named, kept, datetime.now(UTC), by=account()):
            _end(_unknown(named))
    _say(f"{named} has a new password, and is signed in nowhere.")


@app.command("scope")
def scope(
    name: Name,
    stores: Stores = None,
    all_stores: AllStores = False,
    language: LanguageOrNone = None,
    may_act: MayAct = None,
    database: Database = "touchline.db",
) -> None:
    """Change what somebody sees and may do; what is not named stays. It holds at once."""
    named = _named(name)
    with opened(database) as store:
        known = store.user(named, lock=True)
        if known is None:
            _end(_unknown(named))
        changed = replace(
            known,
            stores=known.stores if stores is None and not all_stores else _scope(stores, all_stores=all_stores),
            language=language or known.language,
            may_act=known.may_act if may_act is None else may_act,
        )
        if changed != known:
            changes.change_scope(store, changed, datetime.now(UTC), by=account())
    _say(f"{named}: {_in_words(changed)}")


def _named(written: str) -> str:
    name = user_name(written)
    if name is None:
        raise typer.BadParameter(
            f"a name has 1 to 64 small letters, digits and . _ @ -, and begins with a letter or digit, got {written!a}"
        )
    return name


def _scope(stores: str | None, *, all_stores: bool) -> frozenset[str] | None:
    named = frozenset(each for each in map(str.strip, (stores or "").split(",")) if each)
    if all_stores == bool(named):
        raise typer.BadParameter("name either --stores, such as riga-1,riga-2, or --all-stores")
    return None if all_stores else named


def _password(*, from_standard_input: bool) -> str:
    if from_standard_input:
        written = sys.stdin.readline().removesuffix("\n")
    else:
        written = str(typer.prompt("Password", hide_input=True, confirmation_prompt=True))
    wrong = passwords.unfit(written)
    if wrong is not None:
        _end(wrong)
    return written


def _in_words(user: User) -> str:
    stores = "all stores" if user.stores is None else ", ".join(sorted(user.stores))
    language = "" if user.language is None else f", in {user.language}"
    return f"Sees {stores}{language}; {'may act' if user.may_act else 'may only look'}."


def _facts(user: User) -> dict[str, object]:
    return {
        "name": user.name,
        "stores": None if user.stores is None else sorted(user.stores),
        "may_act": user.may_act,
        "language": user.language,
        "added_at": user.added_at.isoformat(),
    }


def _unknown(name: str) -> str:
    return f"There is no user {name}: `touchline users list` names them."


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")


def _end(why: str) -> NoReturn:
    sys.stderr.write(why + "\n")
    raise typer.Exit(1)
