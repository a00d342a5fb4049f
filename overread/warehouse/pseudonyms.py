"""Identifiers become keyed tokens at the door; quarantined rows are sealed with the same key."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import uuid
from pathlib import Path

import duckdb
import polars as pl
import polars_hash as plh
import pyarrow as pa
from cryptography.fernet import Fernet
from duckdb.func import PythonUDFType

# Name of the function in DuckDB, which has no HMAC of its own.
HMAC = "overread_hmac"
# Numbers of these are unique within one accession issuer only; readers and reviewers keep one token everywhere.
SCOPED = frozenset({"exam", "patient", "task", "report", "assignment", "review"})


def load_key(path: Path) -> bytes:
    """Read the key file, or make one (mode 600). It lies outside the warehouse: without it no token can be made again.

    Raises:
        ValueError: The key is shorter than 32 bytes, or no text.
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
    try:
        key.decode()
    except UnicodeDecodeError as error:
        raise ValueError(
            f"{path}: a key is text in UTF-8; delete the file to have one made"
        ) from error
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


def _hmac(keys: pa.ChunkedArray, messages: pa.ChunkedArray) -> pa.Array:
    """HMAC-SHA256 of messages, in hexadecimal digits; the key is the same in every row."""
    digest = plh.col("message").chash.hmac_sha256(key=keys[0].as_py())
    return pl.DataFrame({"message": pl.from_arrow(messages)}).select(digest).to_series().to_arrow()


def know_tokens(connection: duckdb.DuckDBPyConnection) -> None:
    """Teach DuckDB the function that `token_sql` calls; every connection to the same database knows it then."""
    known = connection.execute(
        "SELECT 1 FROM duckdb_functions() WHERE function_name = ?", [HMAC]
    ).fetchall()
    if not known:
        # a function that ends before the database does, such as a closure, ends the process with it
        connection.create_function(
            HMAC, _hmac, ["VARCHAR", "VARCHAR"], "VARCHAR", type=PythonUDFType.ARROW
        )


def token_key(key: bytes) -> dict[str, str]:
    """The parameter `$key` of `token_sql`."""
    return {"key": key.decode()}


def token_sql(namespace: str, scope: str, text: str) -> str:
    """SQL of `token` with the parameter of `token_key`: the key stands in no query text.

    The connection has to `know_tokens`.

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
    return f"substr({HMAC}($key, {message}), 1, 32)::UUID"
