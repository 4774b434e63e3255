"""`python -m services.touchpoints.promises`: this service alone, as a process."""

from services.touchpoints.promises import SERVICE
from services.touchpoints.shell.main import main

main(SERVICE)
