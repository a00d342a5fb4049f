"""What a fact table is: one declaration yields its DDL, its checks and its data dictionary page."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from overread.model.codes import CODE_LISTS


class Kind(StrEnum):
    """How the text of a source cell becomes the value of a column."""

    TEXT = "text"
    CODE = "code"
    VENDOR = "vendor"
    SITE = "site"
    TOKEN = "token"
    TIME = "time"
    DATE = "date"
    INTEGER = "integer"
    NUMBER = "number"
    FLAG = "flag"


DUCKDB_TYPE: Final = {
    Kind.TEXT: "VARCHAR",
    Kind.CODE: "VARCHAR",
    Kind.VENDOR: "VARCHAR",
    Kind.SITE: "VARCHAR",
    Kind.TOKEN: "UUID",
    Kind.TIME: "TIMESTAMP",
    Kind.DATE: "DATE",
    Kind.INTEGER: "BIGINT",
    Kind.NUMBER: "DOUBLE",
    Kind.FLAG: "BOOLEAN",
}


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a fact table.

    Attributes:
        name: Column name.
        kind: How source text becomes a value.
        description: For the data dictionary; says the unit where there is one.
        required: A row without it is quarantined (reason `missing`).
        codes: Name of the closed list, for `Kind.CODE`.
        token: Namespace of the pseudonym, for `Kind.TOKEN`; `exam`, `patient`, `task` and `report` are scoped by the
            accession issuer of the row's site, so that equal numbers of two hospitals stay two things.
        minimum: Smallest plausible value (quarantined below it, reason `out_of_range`).
        maximum: Largest plausible value.
    """

    name: str
    kind: Kind
    description: str
    required: bool = False
    codes: str | None = None
    token: str | None = None
    minimum: float | None = None
    maximum: float | None = None

    def __post_init__(self) -> None:
        if (self.kind is Kind.CODE) != (self.codes in CODE_LISTS):
            raise ValueError(f"{self.name}: a code column names one of the code lists")
        if (self.kind is Kind.TOKEN) != (self.token is not None):
            raise ValueError(f"{self.name}: a token column names its namespace")

    @property
    def duckdb_type(self) -> str:
        """The type of the column in DuckDB; times are UTC without zone, so no session zone can move them."""
        return DUCKDB_TYPE[self.kind]


# Every fact row carries these; the loader fills them, no mapping may name them.
HISTORY_COLUMNS: Final = (
    ("load_id", "BIGINT", "Load that brought the row"),
    ("row_number", "BIGINT", "Record of the file, 1 = first data row"),
    ("superseded_by_load", "BIGINT", "Load that brought a newer version of the same business key"),
    ("deleted_by_load", "BIGINT", "Load that withdrew the row"),
    ("time_flags", "VARCHAR", "Rules applied to times: `column:ambiguous`, `column:nonexistent`, comma separated"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Table:
    """A fact table.

    Attributes:
        name: Table name.
        description: What one row is.
        columns: Its columns.
        key: Business key: a later row with the same key and other content supersedes the earlier one.
    """

    name: str
    description: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]

    def __post_init__(self) -> None:
        names = [column.name for column in self.columns]
        if len(set(names)) != len(names) or not set(self.key) <= set(names):
            raise ValueError(f"{self.name}: column names repeat or the key names a missing column")

    def column(self, name: str) -> Column:
        """The column of that name; KeyError where there is none."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(f"table {self.name} has no column {name}")

    def ddl(self) -> str:
        """CREATE TABLE statement; no primary key (settled per load; see docs/decisions)."""
        lines = [f"{column.name} {column.duckdb_type}" for column in self.columns]
        lines += [f"{name} {kind}" for name, kind, _ in HISTORY_COLUMNS]
        return f"CREATE TABLE IF NOT EXISTS {self.name} (\n  " + ",\n  ".join(lines) + "\n)"
