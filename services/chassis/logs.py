"""Logs: one line for each change of state, as JSON or, on a terminal, in plain words. Never personal data."""

import logging
import sys

import structlog


def set_up_logs(service: str, level: str) -> None:
    """Log to standard error from now on, with the service's name in every line. Call once, from `__main__`."""
    on_a_terminal = sys.stderr.isatty()
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.dev.ConsoleRenderer() if on_a_terminal else structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, level.upper())),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    structlog.contextvars.bind_contextvars(service=service)
    # aiokafka tells each reconnection attempt; what matters of it, readiness and outages, we say ourselves.
    logging.basicConfig(level=logging.CRITICAL if level != "debug" else logging.DEBUG, stream=sys.stderr)
    for talkative in ("httpx", "httpcore", "urllib3"):  # they tell whole addresses, and a webhook's can be a secret
        logging.getLogger(talkative).setLevel(logging.WARNING)
