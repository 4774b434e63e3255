"""What lies too long ago for anybody to be called: history that was never told as such pages nobody."""

from datetime import datetime, timedelta

from services.alerts.domain.alert import Finding

LATE_AFTER = timedelta(minutes=5)
"""Who is told of something so long after it came to be so is told that it is late."""


def is_historic(finding: Finding, *, fresh_from: datetime | None, now: datetime) -> bool:
    """Whether what is wrong came to be so before `fresh_from`, and nobody can save anything of it any more."""
    if finding.cause_at is None or fresh_from is None:
        return False
    return finding.cause_at < fresh_from and (finding.until is None or finding.until <= now)


def is_late(finding: Finding, told_at: datetime) -> bool:
    """Whether somebody is told of it long after it came to be so."""
    return finding.cause_at is not None and told_at - finding.cause_at >= LATE_AFTER
