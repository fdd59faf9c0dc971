"""How an SMSC is reached: TCP, or TLS with its certificate verified and ours shown."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from OpenSSL import crypto
from twisted.internet.endpoints import HostnameEndpoint, wrapClientTLS
from twisted.internet.interfaces import IStreamClientEndpoint
from twisted.internet.ssl import (
    Certificate,
    KeyPair,
    PrivateCertificate,
    optionsForClientTLS,
    platformTrust,
    trustRootFromCertificates,
)

from smpp.errors import SettingsFault
from smpp.settings import LinkSettings, TlsSettings

_BEGIN = b"-----BEGIN CERTIFICATE-----"


def endpoint_for(settings: LinkSettings, reactor: Any) -> IStreamClientEndpoint:
    """Where a link connects to.  Raises SettingsFault if a certificate or key cannot be read."""
    endpoint = HostnameEndpoint(reactor, settings.host, settings.port, timeout=settings.connect_timeout_seconds)
    if settings.tls is None:
        return endpoint
    return wrapClientTLS(_tls(settings.tls, settings.host), endpoint)


def _tls(settings: TlsSettings, host: str) -> Any:
    name = settings.server_name or host
    trust = platformTrust()  # type: ignore[no-untyped-call]  # Twisted's, as the two below
    own = None
    extra: dict[str, Any] = {}
    if settings.authorities_path:
        trust = trustRootFromCertificates(_certificates(settings.authorities_path))  # type: ignore[no-untyped-call]
    if settings.certificate_path:
        leaf, *chain = _certificates(settings.certificate_path)
        try:
            key = KeyPair.load(_read(settings.key_path), crypto.FILETYPE_PEM)
        except crypto.Error as exc:
            raise SettingsFault(f"{settings.key_path} is not a private key in PEM without a passphrase") from exc
        own = PrivateCertificate.fromCertificateAndKeyPair(leaf, key)  # type: ignore[no-untyped-call]
        if chain:
            extra["extraCertChain"] = [certificate.original for certificate in chain]
    return optionsForClientTLS(name, trustRoot=trust, clientCertificate=own, extraCertificateOptions=extra or None)


def _certificates(path: str) -> list[Certificate]:
    blocks = _read(path).split(_BEGIN)[1:]
    try:
        found = [Certificate.loadPEM(_BEGIN + block) for block in blocks]
    except crypto.Error as exc:
        raise SettingsFault(f"{path} holds a certificate that cannot be read") from exc
    if not found:
        raise SettingsFault(f"{path} holds no certificate in PEM")
    return found


def _read(path: str) -> bytes:
    try:
        return Path(path).read_bytes()
    except OSError as exc:
        raise SettingsFault(f"{path} cannot be read: {exc.strerror}") from exc
