"""What any source file comes to: well-formed records and the ones that are not."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class BadRecord:
    """A record that cannot be split into the header's fields."""

    row_number: int
    line: int
    reason: str
    raw: str


@dataclass(frozen=True, slots=True)
class Records:
    """The records of a file.

    Attributes:
        encoding: How it was decoded, or its format.
        header: Column names.
        row_number: Number in the file of each well-formed record (1 = first data record).
        line: Physical line, or row of the sheet, of each well-formed record.
        bad: The other records.
        clean: CSV only: the well-formed records in UTF-8, one LF each, without header, still to be parsed.
        table: Other formats: the well-formed records, every column as text.
        padded: Whether a field may have a blank at an edge, so that texts must be trimmed.
        plain: CSV only: the file itself, where it can be parsed as it lies there, header line first.
    """

    encoding: str
    header: tuple[str, ...]
    row_number: NDArray[np.int64]
    line: NDArray[np.int64]
    bad: tuple[BadRecord, ...] = ()
    clean: bytes | memoryview = b""
    table: pa.Table | None = field(default=None, repr=False)
    padded: bool = True
    plain: Path | None = None

    @property
    def rows_read(self) -> int:
        """Data records of the file, counted apart from the parser; blank lines are none."""
        return self.row_number.size + len(self.bad)


def unique_header(file: str, header: tuple[str, ...]) -> tuple[str, ...]:
    """Check the column names of a file.

    Raises:
        ValueError: There is no header, or two columns have one name (both positions are named).
    """
    if not any(header):
        raise ValueError(
            f"{file}: the file has no header; a header line with column names is needed"
        )
    for position, name in enumerate(header):
        if name and header.index(name) != position:
            raise ValueError(
                f"{file}: column {name!r} stands at positions {header.index(name) + 1} and {position + 1}; rename one"
            )
    return header
