"""The records of a CSV file, found and counted without any CSV parser.

The count here is the "rows read" of the ledger: DuckDB's own result is held to it, so a parser that skips
lines is found out. Records that no parser should be given (ill quoting, wrong number of fields, NUL) are set
aside with their physical line.
"""

from __future__ import annotations

import codecs
import gzip
import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from overread.feeds.records import BadRecord, Records, unique_header

QUOTE, NEWLINE, RETURN, SPACE = ord('"'), ord("\n"), ord("\r"), ord(" ")
GLANCE = 1 << 18
# What is looked at in one go by the exact search; an ill quote costs a second look at no more than this.
PIECE = 4_000_000


def _decoded(raw: bytes) -> tuple[bytes, str]:
    """UTF-8 bytes without BOM, and the encoding found."""
    if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return raw.decode("utf-16").encode(), "utf-16"
    if raw.startswith(codecs.BOM_UTF8):
        return raw[3:], "utf-8-sig"
    if raw.isascii():
        return raw, "utf-8"
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("cp1252", errors="surrogateescape").encode("utf-8", "replace"), "cp1252"
    return raw, "utf-8"


@dataclass(frozen=True, slots=True)
class _Glance:
    """What one pass over the bytes tells: number of records, whether an exact search is needed, blanks at edges."""

    records: int
    sound: bool
    padded: bool


def _glance(body: bytes, delimiter: int, fields: int) -> _Glance:
    """Look at every byte once, in pieces that stay in the processor's cache.

    Sound = no quote, NUL, carriage return or blank line, and as many delimiters as so many records have. A blank
    at the edge of quoted text next to a delimiter counts as padding, too: trimming is then done, and never harms.
    """
    whole = np.frombuffer(b"\n" + body + (b"" if body.endswith(b"\n") else b"\n"), dtype=np.uint8)
    newlines = delimiters = 0
    quoted = odd = blank_line = padded = False
    for start in range(0, whole.size - 1, GLANCE):
        piece = whole[start : start + GLANCE + 1]
        newline, sign, space = piece == NEWLINE, piece == delimiter, piece == SPACE
        quote = piece == QUOTE
        newlines += int(np.count_nonzero(newline[1:]))
        delimiters += int(np.count_nonzero(sign[1:]))
        blank_line |= bool((newline[1:] & newline[:-1]).any())
        quoted |= bool(quote.any())
        odd |= bool((piece == 0).any()) or bool((piece == RETURN).any())
        if not padded:
            edge = newline | sign | quote
            padded = bool((space[1:] & edge[:-1]).any() or (edge[1:] & space[:-1]).any())
    records = newlines if body else 0
    sound = not (quoted or odd or blank_line) and delimiters == records * (fields - 1)
    return _Glance(records, sound or not body, padded)


def _quote_faults(piece: NDArray[np.uint8], quotes: NDArray[np.intp], delimiter: int) -> int:
    """Position of the first ill-placed quote of a piece that ends the file, or -1.

    A quote may open only at the start of a field and close only at its end; a file may not end inside one.
    """
    opens, closes = quotes[0::2], quotes[1::2]
    edges = np.array([delimiter, NEWLINE, QUOTE], dtype=np.uint8)
    before = np.where(opens == 0, NEWLINE, piece[np.maximum(opens - 1, 0)])
    after = np.where(
        closes == piece.size - 1, NEWLINE, piece[np.minimum(closes + 1, piece.size - 1)]
    )
    ill = np.concatenate([opens[~np.isin(before, edges)], closes[~np.isin(after, edges)]])
    if quotes.size % 2:
        ill = np.append(ill, opens[-1])
    return int(ill.min()) if ill.size else -1


class _Search:
    """Record by record through the body: well-formed ones, bad ones, their numbers and lines."""

    def __init__(self, body: bytes, delimiter: int, fields: int) -> None:
        self.body, self.delimiter, self.fields = body, delimiter, fields
        self.clean: list[bytes] = []
        self.numbers: list[NDArray[np.int64]] = []
        self.lines: list[NDArray[np.int64]] = []
        self.bad: list[BadRecord] = []
        self.number, self.line = 0, 2

    def run(self) -> None:
        """Find every record."""
        start, size = 0, PIECE
        while start < len(self.body):
            piece = np.frombuffer(self.body, dtype=np.uint8, offset=start)[:size]
            last = start + piece.size == len(self.body)
            quotes = np.flatnonzero(piece == QUOTE)
            newlines = np.flatnonzero(piece == NEWLINE)
            ends = newlines[np.searchsorted(quotes, newlines) % 2 == 0]
            if last and (piece.size == 0 or piece[-1] != NEWLINE):
                ends = np.append(ends, piece.size)
            fault = _quote_faults(piece, quotes, self.delimiter)
            if not last:
                # behind the last whole record of a piece nothing can be told yet
                stop = int(ends[-1]) + 1 if ends.size else 0
                fault = fault if fault < stop else -1
                if stop == 0:
                    size *= 2
                    continue
            if fault >= 0:
                # good up to the record with the ill quote; that record's first line goes, reading resumes behind it
                ends = ends[ends < fault]
            stop = int(ends[-1]) + 1 if ends.size else 0
            if stop:
                self._take(piece[:stop], quotes[quotes < stop], ends)
            start += min(stop, piece.size)
            if fault >= 0:
                start = self._set_aside(start)
            size = PIECE

    def _set_aside(self, start: int) -> int:
        """The line at `start` is ill quoted; returns where reading resumes."""
        resume = self.body.find(b"\n", start)
        resume = len(self.body) if resume < 0 else resume
        self.number += 1
        text = self.body[start:resume].decode("utf-8", "replace")
        self.bad.append(BadRecord(self.number, self.line, "bad_quote", text))
        self.line += 1
        return resume + 1

    def _take(
        self, part: NDArray[np.uint8], quotes: NDArray[np.intp], ends: NDArray[np.intp]
    ) -> None:
        """The whole records of a part, which end at `ends`."""

        def before(sign: int, *, quoted: bool) -> NDArray[np.int64]:
            """How often the sign stands before each position (quoted ones too, where told so)."""
            places = np.flatnonzero(part == sign)
            if not quoted and quotes.size:
                places = places[np.searchsorted(quotes, places) % 2 == 0]
            return places

        def within(places: NDArray[np.int64]) -> NDArray[np.int64]:
            return np.searchsorted(places, closing) - np.searchsorted(places, begin)

        newlines = before(NEWLINE, quoted=True)
        begin = np.concatenate([[0], ends[:-1] + 1])
        closing = np.minimum(ends, part.size)
        filled = closing > begin
        begin, closing = begin[filled], closing[filled]
        nul = within(before(0, quoted=True)) > 0
        ragged = within(before(self.delimiter, quoted=False)) != self.fields - 1
        mixed = within(before(RETURN, quoted=False)) > 0
        broken = nul | ragged | mixed
        numbers = self.number + 1 + np.arange(begin.size)
        at = self.line + np.searchsorted(newlines, begin)
        for index in np.flatnonzero(broken):
            reason = (
                "nul_byte" if nul[index] else "ragged_row" if ragged[index] else "mixed_line_end"
            )
            text = bytes(part[begin[index] : closing[index]]).decode("utf-8", "replace")
            self.bad.append(BadRecord(int(numbers[index]), int(at[index]), reason, text))
        kept = part.tobytes()
        if broken.any() or not filled.all():
            # bytes from the start of each good record to the end of its line
            step = np.zeros(part.size + 2, dtype=np.int8)
            step[begin[~broken]] += 1
            step[closing[~broken] + 1] -= 1
            kept = part[np.cumsum(step, dtype=np.int8)[: part.size].astype(bool)].tobytes()
        self.clean.append(kept if not kept or kept.endswith(b"\n") else kept + b"\n")
        self.numbers.append(numbers[~broken])
        self.lines.append(at[~broken])
        self.number += begin.size
        self.line += newlines.size


def read_csv_records(
    path: Path, delimiter: str = ",", *, exact: bool = False, delivered: bytes | None = None
) -> Records:
    """Read a CSV file (`.gz` too) into well-formed and bad records.

    Args:
        path: The file.
        delimiter: Field delimiter, one ASCII character.
        exact: Look at every record; else a file without quotes, NUL and carriage returns whose delimiters add up
            is taken as sound, and a parser that refuses one of its records asks for the exact search.
        delivered: The bytes of the file, where they have been read already.

    Returns:
        The records.

    Raises:
        ValueError: The file is empty, or two columns have one name (both positions are named).
    """
    given = path.read_bytes() if delivered is None else delivered
    raw = gzip.decompress(given) if path.suffix == ".gz" else given
    content, encoding = _decoded(raw)
    if b"\r" in content:
        content = content.replace(b"\r\n", b"\n")
        if b"\n" not in content:
            content = content.replace(b"\r", b"\n")
    end = content.find(b"\n")
    head, body = (content, b"") if end < 0 else (content[:end], content[end + 1 :])
    header = unique_header(
        path.name, tuple(name.strip().strip('"') for name in head.decode().split(delimiter))
    )
    sha256, glance = hashlib.sha256(given).hexdigest(), _glance(body, ord(delimiter), len(header))
    if glance.sound and not exact:
        rows = np.arange(1, glance.records + 1, dtype=np.int64)
        clean = body if body.endswith(b"\n") or not body else body + b"\n"
        as_it_is = path if content is given else None
        return Records(
            sha256,
            encoding,
            header,
            rows,
            rows + 1,
            (),
            clean,
            padded=glance.padded,
            plain=as_it_is,
        )
    search = _Search(body, ord(delimiter), len(header))
    search.run()
    empty = np.array([], dtype=np.int64)
    return Records(
        sha256,
        encoding,
        header,
        np.concatenate([empty, *search.numbers]),
        np.concatenate([empty, *search.lines]),
        tuple(search.bad),
        b"".join(search.clean),
        padded=glance.padded,
    )
