"""How stores as a whole stand, and good news, in the database."""

import json
from collections.abc import Iterable, Sequence
from typing import Any

from pydantic import TypeAdapter

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


def store_standing(text: str) -> StoreStanding:
    """The standing that a row holds."""
    return _STANDING.validate_json(text)


def notice_of(row: Sequence[Any]) -> Notice:
    """The good news that a row holds."""
    store, journey, _, line, touchpoint, headline, since, kv, given_at, phrase = row
    said = None if phrase is None else json.loads(phrase)
    news = GoodNews(line=line, touchpoint=touchpoint, headline=headline, since=instant(since), phrase=said)
    return Notice(store=store, journey=journey, news=news, kv=kv, given_at=instant(given_at))
