"""How to be let into Kafka: what cannot work stops the process at its start, by name, and gives no password away."""

import os
import ssl
import subprocess
from pathlib import Path

import pytest

from services.chassis.kafka_settings import KafkaSettings, without_security
from services.chassis.security import client_arguments
from services.chassis.settings import ProcessSettings, read_settings

PASSWORD = "correct horse battery staple"


def openssl(*arguments: str) -> None:
    subprocess.run(["openssl", *arguments], check=True, capture_output=True)


@pytest.fixture(scope="module")
def files(tmp_path_factory) -> dict[str, Path]:
    """Certificates, keys and passwords, right and wrong."""
    folder = tmp_path_factory.mktemp("files")
    made = {name: folder / name for name in ("ours.pem", "ours.key", "other.pem", "other.key", "encrypted.key")}
    for name in ("ours", "other"):
        openssl(
            *("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"),
            *("-subj", f"/CN={name}", "-keyout", str(made[f"{name}.key"]), "-out", str(made[f"{name}.pem"])),
        )
    openssl(
        "ec", "-in", str(made["ours.key"]), "-aes256", "-passout", "pass:secret", "-out", str(made["encrypted.key"])
    )
    written = {
        "both.pem": made["ours.pem"].read_text() + made["ours.key"].read_text(),
        "words": "good morning\n",
        "password": f"{PASSWORD}\n",
        "empty": "\n",
    }
    for name, text in written.items():
        made[name] = folder / name
        made[name].write_text(text)
    made["bytes"] = folder / "bytes"
    made["bytes"].write_bytes(b"\xff\xfe")
    made["missing"] = folder / "missing"
    return made


@pytest.fixture
def started(monkeypatch, files):
    """Reads the settings from an environment, as a process does at its start; {name} stands for a file."""

    def start(**environment: str) -> ProcessSettings:
        for name, value in environment.items():
            monkeypatch.setenv(f"TOUCHLINE_KAFKA_{name.upper()}", value.format(**files_by_name(files)))
        return read_settings(ProcessSettings)

    return start


def files_by_name(files: dict[str, Path]) -> dict[str, str]:
    return {name.replace(".", "_"): str(path) for name, path in files.items()}


def test_without_settings_nothing_is_encrypted_and_nobody_named(started):
    arguments = client_arguments(started())

    assert (arguments["security_protocol"], arguments["ssl_context"]) == ("PLAINTEXT", None)


def test_an_empty_variable_is_as_one_that_is_not_set(started):
    settings = started(security_protocol="", ca_file="", user="", password_file="", sasl_mechanism="")

    assert (settings.kafka_security_protocol, settings.kafka_user) == ("PLAINTEXT", None)


@pytest.mark.parametrize("mechanism", ["SCRAM-SHA-512", "SCRAM-SHA-256", "PLAIN"])
def test_a_user_with_a_password_in_a_file(started, mechanism):
    arguments = client_arguments(
        started(
            security_protocol="SASL_SSL", sasl_mechanism=mechanism, user="greeting", password_file="{password}",
            ca_file="{ours_pem}",
        )
    )  # fmt: skip

    assert arguments["security_protocol"] == "SASL_SSL"
    assert arguments["sasl_mechanism"] == mechanism
    assert (arguments["sasl_plain_username"], arguments["sasl_plain_password"]) == ("greeting", PASSWORD)


def test_host_names_are_checked_and_certificates_are_required(started):
    context = client_arguments(started(security_protocol="SSL", ca_file="{ours_pem}"))["ssl_context"]

    assert (context.check_hostname, context.verify_mode) == (True, ssl.CERT_REQUIRED)
    assert [each["subject"] for each in context.get_ca_certs()] == [((("commonName", "ours"),),)]


def test_without_a_file_of_authorities_those_of_the_system_are_believed(started):
    context = client_arguments(started(security_protocol="SSL"))["ssl_context"]

    assert (context.check_hostname, context.verify_mode) == (True, ssl.CERT_REQUIRED)


@pytest.mark.parametrize("files_given", [{"certificate_file": "{ours_pem}", "key_file": "{ours_key}"},
                                         {"certificate_file": "{both_pem}"}])  # fmt: skip
def test_a_certificate_of_ours_with_its_key_beside_it_or_in_it(started, files_given):
    assert client_arguments(started(security_protocol="SSL", **files_given))["ssl_context"] is not None


SASL = {"security_protocol": "SASL_SSL", "user": "greeting", "password_file": "{password}"}
WRONG = {
    "a protocol that does not exist": ({"security_protocol": "TLS"}, "SECURITY_PROTOCOL", "'SASL_SSL', got 'TLS'"),
    "a mechanism that does not exist": ({**SASL, "sasl_mechanism": "SHA"}, "SASL_MECHANISM", "'PLAIN', got 'SHA'"),
    "no user": (SASL | {"user": ""}, "USER", "is SASL_SSL, which needs it"),
    "no password": (SASL | {"password_file": ""}, "PASSWORD_FILE", "which needs it: set it to a file that holds"),
    "a password that is not there": (SASL | {"password_file": "{missing}"}, "PASSWORD_FILE", "No such file"),
    "a password that is a folder": (SASL | {"password_file": "/tmp"}, "PASSWORD_FILE", "cannot be read (Is a direct"),  # noqa: S108
    "no password in the file": (SASL | {"password_file": "{empty}"}, "PASSWORD_FILE", "is empty: the file must hold"),
    "a password of bytes": (SASL | {"password_file": "{bytes}"}, "PASSWORD_FILE", "is not UTF-8 text"),
    "a user without SASL": ({"user": "greeting"}, "USER", "is PLAINTEXT, which names no user"),
    "a password without SASL": (
        {"security_protocol": "SSL", "password_file": "{password}"}, "PASSWORD_FILE", "is SSL, which names no user"
    ),
    "an authority without TLS": ({"ca_file": "{ours_pem}"}, "CA_FILE", "is PLAINTEXT, which is not encrypted"),
    "an authority that is not there": (
        {"security_protocol": "SSL", "ca_file": "{missing}"}, "CA_FILE", "cannot be read (No such file or directory)"
    ),
    "an authority that is none": (
        {"security_protocol": "SSL", "ca_file": "{words}"}, "CA_FILE", "it begins with -----BEGIN CERTIFICATE-----"
    ),
    "a key for an authority": (
        {"security_protocol": "SSL", "ca_file": "{ours_key}"}, "CA_FILE", "no certificate in PEM is in it"
    ),
    "a certificate without TLS": (
        {"certificate_file": "{both_pem}"}, "CERTIFICATE_FILE", "is PLAINTEXT, which is not encrypted"
    ),
    "a certificate that is not there": (
        {"security_protocol": "SSL", "certificate_file": "{missing}"}, "CERTIFICATE_FILE", "cannot be read"
    ),
    "a certificate without its key": (
        {"security_protocol": "SSL", "certificate_file": "{ours_pem}"}, "KEY_FILE", "both must be in that one file"
    ),
    "a key without its certificate": (
        {"security_protocol": "SSL", "key_file": "{ours_key}"}, "KEY_FILE", "set TOUCHLINE_KAFKA_CERTIFICATE_FILE, too"
    ),
    "somebody else's key": (
        {"security_protocol": "SSL", "certificate_file": "{ours_pem}", "key_file": "{other_key}"},
        "KEY_FILE",
        "are no certificate and its key in PEM (key values mismatch)",
    ),
    "a key that is encrypted": (
        {"security_protocol": "SSL", "certificate_file": "{ours_pem}", "key_file": "{encrypted_key}"},
        "KEY_FILE",
        "nobody is there to ask for its password",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("environment", "variable", "why"), WRONG.values(), ids=WRONG)
def test_what_cannot_work_is_refused_by_name(started, environment, variable, why):
    with pytest.raises(SystemExit) as refused:
        started(**environment)

    _, *complaints = str(refused.value).splitlines()
    assert len(complaints) == 1, complaints
    assert complaints[0].startswith(f"  TOUCHLINE_KAFKA_{variable}: ")
    assert why in complaints[0]
    assert ", got " in complaints[0]
    assert PASSWORD not in str(refused.value)


def test_the_password_is_not_in_what_is_printed_of_the_settings(started):
    settings = started(**SASL)

    assert PASSWORD not in repr(settings) + str(settings) + settings.model_dump_json()


def test_a_password_that_was_changed_is_read_again(started, files):
    settings = started(**SASL)
    files["password"].write_text("another one")
    try:
        assert client_arguments(settings)["sasl_plain_password"] == "another one"
    finally:
        files["password"].write_text(f"{PASSWORD}\n")


def test_the_embedded_broker_is_not_asked_for_what_another_kafka_wants(started, monkeypatch):
    started(**SASL)
    without_security(os.environ)

    assert KafkaSettings().kafka_security_protocol == "PLAINTEXT"
    assert not [name for name in os.environ if name.startswith("TOUCHLINE_KAFKA_") and "IDEMPOTENCE" not in name]


def test_every_setting_is_in_the_table_of_the_documents():
    table = (Path(__file__).parents[2] / "docs" / "operations.md").read_text().partition("## Health")[0]
    names = [
        field.validation_alias or f"TOUCHLINE_{name.upper()}" for name, field in ProcessSettings.model_fields.items()
    ]

    assert [name for name in names if f"`{name}`" not in table] == []
