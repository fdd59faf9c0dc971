"""TLS over loopback: the SMSC's certificate is verified, ours is shown, and nothing is said before."""

from __future__ import annotations

import datetime
import ipaddress
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import pytest_twisted
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from OpenSSL import SSL
from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.internet.ssl import Certificate, CertificateOptions, KeyPair, trustRootFromCertificates

from smpp import Account, LinkState, LinkStatus
from smpp.settings import AccountSettings, LinkSettings, TlsSettings
from smpp.simulator.smsc import Smsc
from tests.smpp.world import Listener

NOW = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
LATER = NOW + datetime.timedelta(days=36_500)


class Identity(NamedTuple):
    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    def write(self, folder: Path, name: str) -> tuple[str, str]:
        """Paths of certificate and key."""
        certificate, key = folder / f"{name}.pem", folder / f"{name}.key"
        certificate.write_bytes(self.certificate.public_bytes(serialization.Encoding.PEM))
        unlocked = serialization.NoEncryption()
        key.write_bytes(self.key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, unlocked))
        return str(certificate), str(key)


def identity(name: str, issuer: Identity | None = None) -> Identity:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.certificate.subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW - datetime.timedelta(days=3_650))
        .not_valid_after(LATER)
        .add_extension(x509.BasicConstraints(ca=issuer is None, path_length=None), critical=True)
    )
    if issuer is not None:
        names = [x509.IPAddress(ipaddress.ip_address("127.0.0.1")), x509.DNSName(name)]
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    return Identity(builder.sign(issuer.key if issuer else key, hashes.SHA256()), key)


AUTHORITY, STRANGER = identity("authority"), identity("stranger")
SERVER, CLIENT = identity("smsc.example", AUTHORITY), identity("esme", AUTHORITY)


class Watcher(Listener):
    """Fires with the first status that is bound, or that has lost a session."""

    def __init__(self) -> None:
        super().__init__()
        self.outcome: Deferred[LinkStatus] = Deferred()

    def link_changed(self, status: LinkStatus, /) -> None:
        if status.state in (LinkState.BOUND, LinkState.WAITING) and not self.outcome.called:
            self.outcome.callback(status)


def server_options(folder: Path) -> CertificateOptions:
    """An SMSC's that insists on a client certificate."""
    certificate, key = SERVER.write(folder, "server")
    authority = Certificate.loadPEM(AUTHORITY.certificate.public_bytes(serialization.Encoding.PEM))
    options = CertificateOptions(
        privateKey=KeyPair.load(Path(key).read_bytes(), SSL.FILETYPE_PEM).original,
        certificate=Certificate.loadPEM(Path(certificate).read_bytes()).original,
        trustRoot=trustRootFromCertificates([authority]),
    )
    options.requireCertificate = True
    return options


CASES = [
    ("the right authority and our certificate", AUTHORITY, CLIENT, "", LinkState.BOUND),
    ("another name that the certificate has", AUTHORITY, CLIENT, "smsc.example", LinkState.BOUND),
    ("an authority that did not sign it", STRANGER, CLIENT, "", LinkState.WAITING),
    ("a name that the certificate has not", AUTHORITY, CLIENT, "other.example", LinkState.WAITING),
    ("no certificate of ours", AUTHORITY, None, "", LinkState.WAITING),
]


@pytest.mark.parametrize(
    ("authority", "client", "server_name", "state"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
)
@pytest_twisted.inlineCallbacks
def test_a_link_binds_only_where_both_certificates_are_right(
    tmp_path: Path, authority: Identity, client: Identity | None, server_name: str, state: LinkState
) -> Iterator[Any]:
    shown: list[Any] = []
    smsc = Smsc({"us": "pw"}, shown.append, reactor, lambda: 0.0)
    port = reactor.listenSSL(0, smsc, server_options(tmp_path), interface="127.0.0.1")
    certificate, key = client.write(tmp_path, "client") if client else ("", "")
    tls = TlsSettings(server_name, authority.write(tmp_path, "authority")[0], certificate, key)
    link = LinkSettings("l0", "127.0.0.1", port.getHost().port, "us", "pw", tls=tls)
    watcher = Watcher()
    account = Account(AccountSettings("carrier", (link,)), watcher, reactor)
    account.startService()
    status = yield watcher.outcome
    assert status.state is state
    assert [facts["event"] for facts in shown if facts["event"] != "unbound"] == (
        ["bound"] if state is LinkState.BOUND else []
    )
    assert state is LinkState.BOUND or status.why_lost.startswith("TLS failed: ")
    yield account.stopService()
    yield port.stopListening()
