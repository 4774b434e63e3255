"""The machine's clock may jump; what falls due goes by the seconds that pass."""

from datetime import UTC, datetime, timedelta

import pytest
from structlog.testing import capture_logs

from services.chassis.clock import BELIEVED_AFTER_SECONDS, SystemClock

BEGIN = datetime(2026, 3, 7, 19, 0, tzinfo=UTC)
HOUR = 3600.0


class Machine:
    """Two clocks: one that can be set, and one that nobody can set."""

    def __init__(self):
        self.wall, self.passed = BEGIN.timestamp(), 1000.0
        self.clock = SystemClock(wall=lambda: self.wall, passed=lambda: self.passed)

    def wait(self, seconds):
        self.wall += seconds
        self.passed += seconds

    def seconds_since_the_beginning(self):
        return (self.clock.now() - BEGIN).total_seconds()


@pytest.mark.parametrize("jump", [HOUR, -HOUR, 3.0])
def test_a_jump_that_does_not_last_moves_nothing(jump):
    machine = Machine()
    with capture_logs() as logs:
        machine.wait(10)
        assert machine.seconds_since_the_beginning() == pytest.approx(10)
        machine.wall += jump
        for _ in range(20):
            machine.wait(1)
            machine.clock.now()
        assert machine.seconds_since_the_beginning() == pytest.approx(30)
        machine.wall -= jump
        machine.wait(5)
        assert machine.seconds_since_the_beginning() == pytest.approx(35)
    assert [each["log_level"] for each in logs] == ["error", "info"]


@pytest.mark.parametrize("jump", [HOUR, -HOUR])
def test_a_jump_that_lasts_is_believed(jump):
    machine = Machine()
    machine.wall += jump
    machine.clock.now()
    machine.wait(BELIEVED_AFTER_SECONDS)
    assert machine.seconds_since_the_beginning() == pytest.approx(BELIEVED_AFTER_SECONDS + jump)
    machine.wait(1)
    assert machine.seconds_since_the_beginning() == pytest.approx(BELIEVED_AFTER_SECONDS + jump + 1)


def test_small_corrections_are_followed_at_once():
    machine = Machine()
    for _ in range(100):
        machine.wait(60)
        machine.wall += 0.5
        assert machine.seconds_since_the_beginning() == pytest.approx(machine.wall - BEGIN.timestamp())


def test_time_that_passed_while_nobody_looked_is_no_jump():
    machine = Machine()
    machine.wait(10 * HOUR)
    assert machine.seconds_since_the_beginning() == pytest.approx(10 * HOUR)


def test_it_shows_what_the_machine_shows():
    assert abs(SystemClock().now() - datetime.now(UTC)) < timedelta(seconds=1)
