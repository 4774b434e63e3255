"""Settings as a process reads them at its start, and how they are refused."""

from collections.abc import Callable

import pytest

from services.alerts.settings import AlertSettings
from services.chassis.settings import read_settings

Started = Callable[..., AlertSettings]


def refusal(started: Started, **environment: str) -> str:
    """What is said of settings that are refused."""
    with pytest.raises(SystemExit) as refused:
        started(**environment)
    return str(refused.value)


def reading(monkeypatch: pytest.MonkeyPatch) -> Started:
    """Reads the settings from an environment."""

    def start(**environment: str) -> AlertSettings:
        for name, value in environment.items():
            monkeypatch.setenv(f"TOUCHLINE_{name.upper()}", value)
        return read_settings(AlertSettings)

    return start
