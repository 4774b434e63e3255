"""`python -m services.touchpoints.delivery`: this service alone, as a process."""

from services.touchpoints.delivery import SERVICE
from services.touchpoints.shell.main import main

main(SERVICE)
