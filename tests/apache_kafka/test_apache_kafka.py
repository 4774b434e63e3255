"""Apache Kafka for tests says what it lacks, runs only what was locked, and leaves nothing behind."""

import asyncio
import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.apache_kafka.broker import ApacheKafka, random_port, taken
from tests.apache_kafka.jars import LOCK, Unavailable, WrongJar, cache, checksum_of, fill, jars, java, locked, verify
from tests.brokers import need_apache_kafka

pytestmark = pytest.mark.anyio

WITHIN_SECONDS = 20.0


@pytest.fixture
def kafka(missing) -> ApacheKafka:
    need_apache_kafka(missing)
    return ApacheKafka()


@pytest.fixture
def empty_cache(monkeypatch, tmp_path) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return cache()


def test_a_jar_that_differs_is_named_with_what_was_expected_and_got(tmp_path):
    (tmp_path / "a.jar").write_bytes(b"a")
    (tmp_path / "b.jar").write_bytes(b"b")
    right = {name: checksum_of(tmp_path / name) for name in ("a.jar", "b.jar")}
    verify(tmp_path, right)

    (tmp_path / "b.jar").write_bytes(b"B")
    with pytest.raises(WrongJar) as caught:
        verify(tmp_path, right | {"c.jar": "0" * 64})

    text = str(caught.value)
    assert f"b.jar: expected {right['b.jar']}, got {checksum_of(tmp_path / 'b.jar')}" in text
    assert f"c.jar: expected {'0' * 64}, got no such file" in text
    assert "a.jar" not in text
    assert "fetch --lock" in text


def test_a_cache_that_was_changed_is_not_used(kafka, monkeypatch, tmp_path):
    shutil.copytree(cache() / "jars", tmp_path / "touchline" / cache().name / "jars")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    jar = next(iter(locked()))
    (cache() / "jars" / jar).write_bytes(b"something else")

    with pytest.raises(WrongJar, match=jar):
        jars()


def test_what_maven_brings_is_used_only_when_it_is_what_was_locked(kafka, empty_cache, monkeypatch, tmp_path):
    maven = tmp_path / "bin" / "mvn"
    maven.parent.mkdir()
    maven.write_text('#!/bin/sh\nfor each; do case $each in -DoutputDirectory=*) mkdir -p "${each#*=}";; esac; done\n')
    maven.chmod(0o755)
    monkeypatch.setenv("PATH", f"{maven.parent}:{os.environ['PATH']}")

    with pytest.raises(WrongJar, match="got no such file"):
        fill(locked())

    assert not (empty_cache / "jars").exists()


def test_without_maven_and_with_a_full_cache_all_goes_on(kafka, monkeypatch):
    monkeypatch.setenv("PATH", "")

    assert [jar.name for jar in jars()] == list(locked())


def test_without_maven_and_without_a_cache_it_says_what_to_install(empty_cache, monkeypatch):
    monkeypatch.setenv("PATH", "")

    with pytest.raises(Unavailable, match=r"Maven is missing; .*apt-get install"):
        jars()


def test_without_java_it_says_what_to_install(monkeypatch):
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setenv("PATH", "")

    with pytest.raises(Unavailable, match=r"Java is missing; .*apt-get install"):
        java()


def test_the_lock_can_be_checked_without_us(kafka):
    subprocess.run(["sha256sum", "--check", "--quiet", LOCK], cwd=cache() / "jars", check=True)


async def test_a_port_that_is_taken_is_named(kafka):
    with (
        socket.create_server(("127.0.0.1", kafka.port)),
        pytest.raises(RuntimeError, match=f"port {kafka.port} .* tak"),
    ):
        await kafka.start()


async def test_a_broker_that_dies_shows_the_end_of_its_log(missing):
    need_apache_kafka(missing)
    kafka = ApacheKafka(properties={"num.io.threads": "none"})

    with pytest.raises(RuntimeError, match=r"num\.io\.threads"):
        await kafka.start()


async def test_a_broker_does_not_outlive_the_one_who_started_it(missing):
    need_apache_kafka(missing)
    port = random_port()
    program = (
        "import asyncio\nfrom tests.apache_kafka.broker import ApacheKafka\n"
        f"async def main():\n    async with ApacheKafka({port}):\n        print('up', flush=True)\n"
        "        await asyncio.sleep(60)\nasyncio.run(main())\n"
    )
    starter = await asyncio.create_subprocess_exec(sys.executable, "-c", program, stdout=asyncio.subprocess.PIPE)
    try:
        assert starter.stdout is not None
        assert await starter.stdout.readline() == b"up\n"
        assert taken(port)
    finally:
        starter.kill()
        await starter.wait()

    async with asyncio.timeout(WITHIN_SECONDS):
        while taken(port):
            await asyncio.sleep(0.05)
