"""`touchline keys`: make, list, revoke and exchange the keys of store systems."""

import secrets
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Annotated

import typer
from pydantic import TypeAdapter, ValidationError
from rich.console import Console
from rich.table import Table

from services.commands.safe_text import on_one_line
from services.keys.document import LONGEST_SYSTEM
from services.keys.file import Unusable, change, load
from services.keys.key import Key, Keys, NotPossible, Scope
from touchline_contracts.fields import StoreId

PREFIX = "touchline_"
"""So that one that was written where it does not belong is found, by people and by programs."""
SECRET_BYTES = 32
WIDTH = 120

app = typer.Typer(no_args_is_help=True, help="See and change who may send events, and for which stores.")

File = Annotated[
    Path,
    typer.Option("--file", envvar="TOUCHLINE_KEYS_FILE", metavar="FILE", help="The keys file of the services."),
]
Id = Annotated[str, typer.Argument(metavar="ID", help="The key's id: what is before the point.")]


@app.command("add")
def add(
    file: File,
    system: Annotated[
        str, typer.Option("--for", metavar="SYSTEM", help='What will use it, such as "till system"; no person.')
    ],
    store: Annotated[list[str] | None, typer.Option(metavar="STORE", help="Its store; again for each further.")] = None,
    all_stores: Annotated[bool, typer.Option("--all-stores", help="For a central system: every store.")] = False,
    scope: Annotated[Scope, typer.Option(help="To send events, or to read what services tell.")] = "events",
) -> None:
    """Make a key, and print it. Nobody can print it again: the file has its hash alone."""
    stores = _stores(store or [], all_stores=all_stores)
    if not 0 < len(system.strip()) <= LONGEST_SYSTEM or not system.isprintable():
        raise _refused(f"--for must be 1 to {LONGEST_SYSTEM} characters on one line, such as `till system`")
    _give(file, lambda _: (stores, scope, system.strip()))


@app.command("list")
def list_keys(file: File) -> None:
    """List the keys: what for, for which stores, and whether they are in use. Secrets are in no file."""
    with _saying_why(file):
        keys = sorted(load(file), key=lambda each: (each.revoked is not None, each.created))
    if not keys:
        sys.stdout.write("There are no keys: nobody is let by. `touchline keys add` makes one.\n")
        return
    shown = Table("id", "for", "stores", "scope", "created", "revoked", box=None, pad_edge=False)
    shown.columns[0].no_wrap = True
    for each in keys:
        stores = "all" if each.stores is None else ", ".join(sorted(each.stores))
        revoked = "" if each.revoked is None else f"{each.revoked:%Y-%m-%d}"
        cells = (each.id, each.system, stores, each.scope, f"{each.created:%Y-%m-%d}", revoked)
        shown.add_row(*(on_one_line(cell) for cell in cells))
    Console(highlight=False, markup=False, width=WIDTH).print(shown)


@app.command("revoke")
def revoke(id_: Id, file: File) -> None:
    """Let nobody by any more with a key. Running services know within two seconds."""
    with _saying_why(file):
        change(file, lambda keys: keys.without(id_, _now()))
    sys.stdout.write(f"{id_} is revoked.\n")


@app.command("rotate")
def rotate(id_: Id, file: File) -> None:
    """Make another key for the same system, and print it. The old one goes on until it is revoked."""

    def same(keys: Keys) -> tuple[frozenset[str] | None, Scope, str]:
        old = keys.one(id_)
        return old.stores, old.scope, old.system

    _give(file, same)
    sys.stderr.write(f"{id_} goes on. When its system has the new one: touchline keys revoke {id_}\n")


def _give(file: Path, for_whom: Callable[[Keys], tuple[frozenset[str] | None, Scope, str]]) -> None:
    """Make a key, write down its hash, and print it: alone on standard output, so that it can go into a file."""
    id_, secret = PREFIX + secrets.token_hex(6), secrets.token_urlsafe(SECRET_BYTES)

    def added(keys: Keys) -> Keys:
        stores, scope, system = for_whom(keys)
        digest = sha256(secret.encode()).digest()
        return keys.with_another(Key(id=id_, stores=stores, scope=scope, system=system, digest=digest, created=_now()))

    with _saying_why(file):
        change(file, added)
    sys.stdout.write(f"{id_}.{secret}\n")
    sys.stderr.write("It is shown this once. Its system sends it as: Authorization: Bearer ID.SECRET\n")


def _stores(named: list[str], *, all_stores: bool) -> frozenset[str] | None:
    if all_stores == bool(named):
        raise _refused("name the stores with --store, once for each, or say --all-stores; one of the two")
    for each in named:
        try:
            TypeAdapter(StoreId).validate_python(each)
        except ValidationError:
            raise _refused(f"--store must be letters, digits and . _ : - (at most 64), got {each!a}") from None
        if each == "*":
            raise _refused("--store takes one store; for every store say --all-stores")
    return None if all_stores else frozenset(named)


def _now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)


@contextmanager
def _saying_why(file: Path) -> Iterator[None]:
    try:
        yield
    except Unusable as error:
        raise _refused(f"the keys file {file} cannot be used, and was left as it is: {error}") from error
    except OSError as error:
        raise _refused(f"{file} cannot be written ({error.strerror}): name a file in a folder that is yours") from error
    except NotPossible as error:
        raise _refused(str(error)) from error


def _refused(why: str) -> typer.Exit:
    sys.stderr.write(f"touchline keys: {on_one_line(why)}\n")
    return typer.Exit(1)
