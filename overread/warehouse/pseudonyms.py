"""Identifiers become keyed tokens at the door; quarantined rows are sealed with the same key."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import uuid
from pathlib import Path

from cryptography.fernet import Fernet

# Block of SHA-256 in bytes.
BLOCK = 64
# Numbers of these are unique within one accession issuer only; readers and reviewers keep one token everywhere.
SCOPED = frozenset({"exam", "patient", "task", "report", "assignment", "review"})


def load_key(path: Path) -> bytes:
    """Read the key file, or make one (mode 600). It lies outside the warehouse: without it no token can be made again.

    Raises:
        ValueError: The key is shorter than 32 bytes.
    """
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_text(secrets.token_hex(32))
    key = path.read_bytes().strip()
    if len(key) < 32:
        raise ValueError(
            f"{path}: a key has at least 32 characters; delete the file to have one made"
        )
    return key


def token(key: bytes, namespace: str, scope: str, text: str) -> uuid.UUID:
    """HMAC-SHA256 of an identifier, cut to 128 bits.

    Args:
        key: The network's key.
        namespace: What is named: exam, patient, reader, ...
        scope: Accession issuer, or "" where the identifier is unique by itself.
        text: The identifier as delivered.
    """
    message = "\x1f".join((namespace, scope, text)).encode()
    return uuid.UUID(bytes=hmac.digest(key, message, "sha256")[:16])


def seal(key: bytes, text: str) -> str:
    """Encrypt a raw row; only the holder of the key can read it."""
    derived = base64.urlsafe_b64encode(hashlib.sha256(b"seal" + key).digest())
    return Fernet(derived).encrypt(text.encode()).decode()


def unseal(key: bytes, sealed: str) -> str:
    """Decrypt a sealed row.

    Raises:
        cryptography.fernet.InvalidToken: Another key sealed it.
    """
    derived = base64.urlsafe_b64encode(hashlib.sha256(b"seal" + key).digest())
    return Fernet(derived).decrypt(sealed.encode()).decode()


def token_keys(key: bytes) -> dict[str, bytes]:
    """The two padded keys of HMAC (RFC 2104), the parameters `$inner` and `$outer` of `token_sql`."""
    short = hashlib.sha256(key).digest() if len(key) > BLOCK else key
    padded = short.ljust(BLOCK, b"\0")
    return {
        "inner": bytes(byte ^ 0x36 for byte in padded),
        "outer": bytes(byte ^ 0x5C for byte in padded),
    }


def token_sql(namespace: str, scope: str, text: str) -> str:
    """SQL of `token` with the parameters of `token_keys`: the key stands in no query text.

    Args:
        namespace: What is named.
        scope: SQL of the accession issuer; not used where the identifier is unique by itself.
        text: SQL of the identifier; NULL gives NULL.
    """
    start = f"'{namespace}\x1f'"
    message = (
        f"{start} || {scope} || '\x1f' || {text}"
        if namespace in SCOPED
        else f"{start} || '\x1f' || {text}"
    )
    return f"substr(sha256($outer || unhex(sha256($inner || encode({message})))), 1, 32)::UUID"
