"""Settings of the channels that cannot be right stop the process at its start, by name; none gives a secret away."""

import pytest

from tests.alerts.receiver import SECRET
from tests.alerts.starting import reading, refusal

URL = "https://hooks.example/services/T0?token=hidden"
MAIL = {
    "smtp_host": "mail.example",
    "email_from": "touchline@shop.example",
    "email_to": "anna@b.example peter@b.example",
}


@pytest.fixture
def started(monkeypatch):
    return reading(monkeypatch)


def test_an_e_mail_needs_a_server_a_sender_and_somebody_to_write_to(started):
    settings = started(**MAIL)

    assert settings.email_to == ("anna@b.example", "peter@b.example")
    assert settings.smtp_security == "starttls"


def test_without_a_mail_server_nothing_else_of_mail_is_needed(started):
    assert started(smtp_host="", email_from="", email_to="", smtp_password_file="/dev/null").smtp_host is None


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"smtp_host": "smtp://mail.example"}, "TOUCHLINE_SMTP_HOST: "),
        ({"smtp_security": "ssl"}, "TOUCHLINE_SMTP_SECURITY: "),
        ({"smtp_port": "70000"}, "TOUCHLINE_SMTP_PORT: "),
        ({"email_from": ""}, "set TOUCHLINE_EMAIL_FROM, too"),
        ({"email_from": "Touchline"}, "TOUCHLINE_EMAIL_FROM: "),
        ({"email_to": ""}, "TOUCHLINE_EMAIL_TO: "),
        ({"email_to": "anna@b.example, peter"}, "TOUCHLINE_EMAIL_TO: "),
        ({"smtp_user": "touchline"}, "TOUCHLINE_SMTP_PASSWORD_FILE: "),
        ({"smtp_user": "touchline", "smtp_password_file": "/nowhere"}, "cannot be read (FileNotFoundError)"),
        ({"smtp_user": "touchline", "smtp_security": "none"}, "TOUCHLINE_SMTP_USER: "),
    ],
)
def test_what_is_wrong_with_the_mail_is_said_by_name_and_once(started, wrong, named):
    message = refusal(started, **MAIL | wrong)

    assert named in message
    assert len(message.splitlines()) == 2


def test_the_password_of_the_mail_user_comes_from_a_file_and_is_not_printed(started, tmp_path):
    (tmp_path / "password").write_text("correct horse\n")
    settings = started(**MAIL, smtp_user="touchline", smtp_password_file=str(tmp_path / "password"))

    assert settings.smtp_password == "correct horse"
    assert "correct" not in repr(settings)


@pytest.mark.parametrize(
    "url",
    ["http://127.0.0.1:8130/hidden", "http://localhost/hidden", "https://[::1]/hidden", "https://10.1.2.3/hidden"],
)
def test_an_address_that_is_not_public_is_refused_and_it_says_what_to_set(started, url):
    message = refusal(started, webhook_url=url, webhook_secret=SECRET)
    fall_back = refusal(started, webhook_url=URL, webhook_secret=SECRET, fallback_webhook_urls=f"https://b/1 {url}")

    for said in (message, fall_back):
        assert "TOUCHLINE_OUTGOING_ALLOW" in said
        assert "hidden" not in said
    assert "TOUCHLINE_FALLBACK_WEBHOOK_URLS: " in fall_back


@pytest.mark.parametrize("allow", ["127.0.0.1", "10.0.0.0/8, 127.0.0.0/8", "::1 127.0.0.1"])
def test_an_address_that_is_not_public_is_taken_when_it_is_allowed(started, allow):
    url = "http://127.0.0.1:8130/hidden"

    assert started(webhook_url=url, webhook_secret=SECRET, outgoing_allow=allow).webhook_url == url


def test_what_is_allowed_has_to_be_a_host_or_a_network_and_is_complained_of_once(started):
    message = refusal(started, webhook_url="http://127.0.0.1/", webhook_secret=SECRET, outgoing_allow="http://phone/")

    assert "TOUCHLINE_OUTGOING_ALLOW: " in message
    assert "'http://phone/' is neither a host" in message
    assert len(message.splitlines()) == 2


def test_an_address_of_apprise_comes_from_the_environment_or_a_file_and_is_not_printed(started, tmp_path):
    (tmp_path / "apprise").write_text("tgram://hidden/hidden\n")

    by_file = started(apprise_url_file=str(tmp_path / "apprise"))
    by_itself = started(apprise_url="slack://hidden/hidden")

    assert by_file.apprise_address == "tgram://hidden/hidden"
    assert by_itself.apprise_address == "slack://hidden/hidden"
    assert "hidden" not in repr(by_file) + repr(by_itself)


def test_without_an_address_of_apprise_there_is_none(started):
    assert started(apprise_url="", apprise_url_file="/dev/null").apprise_address is None


@pytest.mark.parametrize("written", ["hidden", "slack hidden", "slack://hidden and more", "://hidden"])
def test_an_address_of_apprise_that_is_none_is_refused_without_being_shown(started, tmp_path, written):
    (tmp_path / "apprise").write_text(written)

    by_itself = refusal(started, apprise_url=written)
    assert "TOUCHLINE_APPRISE_URL: " in by_itself
    assert "hidden" not in by_itself


def test_a_file_without_an_address_of_apprise_is_refused_by_name(started, tmp_path):
    (tmp_path / "apprise").write_text("hidden")

    for file in ("apprise", "missing"):
        message = refusal(started, apprise_url_file=str(tmp_path / file))
        assert "TOUCHLINE_APPRISE_URL_FILE: " in message
        assert "hidden" not in message


@pytest.mark.parametrize("url", ["alertmanager:9093", "http://127.0.0.1:9093/hidden"])
def test_an_alertmanager_has_an_address_that_may_be_reached(started, url):
    message = refusal(started, alertmanager_url=url)

    assert "TOUCHLINE_ALERTMANAGER_URL: " in message
    assert "hidden" not in message


def test_an_alertmanager_that_is_allowed_by_name_is_taken(started):
    settings = started(alertmanager_url="http://localhost:9093", outgoing_allow="localhost")

    assert settings.alertmanager_url == "http://localhost:9093"
