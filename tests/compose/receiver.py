"""A manager's phone in a container: takes webhooks that are signed as they should be, and shows what it has taken.

It runs in the project's image, by itself: nothing beside this file is mounted.
"""

import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from standardwebhooks.webhooks import Webhook, WebhookVerificationError

SECRET = Path("/run/secrets/webhook")
PORT = 8130

taken: dict[str, dict[str, object]] = {}
"""By delivery: the same one may come twice when a process dies before it has noted that it was taken."""


class Receiver(BaseHTTPRequestHandler):
    """POST takes a message, GET lists those that were taken."""

    webhook: Webhook

    def do_POST(self) -> None:
        """Take a message, or refuse it with 401."""
        body = self.rfile.read(int(self.headers["content-length"]))
        try:
            self.webhook.verify(body, dict(self.headers.items()))
        except WebhookVerificationError:
            self._answer(401)
            return
        taken.setdefault(self.headers["webhook-id"], json.loads(body))
        self._answer(204)

    def do_GET(self) -> None:
        """All messages, in the order in which they came."""
        self._answer(200, json.dumps(list(taken.values())).encode())

    def _answer(self, status: int, body: bytes = b"") -> None:
        self.send_response(status)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def main() -> None:
    """Serve until the container ends."""
    Receiver.webhook = Webhook(SECRET.read_text().strip())
    ThreadingHTTPServer(("", PORT), Receiver).serve_forever()


if __name__ == "__main__":
    main()
