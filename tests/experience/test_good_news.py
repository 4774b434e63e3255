"""Good news: a journey above 1 because of what nobody had to expect. It calls nobody, and names nobody."""

import json
from collections.abc import Iterator

import pytest

from tests.experience.service import ELEVEN, Service
from touchline_contracts.feedback import ConductObserved, RecognitionGiven


@pytest.fixture
def service() -> Iterator[Service]:
    service = Service()
    yield service
    service.rows.connection.close()


def test_recognition_above_one_is_good_news_and_names_nobody(service: Service) -> None:
    given = RecognitionGiven(touchpoint="parking", note="carried by somebody")
    service.take_in(service.event(given, ELEVEN), now=ELEVEN)

    news = service.latest().good_news
    assert (news.touchpoint, news.headline) == ("parking", "More than was expected in riga-1: at parking")
    assert "somebody" not in json.dumps(news.model_dump(mode="json"))
    assert service.latest().attention == []


@pytest.mark.parametrize("score", [1, 3.8], ids=["alerted", "inside the zone of tolerance"])
def test_recognition_in_a_journey_that_fell_short_is_none(service: Service, score: float) -> None:
    rude = ConductObserved(touchpoint="till", aspect="courtesy", score=score, observer="customer")
    given = RecognitionGiven(touchpoint="parking")
    service.take_in(service.event(rude, ELEVEN), service.event(given, ELEVEN), now=ELEVEN)

    assert service.latest().kv < 1
    assert service.latest().good_news is None


@pytest.mark.parametrize(("surprises", "news"), [(1, False), (2, True)])
def test_without_recognition_it_takes_more_than_one_surprise(service: Service, surprises: int, *, news: bool) -> None:
    # At the cap each adds .3 x ln 1.25 to the gains: KV 1.0595 and 1.106; good news begins at 1.1.
    kind = ConductObserved(touchpoint="till", aspect="courtesy", score=5, observer="customer")
    service.take_in(*[service.event(kind, ELEVEN) for _ in range(surprises)], now=ELEVEN)

    assert (service.latest().good_news is not None) is news
