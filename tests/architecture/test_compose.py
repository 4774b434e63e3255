"""docker-compose.yml: every process is there, watched, restarted, confined, and reachable from this machine alone.

What only a container engine can tell is not tested here: whether the image builds, and the processes become healthy and
do their work. `make compose-test` tells.
"""

from pathlib import Path

import pytest
import yaml

from services.touchpoints.shell.settings import TouchpointSettings

ROOT = Path(__file__).parents[2]
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES = COMPOSE["services"]
OURS = {name: service for name, service in SERVICES.items() if name != "kafka"}
RUNNING = {name: service for name, service in SERVICES.items() if name != "concepts"}
KEYS = "keys:/var/lib/touchline-keys:ro"
TOUCHPOINTS = {"greeting", "handoff", "delivery", "cleanliness", "promises", "recovery", "feedback"}


def test_every_process_is_there():
    assert set(SERVICES) == TOUCHPOINTS | {"kafka", "experience", "alerts", "concepts"}


@pytest.mark.parametrize("name", sorted(set(OURS) - {"concepts"}))
def test_a_command_names_a_module_that_can_be_run(name):
    (module,) = OURS[name]["command"]

    path = ROOT.joinpath(*module.split("."))
    assert (path / "__main__.py").exists() or path.with_suffix(".py").exists()


@pytest.mark.parametrize("name", RUNNING)
def test_a_process_that_keeps_running_is_watched_and_restarted(name):
    assert RUNNING[name]["healthcheck"]["test"]
    assert RUNNING[name]["restart"] == "unless-stopped"


def test_the_publication_of_concepts_ends_and_is_tried_again_when_it_fails():
    assert SERVICES["concepts"]["restart"] == "on-failure"


def test_every_concept_of_the_folder_is_published():
    published = {Path(argument).name for argument in SERVICES["concepts"]["command"][2:]}

    assert published == {path.name for path in (ROOT / "deploy" / "concepts").glob("*.yaml")}


@pytest.mark.parametrize("name", SERVICES)
def test_an_image_is_pinned(name):
    _, _, tag = SERVICES[name]["image"].partition(":")

    assert tag
    assert tag != "latest"


@pytest.mark.parametrize("name", OURS)
def test_a_process_of_ours_is_confined(name):
    assert OURS[name]["read_only"] is True
    assert OURS[name]["cap_drop"] == ["ALL"]
    assert OURS[name]["security_opt"] == ["no-new-privileges:true"]


@pytest.mark.parametrize("name", OURS)
def test_a_process_of_ours_ends_on_sigterm_from_its_first_moment(name):
    assert OURS[name]["init"] is True


@pytest.mark.parametrize("name", SERVICES)
def test_a_fault_ends_one_process_and_not_the_machine(name):
    assert SERVICES[name]["mem_limit"]
    assert SERVICES[name]["pids_limit"]


@pytest.mark.parametrize("name", OURS)
def test_a_process_of_ours_waits_for_kafka_to_be_healthy(name):
    assert OURS[name]["depends_on"]["kafka"]["condition"] == "service_healthy"


def test_ports_are_published_once_and_on_this_machine_alone():
    published = [port for service in SERVICES.values() for port in service.get("ports", [])]

    assert all(port.startswith("127.0.0.1:") for port in published), published
    assert len({port.split(":")[1] for port in published}) == len(published)


@pytest.mark.parametrize("name", sorted(TOUCHPOINTS | {"alerts"}))
def test_the_published_port_is_the_one_that_the_process_listens_on(name):
    port = SERVICES[name]["environment"]["TOUCHLINE_PORT"]

    assert SERVICES[name]["ports"] == [f"127.0.0.1:{port}:{port}"]


@pytest.mark.parametrize("name", sorted(TOUCHPOINTS | {"experience", "alerts"}))
def test_what_a_service_keeps_lives_in_a_volume_of_its_own(name):
    (volume,) = set(SERVICES[name]["volumes"]) - {KEYS}
    source, target = volume.split(":")

    assert source in COMPOSE["volumes"]
    file = "TOUCHLINE_SPOOL_FILE" if name in TOUCHPOINTS else "TOUCHLINE_DATABASE"
    assert SERVICES[name]["environment"][file].startswith(f"{target}/")
    assert [other for other in SERVICES if volume in SERVICES[other].get("volumes", [])] == [name]


@pytest.mark.parametrize("name", sorted(TOUCHPOINTS))
def test_who_takes_events_reads_keys_where_the_command_writes_them_and_cannot_write_them(name):
    environment = SERVICES[name]["environment"]

    assert KEYS in SERVICES[name]["volumes"]
    assert "keys:/var/lib/touchline-keys" in SERVICES["concepts"]["volumes"]
    assert SERVICES["concepts"]["environment"]["TOUCHLINE_KEYS_FILE"] == "/var/lib/touchline-keys/keys.json"
    assert environment["TOUCHLINE_KEYS_FILE"] == "${TOUCHLINE_KEYS_FILE:-}"


def test_a_service_that_listens_on_all_addresses_without_keys_says_so():
    """It would not start otherwise; that its port is published on this machine alone is tested above."""
    for name in TOUCHPOINTS:
        environment = SERVICES[name]["environment"]
        told = {each: environment[f"TOUCHLINE_{each.upper()}"] for each in ("host", "open")}

        assert TouchpointSettings(**told, keys_file=None).host == "0.0.0.0"  # noqa: S104


def test_the_image_runs_as_somebody_who_is_not_root():
    dockerfile = (ROOT / "deploy" / "Dockerfile").read_text().splitlines()

    users = [line.split()[1] for line in dockerfile if line.startswith("USER ")]

    assert users
    assert all(user.split(":")[0].isdigit() and int(user.split(":")[0]) > 0 for user in users)
