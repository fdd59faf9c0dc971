"""The files of TLS towards an SMSC, looked at without connecting: what is there, and does it fit together."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes, PublicKeyTypes
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

from smpp.settings import TlsSettings


def faults_of(settings: TlsSettings, now: datetime) -> Iterator[tuple[str, str]]:
    """The faults of a link's certificates at `now` (UTC), each with its setting."""
    if settings.authorities_path:
        authorities = _certificates(Path(settings.authorities_path))
        if isinstance(authorities, str):
            yield "authorities_path", authorities
    if not settings.certificate_path:
        return
    chain = _certificates(Path(settings.certificate_path))
    if isinstance(chain, str):
        yield "certificate_path", chain
    elif not chain[0].not_valid_before_utc <= now < chain[0].not_valid_after_utc:
        span = f"{chain[0].not_valid_before_utc:%Y-%m-%d} to {chain[0].not_valid_after_utc:%Y-%m-%d}"
        yield "certificate_path", f"{settings.certificate_path} is valid from {span} only: renew it"
    public = _public_half(Path(settings.key_path))
    if isinstance(public, str):
        yield "key_path", public
    elif not isinstance(chain, str) and public != _spki(chain[0].public_key()):
        yield "key_path", f"{settings.key_path} is not the key of {settings.certificate_path}: the first certificate's"


def _certificates(path: Path) -> list[x509.Certificate] | str:
    """The certificates in a file, at least one; else what is wrong with it."""
    try:
        return x509.load_pem_x509_certificates(path.read_bytes())
    except OSError as exc:
        return f"{path} cannot be read: {exc.strerror}"
    except ValueError:
        return f"{path} holds no certificate in PEM, or one that is damaged"


def _public_half(path: Path) -> bytes | str:
    """The public half of a private key in its standard form; else what is wrong with the file."""
    try:
        return _spki(load_pem_private_key(path.read_bytes(), None).public_key())
    except OSError as exc:
        return f"{path} cannot be read: {exc.strerror}"
    except TypeError:
        return f"{path} has a passphrase: write the key without one, readable by the gateway's user only"
    except ValueError:
        return f"{path} is no private key in PEM"


def _spki(key: CertificatePublicKeyTypes | PublicKeyTypes) -> bytes:
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
