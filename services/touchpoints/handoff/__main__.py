"""`python -m services.touchpoints.handoff`: this service alone, as a process."""

from services.touchpoints.handoff import SERVICE
from services.touchpoints.shell.main import main

main(SERVICE)
