"""`python -m services.touchpoints.greeting`: this service alone, as a process."""

from services.touchpoints.greeting import SERVICE
from services.touchpoints.shell.main import main

main(SERVICE)
