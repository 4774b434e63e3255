"""`python -m services.touchpoints.cleanliness`: this service alone, as a process."""

from services.touchpoints.cleanliness import SERVICE
from services.touchpoints.shell.main import main

main(SERVICE)
