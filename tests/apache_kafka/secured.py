"""An Apache Kafka with locks: certificates, users, access control. Everything it needs is made when it starts."""

import subprocess
from collections.abc import Sequence
from pathlib import Path

from tests.apache_kafka.broker import ApacheKafka
from tests.apache_kafka.jars import jars, java

ADMIN = "admin"
LOGIN = "org.apache.kafka.common.security.scram.ScramLoginModule required"
OURS = ("IP:127.0.0.1", "DNS:kafka.example")
"""The names that the broker's certificate is for."""


def password_of(user: str) -> str:
    """Every user has a password of its own."""
    return f"{user}-knows-this"


def authority(directory: Path, name: str) -> Path:
    """A fresh certificate authority; its certificate is `name`.pem, its key beside it."""
    certificate = directory / f"{name}.pem"
    _openssl(
        *("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"),
        *("-subj", f"/CN={name}", "-keyout", f"{directory}/{name}.key", "-out", str(certificate)),
        *("-addext", "keyUsage=critical,keyCertSign,cRLSign"),
    )
    return certificate


def signed(directory: Path, by: Path, name: str, *names: str, days: int = 2) -> tuple[Path, Path]:
    """A certificate for these names signed by an authority, and its key."""
    certificate, key, request = (directory / f"{name}.{kind}" for kind in ("pem", "key", "csr"))
    extensions = directory / f"{name}.cnf"
    extensions.write_text(f"subjectAltName={','.join(names)}\n" if names else "basicConstraints=CA:FALSE\n")
    _openssl(
        *("req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"),
        *("-subj", f"/CN={name}", "-keyout", str(key), "-out", str(request)),
    )
    _openssl(
        *("x509", "-req", "-in", str(request), "-CA", str(by), "-CAkey", str(by.with_suffix(".key"))),
        *("-CAcreateserial", "-days", str(days), "-extfile", str(extensions), "-out", str(certificate)),
    )
    return certificate, key


class SecuredKafka(ApacheKafka):
    """One broker behind TLS: each user may do what an access rule allows, and nothing else; only `admin` everything.

    With `users`, these prove who they are by a password (SASL_SSL); without, by a certificate (SSL), whose name CN=...
    is theirs. `directory` holds the certificates.
    """

    def __init__(self, directory: Path, users: Sequence[str] = ()) -> None:
        self.authority = authority(directory, "authority")
        self._certificates = directory
        self._keystore = directory / "broker.keystore.pem"
        self.show_certificate(self.authority, *OURS)
        login = f'{LOGIN} username="{ADMIN}" password="{password_of(ADMIN)}";'
        super().__init__(
            protocol="SASL_SSL" if users else "SSL",
            format_options=[
                option
                for user in (ADMIN, *users)
                for mechanism in ("SCRAM-SHA-512", "SCRAM-SHA-256")
                for option in ("--add-scram", f"{mechanism}=[name={user},password={password_of(user)}]")
            ],
            properties={
                "sasl.enabled.mechanisms": "SCRAM-SHA-512,SCRAM-SHA-256",
                "sasl.mechanism.inter.broker.protocol": "SCRAM-SHA-512",
                "listener.name.clients.scram-sha-512.sasl.jaas.config": login,
                "listener.name.clients.scram-sha-256.sasl.jaas.config": login,
                "ssl.keystore.type": "PEM",
                "ssl.keystore.location": str(self._keystore),
                "ssl.truststore.type": "PEM",
                "ssl.truststore.location": str(self.authority),
                "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
                # The controller is spoken to on the loopback address alone, without a name.
                "super.users": f"User:{ADMIN};User:CN={ADMIN};User:ANONYMOUS",
                "ssl.client.auth": "none" if users else "required",
                "allow.everyone.if.no.acl.found": "false",
            },
        )

    def change_password(self, user: str, password: str) -> None:
        """Change a user's password, as an administrator would. Who is connected stays so."""
        properties = self._certificates / "admin.properties"
        properties.write_text(
            "security.protocol=SASL_SSL\nsasl.mechanism=SCRAM-SHA-512\nssl.truststore.type=PEM\n"
            f"ssl.truststore.location={self.authority}\n"
            f'sasl.jaas.config={LOGIN} username="{ADMIN}" password="{password_of(ADMIN)}";\n'
        )
        subprocess.run(
            [
                *(java(), "-cp", ":".join(map(str, jars())), "kafka.admin.ConfigCommand"),
                *("--bootstrap-server", self.bootstrap_servers, "--command-config", str(properties), "--alter"),
                *("--entity-type", "users", "--entity-name", user),
                *("--add-config", f"SCRAM-SHA-512=[password={password}]"),
            ],
            check=True,
            capture_output=True,
        )

    def show_certificate(self, by: Path, *names: str) -> None:
        """Show a certificate for these names, signed by an authority, from the next start on."""
        certificate, key = signed(self._certificates, by, "broker", *names)
        self._keystore.write_text(key.read_text() + certificate.read_text())


def _openssl(*arguments: str) -> None:
    subprocess.run(["openssl", *arguments], check=True, capture_output=True)
