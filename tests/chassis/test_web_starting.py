"""What a process is made of is never searched for cycles again: everything else would have to wait for that."""

import subprocess
import sys

WATCHED = """
import asyncio, gc, os, signal
from contextlib import asynccontextmanager
from prometheus_client import CollectorRegistry
from services.chassis.settings import ProcessSettings
from services.chassis.web import run, web_app

async def watch():
    for _ in range(100):
        await asyncio.sleep(0.02)
        if gc.get_freeze_count():
            break
    print("counted", gc.get_freeze_count(), len(gc.get_objects()), flush=True)
    os.kill(os.getpid(), signal.SIGTERM)

@asynccontextmanager
async def lifespan(app):
    app.state.watching = asyncio.create_task(watch())
    yield

async def not_ready():
    return []

app = web_app(title="Watched", description="", lifespan=lifespan, not_ready=not_ready, registry=CollectorRegistry(),
              largest_body_bytes=1)
run(app, ProcessSettings(port=0))
"""


def test_what_a_process_is_made_of_is_left_alone_by_the_garbage_collector():
    ended = subprocess.run([sys.executable, "-c", WATCHED], capture_output=True, text=True, timeout=30, check=True)

    _, left_alone, searched = next(line for line in ended.stdout.splitlines() if line.startswith("counted")).split()
    assert int(left_alone) > 20 * int(searched)
