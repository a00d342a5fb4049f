"""The records of a CSV file, found and counted without any CSV parser.

The count here is the "rows read" of the ledger: DuckDB's own result is held to it, so a parser that skips
lines is found out. Records that no parser should be given (ill quoting, wrong number of fields, NUL) are set
aside with their physical line.
"""

from __future__ import annotations

import codecs
import gzip
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from overread.feeds.records import BadRecord, Records, unique_header

QUOTE, NEWLINE, RETURN, SPACE = ord('"'), ord("\n"), ord("\r"), ord(" ")
# What is looked at in one go: small enough for the processor's cache; an ill quote costs a second look at it.
PIECE = 1 << 18


def _decoded(raw: bytes) -> tuple[bytes, int, str]:
    """UTF-8 bytes, the length of the BOM before them, and the encoding found."""
    if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return raw.decode("utf-16").encode(), 0, "utf-16"
    if raw.startswith(codecs.BOM_UTF8):
        return raw, len(codecs.BOM_UTF8), "utf-8-sig"
    if raw.isascii() or _is_utf8(raw):
        return raw, 0, "utf-8"
    return raw.decode("cp1252", errors="surrogateescape").encode("utf-8", "replace"), 0, "cp1252"


def _is_utf8(raw: bytes) -> bool:
    """Whether the bytes are UTF-8; told piece by piece, since the text may take four times their room."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    pieces = memoryview(raw)
    try:
        for start in range(0, len(raw), PIECE):
            decoder.decode(pieces[start : start + PIECE])
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


@dataclass(frozen=True, slots=True)
class _Glance:
    """What one look at a piece of whole lines tells: their number, whether they are sound, blanks at edges."""

    records: int
    sound: bool
    padded: bool


def _glance(piece: NDArray[np.uint8], delimiter: int, fields: int) -> _Glance:
    """Look at every byte once.

    Sound = no quote, NUL, carriage return or blank line, and as many delimiters as so many records have. A blank
    at the edge of quoted text next to a delimiter counts as padding, too: trimming is then done, and never harms.
    """
    newline, sign, space = piece == NEWLINE, piece == delimiter, piece == SPACE
    quote = piece == QUOTE
    records = int(np.count_nonzero(newline)) + int(piece[-1] != NEWLINE)
    odd = quote.any() or (piece == 0).any() or (piece == RETURN).any()
    blank_line = newline[0] or (newline[1:] & newline[:-1]).any()
    sound = not (odd or blank_line) and np.count_nonzero(sign) == records * (fields - 1)
    edge = newline | sign | quote
    padded = (space[1:] & edge[:-1]).any() or (edge[1:] & space[:-1]).any() or space[0] or space[-1]
    return _Glance(records, bool(sound), bool(padded))


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
    """Record by record through what follows the header: good ones, bad ones, their numbers and lines."""

    def __init__(
        self, content: bytes, start: int, delimiter: int, fields: int, *, exact: bool
    ) -> None:
        # positions are of the content, so that a large file is not copied without its header
        self.content, self.start = content, start
        self.delimiter, self.fields, self.exact = delimiter, fields, exact
        # good bytes from (inclusive), to (exclusive)
        self.good: list[tuple[int, int]] = []
        self.numbers: list[NDArray[np.int64]] = []
        self.lines: list[NDArray[np.int64]] = []
        self.bad: list[BadRecord] = []
        self.number, self.line = 0, 2
        self.padded = False

    def whole(self) -> bool:
        """Whether every byte belongs to a well-formed record."""
        return self.good == [(self.start, len(self.content))]

    def clean(self) -> bytes | memoryview:
        """The well-formed records, one line end each; a view of the content where it can be one."""
        if self.whole() and self.content.endswith(b"\n"):
            return memoryview(self.content)[self.start :]
        kept = b"".join(self.content[start:stop] for start, stop in self.good)
        return kept if not kept or kept.endswith(b"\n") else kept + b"\n"

    def run(self) -> None:
        """Find every record."""
        whole = np.frombuffer(self.content, dtype=np.uint8)
        start, size = self.start, PIECE
        while start < whole.size:
            piece = whole[start : start + size]
            last = start + piece.size == whole.size
            cut = piece.size if last else self.content.rfind(b"\n", start, start + size) + 1 - start
            if cut > 0:
                glance = _glance(piece[:cut], self.delimiter, self.fields)
                self.padded |= glance.padded
                if glance.sound and not self.exact:
                    rows = np.arange(glance.records, dtype=np.int64)
                    self._keep(start, start + cut, self.number + 1 + rows, self.line + rows)
                    self.number += glance.records
                    self.line += glance.records
                    start, size = start + cut, PIECE
                    continue
            quotes = np.flatnonzero(piece == QUOTE)
            newlines = np.flatnonzero(piece == NEWLINE)
            ends = newlines[np.searchsorted(quotes, newlines) % 2 == 0]
            if last and piece[-1] != NEWLINE:
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
                self._take(start, piece[:stop], quotes[quotes < stop], ends)
            start += min(stop, piece.size)
            if fault >= 0:
                start = self._set_aside(start)
            size = PIECE

    def _keep(
        self, start: int, stop: int, numbers: NDArray[np.int64], lines: NDArray[np.int64]
    ) -> None:
        if self.good and self.good[-1][1] == start:
            start = self.good.pop()[0]
        self.good.append((start, stop))
        self.numbers.append(numbers)
        self.lines.append(lines)

    def _set_aside(self, start: int) -> int:
        """The line at `start` is ill quoted; returns where reading resumes."""
        resume = self.content.find(b"\n", start)
        resume = len(self.content) if resume < 0 else resume
        self.number += 1
        text = self.content[start:resume].decode("utf-8", "replace")
        self.bad.append(BadRecord(self.number, self.line, "bad_quote", text))
        self.line += 1
        return resume + 1

    def _take(
        self,
        start: int,
        part: NDArray[np.uint8],
        quotes: NDArray[np.intp],
        ends: NDArray[np.intp],
    ) -> None:
        """The whole records of a part that begins at `start` of the content and whose records end at `ends`."""

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
        # runs of good records that touch each other
        good = np.flatnonzero(~broken)
        firsts, lasts = _runs(begin[good], closing[good] + 1)
        stops = np.minimum(closing[good][lasts] + 1, part.size)
        places = np.append(firsts, good.size)
        for first, stop, low, high in zip(
            begin[good][firsts], stops, places[:-1], places[1:], strict=True
        ):
            chosen = good[low:high]
            self._keep(start + int(first), start + int(stop), numbers[chosen], at[chosen])
        self.number += begin.size
        self.line += newlines.size


def _runs(
    begin: NDArray[np.int64], stop: NDArray[np.int64]
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """First and last record of each run of records without a gap between them."""
    gap = begin[1:] != stop[:-1]
    firsts = np.flatnonzero(np.concatenate([[True], gap])) if begin.size else np.array([], np.intp)
    lasts = np.flatnonzero(np.concatenate([gap, [True]])) if begin.size else np.array([], np.intp)
    return firsts, lasts


def read_csv_records(
    path: Path, delimiter: str = ",", *, exact: bool = False, delivered: bytes | None = None
) -> Records:
    """Read a CSV file (`.gz` too) into well-formed and bad records.

    Args:
        path: The file.
        delimiter: Field delimiter, one ASCII character.
        exact: Look at every record; else a piece without quotes, NUL and carriage returns whose delimiters add up
            is taken as sound, and a parser that refuses one of its records asks for the exact search.
        delivered: The bytes of the file, where they have been read already.

    Returns:
        The records.

    Raises:
        ValueError: The file is empty, or two columns have one name (both positions are named).
    """
    given = path.read_bytes() if delivered is None else delivered
    raw = gzip.decompress(given) if path.suffix == ".gz" else given
    content, mark, encoding = _decoded(raw)
    if b"\r" in content:
        content = content.replace(b"\r\n", b"\n")
        if b"\n" not in content:
            content = content.replace(b"\r", b"\n")
    end = content.find(b"\n", mark)
    start = len(content) if end < 0 else end + 1
    head = content[mark:] if end < 0 else content[mark:end]
    header = unique_header(
        path.name, tuple(name.strip().strip('"') for name in head.decode().split(delimiter))
    )
    search = _Search(content, start, ord(delimiter), len(header), exact=exact)
    search.run()
    empty = np.array([], dtype=np.int64)
    return Records(
        encoding,
        header,
        np.concatenate([empty, *search.numbers]),
        np.concatenate([empty, *search.lines]),
        tuple(search.bad),
        search.clean(),
        padded=search.padded,
        plain=path if content is given and search.whole() else None,
    )
