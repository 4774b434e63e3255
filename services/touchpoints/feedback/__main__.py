"""`python -m services.touchpoints.feedback`: this service alone, as a process."""

from services.touchpoints.feedback import SERVICE
from services.touchpoints.shell.main import main

main(SERVICE)
