"""Runs the alert service: `python -m services.alerts`."""

from services.alerts.app import create_app
from services.alerts.settings import AlertSettings
from services.chassis.clock import clock_from
from services.chassis.logs import set_up_logs
from services.chassis.settings import read_settings
from services.chassis.web import run


def main() -> None:
    """Read the settings and work until told to end."""
    settings = read_settings(AlertSettings)
    set_up_logs("alerts", settings.log_level)
    run(create_app(settings, clock_from(settings.clock)), settings)


if __name__ == "__main__":
    main()
