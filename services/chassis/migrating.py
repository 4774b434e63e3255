"""Brings the tables of a database to what this version expects, under a lock: several processes may start at once.

Each service has a package of migrations, one module for each step, which Alembic puts in order.
"""

from importlib.resources import files

import structlog
from alembic.migration import MigrationContext
from alembic.operations import Operations
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, inspect

from services.chassis import postgres
from services.chassis.store import Unavailable

log = structlog.get_logger(__name__)


def upgrade(engine: Engine, migrations: str, *, where: str, to: str = "head") -> None:
    """Make the tables that are missing, and change those that an earlier version has made; all of it or nothing.

    `to`: only as far as this step, as an earlier version would have.
    Raises RuntimeError when a newer version made them, Unavailable when it cannot be done at the moment.
    """
    script = steps(migrations)
    head = script.as_revision_number(to)
    with engine.begin() as connection:
        found = _found(connection)
        if found == head:
            return
        if connection.dialect.name == "postgresql":
            postgres.begin_to_migrate(connection)
            found = _found(connection)  # another process may have done it meanwhile
        if found is None and inspect(connection).has_table("offsets"):
            raise RuntimeError(f"{where} was made by a version of Touchline before 0.1: move it away")
        if found is not None and found not in {each.revision for each in script.walk_revisions()}:
            raise RuntimeError(
                f"{where} was made by a newer version of Touchline (its tables are at {found}, ours at {head}): "
                "run that version, or move it away"
            )
        try:
            _run(connection, script, to)
        except Unavailable as error:
            raise Unavailable(
                f"its tables cannot be brought from {found or 'nothing'} to {head}: {error}. Where the service may not "
                "change tables, run `touchline database upgrade` as somebody who may"
            ) from error
    if found != head:
        log.info("the tables of the database are up to date", where=where, was=found, now=head)


def steps(migrations: str) -> ScriptDirectory:
    """The steps of a package of migrations."""
    folder = str(files(migrations))
    return ScriptDirectory(folder, version_locations=[folder])


def _found(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def _run(connection: Connection, script: ScriptDirectory, to: str) -> None:
    context = MigrationContext.configure(
        connection,
        # As Alembic's own command does.
        opts={"fn": lambda revision, _: script._upgrade_revs(to, revision)},  # noqa: SLF001
    )
    with Operations.context(context):
        context.run_migrations()
