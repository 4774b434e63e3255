"""The metrics pages of all processes: they are as Prometheus wants them, and docs/metrics.md says what is on them."""

import re
import shutil
from pathlib import Path
from subprocess import STDOUT

import anyio
import httpx
import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as open_metrics_families
from prometheus_client.parser import text_string_to_metric_families

from services.alerts.app import create_app as create_alerts
from services.alerts.settings import AlertSettings
from services.chassis.clock import SystemClock
from services.experience.app import create_app as create_experience
from services.experience.settings import ExperienceSettings
from services.touchpoints import cleanliness, delivery, feedback, greeting, handoff, promises, recovery
from services.touchpoints.shell.app import create_app as create_touchpoint
from services.touchpoints.shell.settings import TouchpointSettings

pytestmark = pytest.mark.anyio

TOUCHPOINT_SERVICES = (greeting, handoff, delivery, cleanliness, promises, recovery, feedback)
NAMES = [module.SERVICE.name for module in TOUCHPOINT_SERVICES] + ["experience", "alerts"]
PAGE = Path(__file__).parents[2] / "docs" / "metrics.md"
ROW = re.compile(r"^\| `(?P<name>\w+)` \| (?P<type>\w+)(, (?P<unit>[\w ]+))? \|(?P<labels>[^|]*)\|", re.MULTILINE)
UNITS = {"seconds": "_seconds", "ratio": "_ratio", "seconds since 1970": "_timestamp_seconds"}
CLIENTS_OWN = ("process_", "python_")
"""What the Prometheus client measures by itself."""


def process(name: str, directory: Path):
    """A process as it is put together, without Kafka: it does not have to run to have its page."""
    if name == "experience":
        return create_experience(ExperienceSettings(database=directory / "experience.db"), SystemClock())
    if name == "alerts":
        return create_alerts(AlertSettings(database=directory / "alerts.db"), SystemClock())
    service = next(module.SERVICE for module in TOUCHPOINT_SERVICES if module.SERVICE.name == name)
    return create_touchpoint(service, TouchpointSettings(spool_file=directory / "spool.db"), SystemClock())


async def page_of(name: str, directory: Path, accept: str = "text/plain") -> str:
    transport = httpx.ASGITransport(process(name, directory))
    async with httpx.AsyncClient(transport=transport, base_url="http://process") as http:
        answer = await http.get("/metrics", headers={"accept": accept})
    assert answer.status_code == 200
    return answer.text


def documented() -> dict[str, re.Match[str]]:
    return {row["name"]: row for row in ROW.finditer(PAGE.read_text(encoding="utf-8"))}


@pytest.mark.parametrize("name", NAMES)
async def test_promtool_finds_nothing_to_complain_about(name, tmp_path, missing):
    promtool = shutil.which("promtool") or missing("promtool", "install the package prometheus")
    page = (await page_of(name, tmp_path)).encode()

    checked = await anyio.run_process([promtool, "check", "metrics"], input=page, stderr=STDOUT, check=False)

    assert (checked.returncode, checked.stdout.decode()) == (0, "")


@pytest.mark.parametrize("name", NAMES)
async def test_a_page_holds_each_metric_once_with_its_help_and_no_time_of_creation(name, tmp_path):
    families = list(text_string_to_metric_families(await page_of(name, tmp_path)))

    names = [family.name for family in families]
    assert len(set(names)) == len(names)
    assert [family.name for family in families if not family.documentation] == []
    assert [sample.name for family in families for sample in family.samples if sample.name.endswith("_created")] == []
    assert "touchline_build_info" in names
    assert "process_resident_memory_bytes" in names


@pytest.mark.parametrize("name", NAMES)
async def test_a_page_can_be_had_as_open_metrics(name, tmp_path):
    page = await page_of(name, tmp_path, accept="application/openmetrics-text; version=1.0.0")

    assert "touchline_build_info" in {family.name for family in open_metrics_families(page)}


@pytest.mark.parametrize("name", NAMES)
async def test_series_are_few(name, tmp_path):
    page = await page_of(name, tmp_path)

    assert len([line for line in page.splitlines() if not line.startswith("#")]) < 500


async def test_what_is_measured_is_documented_and_what_is_documented_is_measured(tmp_path):
    told = documented()
    labels_told = {name: set(re.findall(r"`(\w+)`", row["labels"])) for name, row in told.items()}
    measured: dict[str, tuple[str, set[str]]] = {}
    for name in NAMES:
        for family in text_string_to_metric_families(await page_of(name, tmp_path)):
            if family.name.startswith(CLIENTS_OWN):
                continue
            full_name = f"{family.name}_total" if family.type == "counter" else family.name
            labels = {label for sample in family.samples for label in sample.labels} - {"le"}
            known_type, known_labels = measured.get(full_name, (family.type, set()))
            assert known_type == family.type, full_name
            # What has no series before partitions are assigned is taken by its word.
            measured[full_name] = (
                family.type,
                known_labels | (labels if family.samples else labels_told.get(full_name, set())),
            )

    assert {name: (row["type"], labels_told[name]) for name, row in told.items()} == measured


def test_a_metric_is_named_after_its_unit():
    for name, row in documented().items():
        ending = UNITS[row["unit"]] if row["unit"] else ""
        assert name.endswith("_total" if row["type"] == "counter" else ending), name


async def test_every_value_of_a_label_is_documented(tmp_path):
    text = PAGE.read_text(encoding="utf-8")
    for name in NAMES:
        for family in text_string_to_metric_families(await page_of(name, tmp_path)):
            if family.name.startswith((*CLIENTS_OWN, "touchline_build")):
                continue
            for label, value in {each for sample in family.samples for each in sample.labels.items()}:
                if label not in {"le", "topic", "group", "partition"}:
                    assert re.search(rf"\b{value}\b", text), f"{family.name}: {label}={value}"
