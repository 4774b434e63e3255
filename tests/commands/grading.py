"""The commands that learn from orders, run on made-up ones."""

from pathlib import Path
from tempfile import TemporaryDirectory

from click.testing import Result
from typer.testing import CliRunner

from services.commands.main import app
from tests.commands.olist_orders import MARKETPLACE, TABLES, run_import

LINES = run_import(TABLES).stdout.splitlines(keepends=True)


def run(*options, lines=LINES, command="grade") -> Result:
    """Run a command on the orders, or on other lines."""
    with TemporaryDirectory() as folder:
        file = Path(folder, "events.ndjson")
        file.write_text("".join(lines))
        arguments = [command, str(file), "--concept", str(MARKETPLACE), *map(str, options)]
        return CliRunner(env={"COLUMNS": "80"}).invoke(app, arguments)
