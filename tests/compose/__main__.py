"""`python -m tests.compose`: docker-compose.yml from nothing to healthy, through a story and an outage, and down again.

`make compose-test` runs it. It needs a container engine with Compose; ports, volumes and image are its own, so that an
installation beside it is left alone. It ends with 0 when all went well, with 1 when something is wrong with the
installation, and with 2 when there is no engine.
"""

import argparse
import base64
import secrets
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from tests.compose.course import Course
from tests.compose.installation import Failed, Installation, NoEngine, megabytes, require_engine
from tests.compose.kafka_image import kafka_image

IMAGE = "touchline:compose-test"
"""As in override.yml."""
REQUEST_SECONDS = 20.0


def main() -> int:
    """Run the test. Returns the exit code."""
    options = argparse.ArgumentParser(prog="python -m tests.compose", description="Tests docker-compose.yml.")
    options.add_argument("--keep", action="store_true", help="leave the containers as they are at the end")
    options.add_argument("--project", default="touchline-test", help="the name of the Compose project")
    chosen = options.parse_args()
    began = time.monotonic()

    def say(text: str) -> None:
        sys.stdout.write(f"{time.monotonic() - began:6.1f} s  {text}\n")
        sys.stdout.flush()

    try:
        say(require_engine())
    except NoEngine as error:
        say(f"NOTHING WAS TESTED: {error}")
        return 2
    with signing_secret() as secret, httpx.Client(timeout=REQUEST_SECONDS) as client:
        installation = Installation(chosen.project, {"TOUCHLINE_WEBHOOK_SECRET_FILE": str(secret)})
        try:
            kafka, origin = kafka_image()
            say(f"{kafka}: {origin}, {megabytes(kafka):.0f} MB")
            installation.remove()
            installation.compose("build", "--quiet", "greeting")
            say(f"{IMAGE}: built, {megabytes(IMAGE):.0f} MB")
            Course(installation, client, say).run()
        except Failed as error:
            say(f"FAILED: {error}\n{installation.ailing()}")
            return 1
        finally:
            if not chosen.keep:
                installation.remove()
    say("All went well.")
    return 0


@contextmanager
def signing_secret() -> Iterator[Path]:
    """A fresh secret in a file that the user in the containers may read."""
    with tempfile.NamedTemporaryFile("w", prefix="touchline-webhook-") as file:
        file.write("whsec_" + base64.b64encode(secrets.token_bytes(32)).decode())
        file.flush()
        Path(file.name).chmod(0o644)
        yield Path(file.name)


if __name__ == "__main__":
    sys.exit(main())
