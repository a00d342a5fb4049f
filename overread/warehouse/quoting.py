"""Texts and names inside SQL."""

from __future__ import annotations


def literal(text: str) -> str:
    """A text as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"


def quoted(name: str) -> str:
    """A name as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def cell(column: str) -> str:
    """A staged column of the source file; the prefix keeps its name apart from the fact's columns."""
    return quoted(f"cell {column}")
