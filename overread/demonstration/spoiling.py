"""Broken rows and repeated rows, put into the delivered files at known lines."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Final


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
# The same bytes once more under another name.
RESENT: Final = {"exams/americas_2025-03_resent.csv": "exams/americas_2025-03.csv"}


def _lines(path: Path) -> list[bytes]:
    """Lines of a generated file, header first (an empty one before JSON); no field holds a line end or a quote.

    Raises:
        ValueError: The file has no data row that could be copied.
    """
    lines = path.read_bytes().split(b"\n")[:-1]
    if path.suffix == ".ndjson":
        lines.insert(0, b"")
    if len(lines) < 2:
        raise ValueError(f"{path}: no row to spoil; ask for more exams (1,000 at least)")
    return lines


def _broken_line(header: bytes, row: bytes, plant: Broken) -> bytes:
    if not header:
        return row[: len(row) // 2]
    delimiter = ";" if b";" in header else ","
    names = header.decode("utf-8-sig").split(delimiter)
    fields = row.decode().split(delimiter)
    if not plant.column:
        return delimiter.join(fields[:-1]).encode()
    fields[names.index(plant.column)] = plant.text
    return delimiter.join(fields).encode()


def spoil(folder: Path) -> tuple[list[dict[str, object]], list[dict[str, object]]]:
    """Put the broken and the repeated rows into the files, spread over each file.

    Args:
        folder: The data folder with the delivered files.

    Returns:
        Broken rows (file, line, reason, column) and repeated rows (file, line, repeats: file and line).
    """
    by_file: dict[str, list[Broken | Repeated]] = {}
    for plant in (*BROKEN, *REPEATED):
        by_file.setdefault(plant.file, []).append(plant)
    broken: list[dict[str, object]] = []
    repeated: list[dict[str, object]] = []
    for file, plants in sorted(by_file.items()):
        lines = _lines(folder / file)
        rows = len(lines) - 1
        # a planted row stands before data row `place` (0-based), never before the first
        places = [max(1, (index + 1) * rows // (len(plants) + 1)) for index in range(len(plants))]
        inserted: list[bytes] = []
        for index, (place, plant) in enumerate(zip(places, plants, strict=True)):
            line = (2 if lines[0] else 1) + place + index
            if isinstance(plant, Broken):
                inserted.append(_broken_line(lines[0], lines[place], plant))
                broken.append(
                    {"file": file, "line": line, "reason": plant.reason, "column": plant.column}
                )
                continue
            original = 0 if plant.of else place // 2
            source = _lines(folder / plant.of) if plant.of else lines
            inserted.append(source[1 + original])
            before = 0 if plant.of else sum(other <= original for other in places)
            repeats = {"file": plant.of or file, "line": 2 + original + before}
            repeated.append({"file": file, "line": line, "repeats": repeats})
        pieces: list[bytes] = []
        start = 0
        for place, text in zip(places, inserted, strict=True):
            pieces += [*lines[start : 1 + place], text]
            start = 1 + place
        pieces += lines[start:]
        (folder / file).write_bytes(b"\n".join(pieces if pieces[0] else pieces[1:]) + b"\n")
    for copy, original_file in RESENT.items():
        shutil.copyfile(folder / original_file, folder / copy)
    return broken, repeated
