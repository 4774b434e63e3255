"""Runs the experience service: `python -m services.experience`."""

from services.chassis.clock import clock_from
from services.chassis.logs import set_up_logs
from services.chassis.settings import read_settings
from services.chassis.web import run
from services.experience.app import create_app
from services.experience.settings import ExperienceSettings


def main() -> None:
    """Read the settings and work until told to end."""
    settings = read_settings(ExperienceSettings)
    set_up_logs("experience", settings.log_level)
    run(create_app(settings, clock_from(settings.clock)), settings)


if __name__ == "__main__":
    main()
