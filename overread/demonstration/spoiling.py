"""Broken rows and repeated rows, put into the delivered files at known lines."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

_BLOCK = 1 << 20  # bytes that are read at a time


@dataclass(frozen=True, slots=True)
class Broken:
    """A broken copy of a row.

    Attributes:
        file: File that gets it.
        reason: Reason that the quarantine must give.
        column: Column that is overwritten; "" = the last field is left out, of a JSON line its end.
        text: What is written there.
    """

    file: str
    reason: str
    column: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class Repeated:
    """An exact copy of a row of the same file, or of the first row of an earlier file.

    Attributes:
        file: File that gets it.
        of: Earlier file; "" = the same.
    """

    file: str
    of: str = ""


BROKEN: Final = (
    Broken("exams/americas_2025-02.csv", "missing", "Accession"),
    Broken("exams/americas_2025-02.csv", "unknown_code", "Modality", "QQ"),
    Broken("exams/americas_2025-02.csv", "bad_time", "Completed", "02/30/2025 10:15:00"),
    Broken("exams/americas_2025-02.csv", "ragged_row"),
    Broken("exams/americas_2025-02.csv", "bad_quote", "BodyPart", 'he"ad'),
    Broken("exams/americas_2025-07.csv", "unknown_site", "Facility", "NYC-99"),
    Broken("exams/americas_2025-07.csv", "bad_type", "Priors", "perhaps"),
    Broken("exams/americas_2025-07.csv", "nul_byte", "BodyPart", "che\0st"),
    Broken("exams/americas_2025-07.csv", "mixed_line_end", "BodyPart", "che\rst"),
    Broken("exams/americas_2025-07.csv", "bad_time", "Ordered", "epoch"),
    Broken("exams/emea_ber.csv", "unknown_code", "Dringlichkeit", "bald"),
    Broken("exams/emea_ber.csv", "bad_time", "Fertig", "05/13/2025 10:00:00"),
    Broken("exams/emea_ber.csv", "ragged_row"),
    Broken("exams/emea_ber.csv", "bad_quote", "Region", 'Sch"ädel'),
    Broken("exams/emea_ber.csv", "nul_byte", "Region", "Kopf\0"),
    Broken("exams/emea_ber.csv", "mixed_line_end", "Region", "Kopf\rHals"),
    Broken("exams/emea_ber.csv", "bad_quote", "Hersteller", '"Sie"mens'),
    Broken("exams/apac_2025-H2.csv", "bad_time", "completed", "2025-10-32T08:00:00+08:00"),
    Broken("exams/apac_2025-H2.csv", "missing", "modality"),
    Broken("exams/apac_2025-H2.csv", "unknown_code", "class", "XX"),
    Broken("reads/americas_2025-05.csv", "unknown_vendor", "Vendor", "Nobody Radiology"),
    Broken("reads/americas_2025-05.csv", "missing", "Task"),
    Broken("reads/americas_2025-05.csv", "bad_time", "Final", "yesterday"),
    Broken("reads/americas_2025-05.csv", "unknown_code", "Service", "TEA"),
    Broken("reads/emea_lon.csv", "unknown_vendor", "Dienstleister", "NIEMAND"),
    Broken("reads/emea_lon.csv", "unknown_site", "Haus", "Haus 9"),
    Broken("reads/emea_lon.csv", "ragged_row"),
    Broken("reads/emea_lon.csv", "bad_quote", "Grund", 'zu "alt"'),
    Broken("reads/apac_2026-H1.csv", "unknown_code", "role", "R9"),
    Broken("reads/apac_2026-H1.csv", "mixed_line_end", "reason", "too\rlate"),
    Broken("reviews/assignments_2025-H1.csv", "out_of_range", "probability", "1.4"),
    Broken("reviews/assignments_2025-H1.csv", "bad_number", "probability", "8 %"),
    Broken("reviews/assignments_2025-H2.csv", "missing", "assigned"),
    Broken("reviews/reviews_2025-H1.csv", "unknown_code", "score", "5"),
    Broken("reviews/reviews_2025-H1.csv", "missing", "form"),
    Broken("reviews/reviews_2025-H2.csv", "bad_time", "reviewed", "infinity"),
    Broken("ai/cerebra.csv", "bad_number", "score", "high"),
    Broken("ai/cerebra.csv", "unknown_code", "status", "maybe"),
    Broken("ai/cerebra.csv", "nul_byte", "version", "1.4\0"),
    Broken("ai/mammavision.ndjson", "bad_json"),
    Broken("findings/findings_2025-H1.csv", "no_target", "kind", "MEMO"),
    Broken("findings/findings_2025-H1.csv", "unknown_code", "answer", "perhaps"),
    Broken("registers/roster.csv", "bad_time", "from", "2025-00-01"),
    Broken("registers/terms.csv", "out_of_range", "share", "1.2"),
    Broken("registers/terms.csv", "bad_number", "minutes", "1 h"),
    Broken("registers/claims.csv", "bad_number", "value", "best in class"),
)
REPEATED: Final = (
    Repeated("exams/americas_2025-04.csv"),
    Repeated("exams/americas_2025-07.csv"),
    Repeated("exams/emea_lon.csv"),
    Repeated("reads/americas_2025-08.csv"),
    Repeated("reads/apac_2025-H1.csv"),
    Repeated("reviews/reviews_2025-H2.csv"),
    Repeated("ai/pulmonix.csv"),
    Repeated("findings/findings_2025-H2.csv"),
    Repeated("registers/roster.csv"),
    Repeated("exams/americas_2025-09.csv", "exams/americas_2025-08.csv"),
    Repeated("reads/americas_2026-02.csv", "reads/americas_2026-01.csv"),
    Repeated("reads/apac_2026-H1.csv", "reads/apac_2025-H2.csv"),
    Repeated("reviews/reviews_2026-H1.csv", "reviews/reviews_2025-H2.csv"),
)
# The same bytes once more under another name; of a network only one of these files is there.
RESENT: Final = {
    "exams/americas_2025-03_resent.csv": "exams/americas_2025-03.csv",
    "exams/americas_bos_resent.parquet": "exams/americas_bos.parquet",
    "exams/americas_bos_2025-03_resent.parquet": "exams/americas_bos_2025-03.parquet",
}


def _broken_line(header: bytes, line: bytes, plant: Broken) -> bytes:
    row = line.removesuffix(b"\n")
    if not header:
        return row[: len(row) // 2] + b"\n"
    delimiter = ";" if b";" in header else ","
    names = header.decode("utf-8-sig").rstrip("\n").split(delimiter)
    fields = row.decode().split(delimiter)
    if plant.column:
        fields[names.index(plant.column)] = plant.text
    else:
        fields.pop()
    return delimiter.join(fields).encode() + b"\n"


def _first_row(path: Path) -> bytes:
    with path.open("rb") as file:
        file.readline()
        return file.readline()


@dataclass(frozen=True, slots=True)
class Spoilt:
    """What was put into the files.

    Attributes:
        broken: Broken rows: file, line, reason, column.
        repeated: Repeated rows: file, line, repeats (file and line).
        resent: Copy -> file.
    """

    broken: list[dict[str, object]]
    repeated: list[dict[str, object]]
    resent: dict[str, str]


def spoil(folder: Path, rows: Mapping[str, int]) -> Spoilt:
    """Put the broken and the repeated rows into the text files, spread over each file, and resend a file.

    A file is copied block by block into its successor, so that no size is too large.

    Args:
        folder: The data folder with the delivered files.
        rows: Data rows of each file, by its path in the folder.

    Raises:
        ValueError: A file has no data row that could be copied.
    """
    by_file: dict[str, list[Broken | Repeated]] = {}
    for plant in (*BROKEN, *REPEATED):
        if plant.file in rows:
            by_file.setdefault(plant.file, []).append(plant)
    spoilt = Spoilt([], [], {copy: file for copy, file in RESENT.items() if file in rows})
    # a later file repeats the first row of an earlier one, which no plant moves
    for file, plants in sorted(by_file.items()):
        if not rows[file]:
            raise ValueError(f"{file}: no row to spoil; ask for more exams (1,000 at least)")
        _spoil_file(folder, file, rows[file], plants, spoilt)
    for copy, original in spoilt.resent.items():
        shutil.copyfile(folder / original, folder / copy)
    return spoilt


def _pass_on(source: BinaryIO, target: BinaryIO, rows: int) -> None:
    """Copy the next rows, block by block."""
    while rows and (block := source.read(_BLOCK)):
        lines = block.count(b"\n")
        if lines >= rows:
            rest = block.split(b"\n", rows)[-1]
            block = block[: len(block) - len(rest)]
            source.seek(-len(rest), os.SEEK_CUR)
        rows -= min(rows, lines)
        target.write(block)


def _spoil_file(
    folder: Path, file: str, rows: int, plants: Sequence[Broken | Repeated], spoilt: Spoilt
) -> None:
    # a planted row stands before data row `place` (0-based), never before the first
    places = [max(1, (index + 1) * rows // (len(plants) + 1)) for index in range(len(plants))]
    halfway = [place // 2 for place in places]
    header, row_of = b"", dict.fromkeys(sorted({*(place - 1 for place in places), *halfway}), b"")
    successor = folder / f"{file}.new"
    with (folder / file).open("rb") as source, successor.open("wb") as target:
        if not file.endswith(".ndjson"):
            header = source.readline()
            target.write(header)
        passed, planted = 0, 0
        for row in row_of:
            _pass_on(source, target, row - passed)
            row_of[row] = source.readline()
            target.write(row_of[row])
            passed = row + 1
            while planted < len(places) and places[planted] == passed:
                plant, original = plants[planted], halfway[planted]
                line = (2 if header else 1) + passed + planted
                planted += 1
                if isinstance(plant, Broken):
                    target.write(_broken_line(header, row_of[row], plant))
                    spoilt.broken.append(
                        {"file": file, "line": line, "reason": plant.reason, "column": plant.column}
                    )
                    continue
                original = 0 if plant.of else original
                before = 0 if plant.of else sum(other <= original for other in places)
                target.write(_first_row(folder / plant.of) if plant.of else row_of[original])
                spoilt.repeated.append(
                    {
                        "file": file,
                        "line": line,
                        "repeats": {"file": plant.of or file, "line": 2 + original + before},
                    }
                )
        shutil.copyfileobj(source, target, _BLOCK)
    successor.replace(folder / file)
