"""What the manager on duty sees of a journey: the messages on the phone, the alerts in the API, the page."""

from typing import Any

import httpx


class ManagerOnDuty:
    """Looks at the phone and at the alert service, wherever `urls` says they are at the moment."""

    def __init__(self, client: httpx.Client, urls: dict[str, str]) -> None:
        self._client = client
        self._urls = urls

    def everything_heard(self) -> list[tuple[str, str, str]]:
        """Every message on the phone: whose journey, which line of its ledger, and what about it."""
        messages = self._client.get(self._urls["phone"]).json()
        return [(each["data"]["journey"], each["data"]["line"], _in_words(each)) for each in messages]

    def heard(self, journey: str, line: str) -> list[str]:
        """What the phone was told of one line of a journey, in order."""
        return [words for *about, words in self.everything_heard() if about == [journey, line]]

    def alert(self, journey: str, line: str) -> dict[str, Any]:
        """The alert about one line of a journey, as the API tells it."""
        alerts = self._client.get(f"{self._urls['alerts']}/v1/alerts", params={"state": "all"}).json()["alerts"]
        found: dict[str, Any] = next(each for each in alerts if (each["journey"], each["line"]) == (journey, line))
        return found

    def page(self, alert_id: str) -> str:
        """The page of one alert."""
        return self._client.get(f"{self._urls['alerts']}/alerts/{alert_id}").text


def _in_words(message: dict[str, Any]) -> str:
    step: str = message["type"].removeprefix("alert.")
    return f"{step} {message['data']['grade']}" if step == "resolved" else step
