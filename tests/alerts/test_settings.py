"""Settings that cannot be right stop the process at its start, by name; none of them gives a secret away."""

import base64
from datetime import timedelta

import pytest

from services.alerts.settings import AlertSettings
from services.chassis.settings import read_settings
from tests.alerts.receiver import SECRET

URL = "https://hooks.example/services/T0?token=hidden"


@pytest.fixture
def started(monkeypatch):
    """Reads the settings from an environment, as a process does at its start."""

    def start(**environment: str) -> AlertSettings:
        for name, value in environment.items():
            monkeypatch.setenv(f"TOUCHLINE_{name.upper()}", value)
        return read_settings(AlertSettings)

    return start


def refusal(started, **environment: str) -> str:
    with pytest.raises(SystemExit) as refused:
        started(**environment)
    return str(refused.value)


def test_without_a_webhook_nothing_else_is_needed(started):
    settings = started(webhook_url="", webhook_secret="", webhook_secret_file="/dev/null")

    assert settings.webhook_url is None


def test_a_webhook_without_a_secret_is_refused_and_it_says_how_to_make_one(started):
    message = refusal(started, webhook_url=URL)

    assert "TOUCHLINE_WEBHOOK_SECRET" in message
    assert "echo whsec_$(head -c 32 /dev/urandom | base64)" in message


def test_an_empty_secret_file_is_no_secret(started):
    assert "nothing to sign webhooks with" in refusal(started, webhook_url=URL, webhook_secret_file="/dev/null")


def test_a_secret_comes_from_the_environment(started):
    assert started(webhook_url=URL, webhook_secret=SECRET).signing_secret == SECRET


def test_a_secret_comes_from_a_file(started, tmp_path):
    file = tmp_path / "secret"
    file.write_text(SECRET + "\n")

    assert started(webhook_url=URL, webhook_secret_file=str(file)).signing_secret == SECRET


def test_a_secret_file_that_is_not_there_is_refused(started, tmp_path):
    message = refusal(started, webhook_url=URL, webhook_secret_file=str(tmp_path / "missing"))

    assert "TOUCHLINE_WEBHOOK_SECRET_FILE" in message
    assert "FileNotFoundError" in message


@pytest.mark.parametrize(
    "secret",
    [
        "hunter2hunter2hunter2hunter2hunter2",
        "whsec_not base64 at all!",
        "whsec_" + base64.b64encode(b"too short").decode(),
        "whsec_" + base64.b64encode(b"x" * 65).decode(),
    ],
)
def test_a_secret_that_cannot_sign_is_refused_without_being_shown(started, secret):
    message = refusal(started, webhook_url=URL, webhook_secret=secret)

    assert "TOUCHLINE_WEBHOOK_SECRET: " in message
    assert secret not in message
    assert len(message.splitlines()) == 2


@pytest.mark.parametrize(
    "url", ["hooks.example/services", "ftp://hooks.example/hidden", "https://", "https://a b/hidden"]
)
def test_an_address_that_is_none_is_refused_without_being_shown(started, url):
    message = refusal(started, webhook_url=url, webhook_secret=SECRET)

    assert "TOUCHLINE_WEBHOOK_URL: " in message
    assert "hidden" not in message


def test_without_a_fall_back_there_is_one_address(started):
    assert started(webhook_url=URL, webhook_secret=SECRET, fallback_webhook_urls="").webhook_urls == (URL,)


@pytest.mark.parametrize(
    "written", ["https://b/1,https://c/2", "https://b/1 https://c/2", " https://b/1 ,\nhttps://c/2,"]
)
def test_fall_backs_are_separated_by_commas_or_spaces(started, written):
    settings = started(webhook_url=URL, webhook_secret=SECRET, fallback_webhook_urls=written)

    assert settings.webhook_urls == (URL, "https://b/1", "https://c/2")


def test_a_fall_back_that_is_no_address_is_refused_without_being_shown(started):
    message = refusal(started, webhook_url=URL, webhook_secret=SECRET, fallback_webhook_urls="https://b, hidden")

    assert "TOUCHLINE_FALLBACK_WEBHOOK_URLS: " in message
    assert "hidden" not in message


def test_a_fall_back_without_a_first_address_is_refused(started):
    assert "TOUCHLINE_WEBHOOK_URL is not set" in refusal(started, fallback_webhook_urls="https://b/1")


@pytest.mark.parametrize("written", ["", "\n"])
def test_without_a_key_nobody_does_anything(started, tmp_path, written):
    (tmp_path / "key").write_text(written)

    assert started().actions_key is None
    assert started(actions_key_file="").actions_key is None
    assert started(actions_key_file=str(tmp_path / "key")).actions_key is None


def test_a_key_comes_from_a_file(started, tmp_path):
    (tmp_path / "key").write_text("k" * 24 + "\n")

    assert started(actions_key_file=str(tmp_path / "key")).actions_key == "k" * 24


@pytest.mark.parametrize("key", ["hidden" * 3, "hidden " * 9, "hidden-grüße" * 3])
def test_a_key_that_can_be_guessed_or_not_be_sent_is_refused_without_being_shown(started, tmp_path, key):
    (tmp_path / "key").write_text(key)
    message = refusal(started, actions_key_file=str(tmp_path / "key"))

    assert "TOUCHLINE_ACTIONS_KEY_FILE: " in message
    assert "24 characters" in message
    assert "hidden" not in message


def test_a_key_that_cannot_be_read_is_refused_and_it_says_how_to_make_one(started, tmp_path):
    message = refusal(started, actions_key_file=str(tmp_path / "missing"))

    assert "FileNotFoundError" in message
    assert "head -c 32 /dev/urandom | base64" in message


def test_what_has_gone_wrong_is_told_again_every_quarter_of_an_hour_unless_it_is_set(started):
    assert started().repeating.every == {"critical": timedelta(minutes=15)}
    assert started(repeat_minutes="2.5").repeating.every == {"critical": timedelta(minutes=2.5)}
    assert started(repeat_minutes="0").repeating.every == {}
    assert "TOUCHLINE_REPEAT_MINUTES" in refusal(started, repeat_minutes="-1")


def test_secrets_are_not_in_what_is_printed_of_the_settings(started):
    printed = repr(started(webhook_url=URL, webhook_secret=SECRET))

    assert "hidden" not in printed
    assert SECRET not in printed


def test_a_time_zone_that_does_not_exist_is_refused_by_name(started):
    message = refusal(started, time_zone="Europe/Riga-on-Sea")

    assert "TOUCHLINE_TIME_ZONE" in message
    assert "'Europe/Riga-on-Sea'" in message


@pytest.mark.parametrize("zone", ["Europe/Riga", "UTC", "utc"])
def test_a_time_zone_that_exists_is_taken(started, zone):
    assert started(time_zone=zone).zone is not None


def test_links_lead_where_managers_reach_the_page(started):
    assert started(host="0.0.0.0", port="9000").public_url == "http://127.0.0.1:9000"  # noqa: S104
    assert started(page_url="https://alerts.example/").public_url == "https://alerts.example"


MAIL = {
    "smtp_host": "mail.example",
    "email_from": "touchline@shop.example",
    "email_to": "anna@b.example peter@b.example",
}


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
