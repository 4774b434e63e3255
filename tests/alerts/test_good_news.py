"""Good news is given once for each journey, in Kafka and on the page; nobody is called for it."""

from dataclasses import replace

import pytest

from services.alerts.adapters.database import MIGRATIONS, StoredTransaction
from services.alerts.adapters.telling import alert_message, deliveries, notice_message
from services.alerts.domain.notice import GoodNews
from services.alerts.entrypoints.reading import read
from services.alerts.usecases import Alerts
from tests.alerts.builders import JOURNEY, NOON, evaluated, evaluation, record
from touchline_contracts import parse_event
from touchline_contracts.evaluations import GoodNews as ToldGoodNews

NEWS = GoodNews(line="recognition/1", touchpoint="parking", headline="More than was expected in riga-1", since=NOON)
alerts = Alerts(
    announce=alert_message,
    notify=lambda told, _: deliveries(told, ["webhook"], "https://alerts.example"),
    pass_on=notice_message,
)


@pytest.fixture
def store(rows):
    return StoredTransaction(rows(MIGRATIONS))


def take_in(store, *batch):
    return alerts.take_in(store, batch, now=NOON)


def kinds(store):
    return [parse_event(message.value).kind.name for _, message in store.unsent(100)]


def test_good_news_is_given_once_and_calls_nobody(store):
    for version in (1, 2, 3):
        outcome = take_in(store, replace(evaluated(version=version, kv=1.06), good_news=NEWS))

    (event,) = [parse_event(message.value) for _, message in store.unsent(100)]
    assert (event.kind.name, event.subject, event.data.kv) == ("notice.given", JOURNEY, 1.06)
    assert outcome.good_news == 0
    assert store.due_deliveries("webhook", NOON, 100) == []
    assert store.cases(None, 10) == []
    (notice,) = store.notices(NOON, 10)
    assert (notice.journey, notice.news) == (JOURNEY, NEWS)


def test_the_same_good_news_twice_in_a_batch_is_given_once(store):
    twice = [replace(evaluated(version=version, kv=1.06), good_news=NEWS) for version in (1, 2)]

    assert take_in(store, *twice).good_news == 1
    assert kinds(store) == ["notice.given"]


def test_the_good_news_of_a_history_is_none(store):
    take_in(store, replace(evaluated(kv=1.06, replay=True), good_news=NEWS))

    assert kinds(store) == []


def test_good_news_is_read_from_an_evaluation():
    told = ToldGoodNews(line="recognition/1", touchpoint="parking", since=NOON, headline="More than was expected")
    event = evaluation(JOURNEY, 1, kv=1.06, good_news=told)

    ((taken,), _) = read([record(event)], NOON)

    assert taken.good_news == GoodNews(
        line="recognition/1", touchpoint="parking", since=NOON, headline="More than was expected"
    )


def test_good_news_is_kept_for_every_language(store):
    said = {"code": "good_news.beyond", "arguments": {"store": "riga-1", "place": "parking"}}

    take_in(store, replace(evaluated(kv=1.06), good_news=replace(NEWS, phrase=said)))

    assert [each.news.phrase for each in store.notices(NOON, 10)] == [said]
