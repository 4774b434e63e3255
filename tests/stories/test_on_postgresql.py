"""A story through the whole path with both services on PostgreSQL: what has to come out is what comes out on SQLite."""

import pytest
from sqlalchemy import func, select
from typer.testing import CliRunner

from services.alerts.adapters.tables import DELIVERIES
from services.alerts.settings import AlertSettings
from services.chassis.database import engine_for
from services.commands import whole
from services.commands.main import app
from services.experience.adapters.tables import EVENTS
from services.experience.settings import ExperienceSettings

pytestmark = pytest.mark.live


def counted(address, table, *columns):
    engine = engine_for(address)
    with engine.connect() as connection:
        found = connection.execute(select(*columns, func.count()).select_from(table).group_by(*columns)).all()
    engine.dispose()
    return [tuple(row) for row in found]


def test_a_promise_that_nobody_manages_comes_out_the_same(postgresql, monkeypatch):
    experience, alerts = postgresql.database(), postgresql.database()
    monkeypatch.setattr(
        whole, "ExperienceSettings", lambda **told: ExperienceSettings(**told | {"database": experience})
    )
    monkeypatch.setattr(whole, "AlertSettings", lambda **told: AlertSettings(**told | {"database": alerts}))

    played = CliRunner().invoke(app, ["play", "warehouse"], env={"COLUMNS": "200"})

    assert played.exit_code == 0, played.output
    assert "✓ each step of an alert reaches the manager's phone, once" in played.stdout
    assert "✗" not in played.stdout
    ((events,),) = counted(experience, EVENTS)
    assert events > 20
    assert [state for state, _ in counted(alerts, DELIVERIES, DELIVERIES.c.state)] == ["sent"]
