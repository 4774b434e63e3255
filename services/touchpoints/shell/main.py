"""A touchpoint service as a process."""

from services.chassis.clock import clock_from
from services.chassis.logs import set_up_logs
from services.chassis.web import run
from services.touchpoints.shell.app import create_app
from services.touchpoints.shell.service import TouchpointService
from services.touchpoints.shell.settings import settings_of


def main(service: TouchpointService) -> None:
    """Run one service with the settings of its environment until it is told to end."""
    settings = settings_of(service)
    set_up_logs(service.name, settings.log_level)
    run(create_app(service, settings, clock_from(settings.clock)), settings)
