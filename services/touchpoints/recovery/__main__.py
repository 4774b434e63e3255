"""`python -m services.touchpoints.recovery`: this service alone, as a process."""

from services.touchpoints.recovery import SERVICE
from services.touchpoints.shell.main import main

main(SERVICE)
