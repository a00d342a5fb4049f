"""The records of a CSV file, found and counted without any CSV parser.

The count here is the "rows read" of the ledger: DuckDB's own result is held to it, so a parser that skips
lines is found out. Records that no parser should be given (ill quoting, wrong number of fields, NUL) are set
aside with their physical line.
"""

from __future__ import annotations

import codecs
import gzip
import hashlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from overread.feeds.records import BadRecord, Records, unique_header

QUOTE, NEWLINE = ord('"'), ord("\n")


def _decoded(raw: bytes) -> tuple[bytes, str]:
    """UTF-8 bytes without BOM, and the encoding found."""
    if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return raw.decode("utf-16").encode(), "utf-16"
    if raw.startswith(codecs.BOM_UTF8):
        return raw[3:], "utf-8-sig"
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("cp1252", errors="surrogateescape").encode("utf-8", "replace"), "cp1252"
    return raw, "utf-8"


def _quote_faults(data: NDArray[np.uint8], delimiter: int) -> tuple[NDArray[np.bool_], int]:
    """Which bytes lie inside quotes, and the position of the first ill-placed quote (-1: none).

    A quote may open only at the start of a field and close only at its end; a file may not end inside one.
    """
    quotes = np.flatnonzero(data == QUOTE)
    inside = np.zeros(data.size, dtype=bool)
    if quotes.size == 0:
        return inside, -1
    toggles = np.zeros(data.size, dtype=np.int8)
    toggles[quotes] = 1
    inside = (np.cumsum(toggles, dtype=np.int64) % 2).astype(bool)
    opens, closes = quotes[0::2], quotes[1::2]
    edges = np.array([delimiter, NEWLINE, QUOTE], dtype=np.uint8)
    before = np.where(opens == 0, NEWLINE, data[np.maximum(opens - 1, 0)])
    after = np.where(closes == data.size - 1, NEWLINE, data[np.minimum(closes + 1, data.size - 1)])
    ill = np.concatenate([opens[~np.isin(before, edges)], closes[~np.isin(after, edges)]])
    if quotes.size % 2:
        ill = np.append(ill, opens[-1])
    return inside, int(ill.min()) if ill.size else -1


def _ends(data: NDArray[np.uint8], inside: NDArray[np.bool_]) -> NDArray[np.int64]:
    ends = np.flatnonzero((data == NEWLINE) & ~inside)
    return ends if data.size == 0 or data[-1] == NEWLINE else np.append(ends, data.size)


def read_csv_records(path: Path, delimiter: str = ",") -> Records:
    """Read a CSV file (`.gz` too) into well-formed and bad records.

    Args:
        path: The file.
        delimiter: Field delimiter, one ASCII character.

    Returns:
        The records.

    Raises:
        ValueError: The file is empty, or two columns have one name (both positions are named).
    """
    delivered = path.read_bytes()
    raw = gzip.decompress(delivered) if path.suffix == ".gz" else delivered
    content, encoding = _decoded(raw)
    content = content.replace(b"\r\n", b"\n")
    if b"\n" not in content:
        content = content.replace(b"\r", b"\n")
    header_end = content.find(b"\n")
    head, body = (
        (content, b"") if header_end < 0 else (content[:header_end], content[header_end + 1 :])
    )
    header = unique_header(
        path.name, tuple(name.strip().strip('"') for name in head.decode().split(delimiter))
    )
    good: list[tuple[bytes, NDArray[np.int64], NDArray[np.int64]]] = []
    bad: list[BadRecord] = []
    number, line, start = 0, 2, 0
    while start < len(body):
        piece = np.frombuffer(body, dtype=np.uint8, offset=start)
        inside, fault = _quote_faults(piece, ord(delimiter))
        ends = _ends(piece, inside)
        if fault >= 0:
            # good up to the record with the ill quote; that record's first line goes, reading resumes behind it
            ends = ends[ends < fault]
        begin = np.concatenate([[0], ends[:-1] + 1]) if ends.size else np.array([], dtype=np.int64)
        stop = int(ends[-1]) + 1 if ends.size else 0
        part = piece[:stop]
        lines = np.concatenate([[0], np.cumsum(part == NEWLINE)])
        delimiters = np.concatenate([[0], np.cumsum((part == ord(delimiter)) & ~inside[:stop])])
        nul = np.concatenate([[0], np.cumsum(part == 0)])
        carriage = np.concatenate([[0], np.cumsum((part == ord("\r")) & ~inside[:stop])])
        closing = np.minimum(ends, part.size)
        filled = closing > begin
        begin, closing = begin[filled], closing[filled]
        fields = delimiters[closing] - delimiters[begin] + 1
        has_nul = nul[closing] > nul[begin]
        mixed = carriage[closing] > carriage[begin]
        ragged = fields != len(header)
        numbers = number + 1 + np.arange(begin.size)
        at = line + lines[begin]
        broken = has_nul | ragged | mixed
        for index in np.flatnonzero(broken):
            reason = (
                "nul_byte"
                if has_nul[index]
                else "ragged_row"
                if ragged[index]
                else "mixed_line_end"
            )
            text = bytes(part[begin[index] : closing[index]]).decode("utf-8", "replace")
            bad.append(BadRecord(int(numbers[index]), int(at[index]), reason, text))
        if broken.any():
            clean = b"".join(
                bytes(part[b:c]) + b"\n"
                for b, c in zip(begin[~broken], closing[~broken], strict=True)
            )
        else:
            clean = bytes(part)
        good.append((clean, numbers[~broken], at[~broken]))
        number += begin.size
        line += int(lines[-1])
        if fault < 0:
            break
        resume = body.find(b"\n", start + stop)
        resume = len(body) if resume < 0 else resume
        number += 1
        text = body[start + stop : resume].decode("utf-8", "replace")
        bad.append(BadRecord(number, line, "bad_quote", text))
        line += 1
        start = resume + 1
    empty = np.array([], dtype=np.int64)
    return Records(
        hashlib.sha256(delivered).hexdigest(),
        encoding,
        header,
        np.concatenate([empty, *(numbers for _, numbers, _ in good)]),
        np.concatenate([empty, *(at for _, _, at in good)]),
        tuple(bad),
        b"".join(
            clean if clean.endswith(b"\n") or not clean else clean + b"\n" for clean, _, _ in good
        ),
    )
