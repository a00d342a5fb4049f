"""Identifiers become keyed tokens at the door; quarantined rows are sealed with the same key."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import uuid
from pathlib import Path

import duckdb
import pyarrow as pa
from cryptography.fernet import Fernet

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


def register_tokens(connection: duckdb.DuckDBPyConnection, key: bytes, wanted: str) -> None:
    """Fill the temporary table `token_map(namespace, scope, text, token)`.

    Args:
        connection: The warehouse.
        key: The network's key.
        wanted: Query that gives distinct (namespace, scope, text).
    """
    rows = connection.sql(wanted).to_arrow_table()
    columns = [rows.column(name).to_pylist() for name in ("namespace", "scope", "text")]
    tokens = [str(token(key, *parts)) for parts in zip(*columns, strict=True)]
    mapped = rows.append_column("token", pa.array(tokens, pa.string()))
    connection.register("mapped", mapped)
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE token_map AS SELECT namespace, scope, text, token::UUID AS token FROM mapped"
    )
    connection.unregister("mapped")
