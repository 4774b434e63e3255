"""How stores as a whole stand, and good news, in the database."""

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import select

from services.alerts.adapters.instants import instant, micros
from services.alerts.adapters.tables import NOTICES, STORES
from services.alerts.domain.notice import GoodNews, Notice
from services.alerts.domain.store import StoreStanding
from services.alerts.ports import JourneyKey
from services.chassis.rows import Rows

_STANDING = TypeAdapter(StoreStanding)


class StoredStores:
    """The part of a transaction that is about stores as a whole, and about good news."""

    rows: Rows

    def save_stores(self, standings: Iterable[StoreStanding]) -> None:
        self.rows.put(
            STORES,
            [
                (each.store, each.version, float(each.neglect), _STANDING.dump_json(each).decode(), each.epoch)
                for each in standings
            ],
        )

    def store(self, name: str) -> StoreStanding | None:
        row = self.rows.first(select(STORES.c.standing).where(STORES.c.store == name))
        return None if row is None else store_standing(row[0])

    def stores(self, limit: int) -> list[StoreStanding]:
        found = select(STORES.c.standing).order_by(STORES.c.neglect.desc(), STORES.c.store).limit(limit)
        return [store_standing(row[0]) for row in self.rows.all(found)]

    def noticed(self, keys: Iterable[JourneyKey]) -> set[JourneyKey]:
        key = ("store", "journey")
        return {(store, journey) for store, journey in self.rows.of(NOTICES, key, keys, key)}

    def save_notices(self, notices: Iterable[Notice]) -> None:
        self.rows.keep(
            NOTICES,
            [
                (
                    each.store,
                    each.journey,
                    each.notice_id,
                    each.news.line,
                    each.news.touchpoint,
                    each.news.headline,
                    micros(each.news.since),
                    float(each.kv),
                    micros(each.given_at),
                    None if each.news.phrase is None else json.dumps(each.news.phrase),
                )
                for each in notices
            ],
        )

    def notices(self, since: datetime, limit: int) -> list[Notice]:
        found = select(NOTICES).where(NOTICES.c.given_at >= micros(since))
        latest_first = found.order_by(NOTICES.c.given_at.desc(), NOTICES.c.notice_id).limit(limit)
        return [_notice(row) for row in self.rows.all(latest_first)]


def store_standing(text: str) -> StoreStanding:
    """The standing that a row holds."""
    return _STANDING.validate_json(text)


def _notice(row: Sequence[Any]) -> Notice:
    store, journey, _, line, touchpoint, headline, since, kv, given_at, phrase = row
    said = None if phrase is None else json.loads(phrase)
    news = GoodNews(line=line, touchpoint=touchpoint, headline=headline, since=instant(since), phrase=said)
    return Notice(store=store, journey=journey, news=news, kv=kv, given_at=instant(given_at))
