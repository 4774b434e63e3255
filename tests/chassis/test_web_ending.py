"""A process ends in bounded time after SIGTERM, also when something in it hangs for good."""

import signal
import subprocess
import sys
import time

import pytest

HANGING = """
import asyncio, sys, time
from contextlib import asynccontextmanager
from prometheus_client import CollectorRegistry
from services.chassis.settings import ProcessSettings
from services.chassis.web import run, web_app

@asynccontextmanager
async def lifespan(_):
    print("begun", flush=True)  # by now the server listens to signals itself
    yield
    if sys.argv[1] == "loop":
        time.sleep(60)
    else:
        asyncio.get_running_loop().run_in_executor(None, time.sleep, 60)

async def not_ready():
    return []

app = web_app(title="Hanging", description="", lifespan=lifespan, not_ready=not_ready, registry=CollectorRegistry(),
              largest_body_bytes=1)
run(app, ProcessSettings(port=0))
"""


@pytest.mark.parametrize("what", ["loop", "thread"])
def test_what_hangs_at_the_end_is_cut_short(what):
    with subprocess.Popen([sys.executable, "-c", HANGING, what], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        while "begun" not in process.stdout.readline():
            assert process.poll() is None
        process.send_signal(signal.SIGTERM)
        began = time.monotonic()
        printed = process.stdout.read()
        assert process.wait(timeout=15) == 1
        took = time.monotonic() - began

    assert took < 10
    assert "the end takes too long and is cut short" in printed
