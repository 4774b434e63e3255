"""Evaluations of a database that was begun anew come after all those of the one that was lost."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from sqlalchemy import select

from services.chassis.database import Address, engine_for, rows_of
from services.chassis.migrating import upgrade
from services.experience.adapters.database import MIGRATIONS
from services.experience.adapters.database_values import micros
from services.experience.adapters.tables import EPOCH
from tests.databases import BOTH
from tests.experience.service import ELEVEN, PROMISE, Service
from touchline_contracts import AnyEvent
from touchline_contracts.cleanliness import CleanlinessChecked, DefectNoticed, DefectRepaired
from touchline_contracts.promises import PromiseConfirmed

HOUR = timedelta(hours=1)
CONFIRMED = PromiseConfirmed(promise_id="p", by_unit="warehouse")
TILE = DefectNoticed(defect_id="tile", area="entrance", severity="major")


@pytest.fixture
def begin() -> Iterator[Callable[[], Service]]:
    """Begins a service with an empty database."""
    begun: list[Service] = []

    def begin() -> Service:
        begun.append(Service())
        return begun[-1]

    yield begin
    for service in begun:
        service.rows.connection.close()


def editions(*told: AnyEvent) -> list[tuple[int, int]]:
    return [each.data.edition for each in told]


def test_an_evaluation_says_when_its_database_was_begun_also_after_a_restart(begin):
    service = begin()
    service.take_in(service.event(PROMISE, ELEVEN), now=ELEVEN)
    service.restart()
    service.take_in(service.event(CONFIRMED, ELEVEN), service.store_wide(TILE, ELEVEN), now=ELEVEN + HOUR)

    epoch = micros(ELEVEN)
    assert editions(*service.published(), *service.of_store()) == [(epoch, 1), (epoch, 2), (epoch, 1)]


def test_of_a_database_that_was_lost_every_edition_was_lower_and_every_id_another(begin):
    lost, anew = begin(), begin()
    made, noticed = lost.event(PROMISE, ELEVEN), lost.store_wide(TILE, ELEVEN)
    lost.take_in(made, noticed, now=ELEVEN)
    lost.take_in(lost.event(CONFIRMED, ELEVEN), now=ELEVEN)
    anew.take_in(made, noticed, now=ELEVEN + HOUR)

    assert max(editions(*lost.published())) < min(editions(*anew.published()))
    assert max(editions(*lost.of_store())) < min(editions(*anew.of_store()))
    ids = [each.id for service in (lost, anew) for each in (*service.published(), *service.of_store())]
    assert len(ids) == len(set(ids)) == 5


def test_the_longest_names_leave_room_for_epoch_and_version_in_the_id(begin):
    service = begin()
    service.take_in(service.event(PROMISE, ELEVEN, journey="j" * 128), now=ELEVEN)

    (told,) = service.published()
    assert len(told.id) == 128
    assert told.id.endswith(f"j:{micros(ELEVEN)}:1")


def test_what_was_begun_and_rolled_back_is_begun_again(begin):
    service = begin()
    service.take_in(service.event(PROMISE, ELEVEN), now=ELEVEN)
    service.rows.connection.rollback()
    service.experience.forget()

    service.take_in(service.event(PROMISE, ELEVEN), now=ELEVEN + HOUR)
    service.restart()
    service.look_again(ELEVEN + 2 * HOUR)

    assert {epoch for epoch, _ in editions(*service.published())} == {micros(ELEVEN + HOUR)}


def test_a_store_is_told_of_again_though_nothing_is_left_to_say(begin):
    lost, anew = begin(), begin()
    noticed, repaired = (lost.store_wide(each, ELEVEN) for each in (TILE, DefectRepaired(defect_id="tile")))
    lost.take_in(noticed, now=ELEVEN)
    anew.take_in(noticed, repaired, now=ELEVEN + HOUR)

    assert [each.line for each in lost.stands().defects] == ["defect/tile"]
    assert anew.stands().defects == []
    assert anew.stands().edition > lost.stands().edition


def test_that_all_is_as_it_should_be_since_the_database_was_begun_is_no_news(begin):
    service = begin()
    service.take_in(service.event(PROMISE, ELEVEN), now=ELEVEN)
    service.take_in(service.store_wide(CleanlinessChecked(area="toilet", score=5), ELEVEN + HOUR), now=ELEVEN + HOUR)

    assert service.of_store() == []


@pytest.fixture(params=BOTH)
def older(request, tmp_path) -> Address:
    """A database as it was made before there were epochs."""
    address = tmp_path / "a.db" if request.param == "sqlite" else request.getfixturevalue("postgresql").database()
    engine = engine_for(address)
    upgrade(engine, MIGRATIONS, where="here")
    with engine.begin() as connection:
        connection.exec_driver_sql("drop table epoch")
        connection.exec_driver_sql("update alembic_version set version_num = '0001'")
    engine.dispose()
    return address


@pytest.mark.parametrize("used", [True, False], ids=["used", "never used"])
def test_a_database_that_was_in_use_before_there_were_epochs_stays_what_it_was(older, used):
    engine = engine_for(older)
    if used:
        with engine.begin() as connection:
            connection.exec_driver_sql("insert into offsets values ('topic', 'cluster', 'id', 0, 5)")

    upgrade(engine, MIGRATIONS, where="here")

    with engine.connect() as connection:
        kept = [tuple(row) for row in rows_of(connection).all(select(EPOCH))]
    engine.dispose()
    assert kept == ([(1, 0)] if used else [])
