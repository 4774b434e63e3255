"""The alert service as the command line sees it: alerts by their id or its beginning, and what is done about them."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

import httpx

SECONDS = 10.0
"""How long the service may take to answer."""
MOST_ALERTS = 500
"""What the service lists at most."""
WHOLE_ID = 32

Alert = Mapping[str, Any]
"""An alert as the API tells it."""


class NotDone(Exception):
    """It could not be done. Its text says why, and what to do."""


class AlertService:
    """Asks one alert service. Every method raises NotDone when that comes to nothing."""

    def __init__(self, http: httpx.Client, key: str | None) -> None:
        self._http, self._key = http, key

    @classmethod
    @contextmanager
    def at(cls, address: str, key_file: Path | None = None) -> Iterator[Self]:
        """The service at an address. Raises NotDone when the key cannot be read."""
        try:
            key = None if key_file is None else key_file.read_text().strip()
            with httpx.Client(base_url=address, timeout=SECONDS) as http:
                yield cls(http, key)
        except OSError as error:
            raise NotDone(f"The key in {key_file} cannot be read: {error.strerror}.") from error
        except UnicodeDecodeError as error:
            raise NotDone(f"{key_file} holds no key, but something that is no text.") from error
        except httpx.InvalidURL as error:
            raise NotDone(f"{address!a} is no address: write it like http://127.0.0.1:8120.") from error

    def list(self, state: str) -> list[Alert]:
        """The alerts in this state, or `all`."""
        return list(self._asked("GET", "/v1/alerts", params={"state": state, "limit": MOST_ALERTS})["alerts"])

    def one(self, beginning: str) -> Mapping[str, Any]:
        """The alert whose id begins so, with its ledger."""
        return self._asked("GET", f"/v1/alerts/{self._whole_id(beginning)}")

    def do(self, action: str, beginning: str, **said: str | None) -> Alert:
        """Do something about the alert whose id begins so. Returns it as it is from then on."""
        if self._key is None:
            raise NotDone("It takes a key: name the file that holds it with --key-file or TOUCHLINE_ACTIONS_KEY_FILE.")
        body = {name: value for name, value in said.items() if value is not None}
        return self._asked("POST", f"/v1/alerts/{self._whole_id(beginning)}/{action}", json=body)

    def _whole_id(self, beginning: str) -> str:
        if not (beginning.isascii() and beginning.isalnum()):
            raise NotDone(f"{beginning!a} is no id of an alert: `touchline alerts list` names them.")
        if len(beginning) >= WHOLE_ID:
            return beginning
        # Those that are open first: of them people speak, and there may be more of the others than can be listed.
        for state in ("open", "all"):
            found = sorted(each["alert_id"] for each in self.list(state) if each["alert_id"].startswith(beginning))
            if len(found) > 1:
                raise NotDone(f"Several alerts begin with {beginning}: {', '.join(found)}. Write more of the one.")
            if found:
                return str(found[0])
        raise NotDone(f"No alert begins with {beginning}: `touchline alerts list --state all` names the latest.")

    def _asked(self, method: str, path: str, **more: Any) -> Mapping[str, Any]:
        try:
            headers = {} if self._key is None else {"authorization": f"Bearer {self._key}"}
            answer = self._http.request(method, path, headers=headers, **more)
            said = answer.json()
        except UnicodeEncodeError as error:
            raise NotDone("The key holds something that is no letter, digit or sign.") from error
        except httpx.TransportError as error:
            raise NotDone(
                f"The alert service at {self._where} does not answer ({type(error).__name__}): "
                "is it running? Name another address with --service or TOUCHLINE_ALERTS_URL."
            ) from error
        except ValueError:
            said = None
        if not isinstance(said, dict) or (answer.is_error and "detail" not in said):
            raise NotDone(f"What answers at {self._where} is no alert service: {answer.status_code} for {path}.")
        if answer.is_error:
            raise NotDone(str(said["detail"]))
        return said

    @property
    def _where(self) -> str:
        return str(self._http.base_url).rstrip("/")
