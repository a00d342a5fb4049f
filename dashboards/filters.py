"""Filters of a list that work without JavaScript: radio buttons, and a style sheet that hides what does not fit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Choice:
    """One radio button.

    Attributes:
        token: Name in ids and attributes, never a name that somebody delivered.
        label: What it says.
        number: How many entries fit.
    """

    token: str
    label: str
    number: int


@dataclass(frozen=True, slots=True)
class Filter:
    """One group of radio buttons; its first choice, "all", hides nothing.

    Attributes:
        name: Name of the group and of the entries' attribute, e.g. "vendor".
        label: What it filters by.
        choices: Choices besides "all".
    """

    name: str
    label: str
    choices: tuple[Choice, ...]


def style(filters: Sequence[Filter]) -> str:
    """Rules that hide the entries of the list below which do not carry the token of a chosen button.

    The form alone is asked what it has: a page that is asked is styled anew whenever something is drawn on it.
    """
    return "\n".join(
        f".filters:has(#{f.name}-{c.token}:checked) ~ .findings "
        f'[data-{f.name}]:not([data-{f.name}~="{c.token}"])'
        " { display: none; }"
        for f in filters
        for c in f.choices
    )
