"""The image of Kafka that docker-compose.yml names: the engine's own, pulled, or else made from the released jars."""

import re
import shutil
import tempfile
from pathlib import Path

import yaml

from tests.apache_kafka.jars import Unavailable, jars, version
from tests.compose.installation import ROOT, Failed, engine

RECIPE = Path(__file__).parent / "kafka"
MADE_HERE = "touchline.built-from"
"""The label of images that were made here: they are made again, so that they never lag behind the recipe."""


def kafka_image() -> tuple[str, str]:
    """Make sure of the image. Returns its name, and where it comes from; raises Failed."""
    name: str = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]["kafka"]["image"]
    try:
        made_here = engine("image", "inspect", "--format", f'{{{{index .Config.Labels "{MADE_HERE}"}}}}', name).strip()
    except Failed:
        try:
            engine("pull", "--quiet", name)
        except Failed as error:
            _make(name)
            return name, f"cannot be pulled ({str(error).splitlines()[-1]}), made from the released jars"
        return name, "pulled"
    if made_here:
        _make(name)
        return name, "made from the released jars"
    return name, "the engine has it"


def _make(name: str) -> None:
    _, _, tag = name.partition(":")
    if tag != version():
        raise Failed(f"docker-compose.yml names {name}, but tests/apache_kafka brings the jars of {version()}.")
    # The same base as our own image: a machine that gets here has it already, or cannot build ours either.
    base = re.search(r"^ARG PYTHON_IMAGE=(\S+)$", (ROOT / "deploy" / "Dockerfile").read_text(), re.MULTILINE)
    if base is None:
        raise Failed("deploy/Dockerfile does not say what it builds on: ARG PYTHON_IMAGE=...")
    with tempfile.TemporaryDirectory() as directory:
        context = Path(directory) / "context"
        shutil.copytree(RECIPE, context)
        (context / "libs").mkdir()
        try:
            for jar in jars():
                shutil.copy(jar, context / "libs")
        except Unavailable as error:
            raise Failed(f"{name} can neither be pulled nor made: {error}") from error
        arguments = (f"--build-arg=BASE={base[1]}", f"--build-arg=VERSION={tag}")
        engine("build", "--quiet", f"--tag={name}", *arguments, str(context))
