"""The touchpoint services by name: the one list that has to know them all."""

from services.touchpoints.cleanliness import SERVICE as CLEANLINESS
from services.touchpoints.delivery import SERVICE as DELIVERY
from services.touchpoints.feedback import SERVICE as FEEDBACK
from services.touchpoints.greeting import SERVICE as GREETING
from services.touchpoints.handoff import SERVICE as HANDOFF
from services.touchpoints.promises import SERVICE as PROMISES
from services.touchpoints.recovery import SERVICE as RECOVERY
from services.touchpoints.shell.service import TouchpointService

SERVICES: dict[str, TouchpointService] = {
    service.name: service for service in (GREETING, HANDOFF, DELIVERY, CLEANLINESS, PROMISES, RECOVERY, FEEDBACK)
}
