"""Runs the experience service: `python -m services.experience`."""

import gc

from services.chassis.clock import clock_from
from services.chassis.logs import set_up_logs
from services.chassis.settings import read_settings
from services.chassis.web import run
from services.experience.app import create_app
from services.experience.settings import ExperienceSettings

COLLECT_AFTER = (200_000, 50, 100)
"""Hundreds of thousands of happenings are held, hardly any in cycles: to search them as often as Python does by itself
takes a fifth of the time."""


def main() -> None:
    """Read the settings and work until told to end."""
    settings = read_settings(ExperienceSettings)
    set_up_logs("experience", settings.log_level)
    gc.set_threshold(*COLLECT_AFTER)
    run(create_app(settings, clock_from(settings.clock)), settings)


if __name__ == "__main__":
    main()
