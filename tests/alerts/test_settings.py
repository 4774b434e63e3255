"""Settings that cannot be right stop the process at its start, by name; none of them gives a secret away."""

import base64
from datetime import timedelta

import pytest

from tests.alerts.receiver import SECRET
from tests.alerts.starting import reading, refusal

URL = "https://hooks.example/services/T0?token=hidden"


@pytest.fixture
def started(monkeypatch):
    return reading(monkeypatch)


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
    assert started(host="0.0.0.0", port="9000", open="true").public_url == "http://127.0.0.1:9000"  # noqa: S104
    assert started(page_url="https://alerts.example/").public_url == "https://alerts.example"


def test_messages_are_in_english_unless_another_language_is_set(started):
    assert started().language == "en"
    assert started(language="lv").language == "lv"
    assert "must be one of en, lt, lv, ru, got 'xx'" in refusal(started, language="xx")


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "10.1.2.3", "touchline.example"])  # noqa: S104
def test_where_nobody_signs_in_other_machines_are_kept_out(started, host):
    message = refusal(started, host=host)

    assert "TOUCHLINE_SIGN_IN" in message
    assert f"TOUCHLINE_HOST={host} lets other machines in" in message


def test_who_signs_in_may_come_from_anywhere_and_so_may_all_where_it_is_open(started, monkeypatch):
    for host in ("127.0.0.1", "127.0.0.2", "::1", "localhost"):
        assert started(host=host).sign_in == "none"
    assert started(host="0.0.0.0", open="true").open  # noqa: S104
    assert started(host="0.0.0.0", open="false", sign_in="password").sign_in == "password"  # noqa: S104
    assert "'none' or 'password'" in refusal(started, sign_in="magic")
