"""What may be said of a cell: the state it is in, and how its whole interval stands to the target."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from dashboards.definitions import definition
from dashboards.numerals import count
from dashboards.release import Cell
from dashboards.words import Words


class Verdict(StrEnum):
    """How a value stands to its target; the whole interval decides."""

    MEETS = "meets"
    MISSES = "misses"
    UNSURE = "unsure"
    NO_TARGET = "no-target"


class State(StrEnum):
    """Why a cell shows what it shows; the value of `data-status` on the page."""

    OK = "ok"
    SUPPRESSED = "suppressed"
    INSUFFICIENT = "insufficient"
    BLOCKED = "blocked"
    NOT_APPLICABLE = "not-applicable"
    NO_DATA = "no-data"


@dataclass(frozen=True, slots=True)
class Standing:
    """State and verdict of a cell, with the words for each."""

    state: State
    verdict: Verdict | None
    words: str


def state_of(cell: Cell | None) -> State:
    """The state of a cell; a cell that does not exist has no data yet."""
    if cell is None:
        return State.NO_DATA
    if cell.shown == "suppressed":
        return State.SUPPRESSED
    states = {
        "ok": State.OK,
        "insufficient": State.INSUFFICIENT,
        "blocked": State.BLOCKED,
        "not_applicable": State.NOT_APPLICABLE,
    }
    return states[cell.status]


def few(cell: Cell) -> bool:
    """Whether too few cases stand behind a value to judge by it."""
    minimum = definition(cell.topic.measure_id).minimum_n
    return cell.shown == "withheld" or cell.n is None or cell.n < minimum


def verdict_of(cell: Cell) -> Verdict:
    """Meets or misses only where the whole interval clears the target and enough cases stand behind it."""
    measure = definition(cell.topic.measure_id)
    if cell.target is None or measure.direction == "neutral":
        return Verdict.NO_TARGET
    if few(cell) or cell.low is None or cell.high is None:
        return Verdict.UNSURE
    lower = measure.direction == "lower"
    if cell.high <= cell.target if lower else cell.low >= cell.target:
        return Verdict.MEETS
    if cell.low > cell.target if lower else cell.high < cell.target:
        return Verdict.MISSES
    return Verdict.UNSURE


def state_words(words: Words, cell: Cell | None) -> str:
    """A state in words, "" where the value speaks."""
    _ = words.text
    state = state_of(cell)
    if cell is None:
        return _("No data yet")
    reason = _(cell.reason or "")
    if state is State.SUPPRESSED:
        return _("Not shown: {why}", why=_(cell.note or "protects another cell"))
    if state is State.BLOCKED:
        # a check is named before what it found
        check, colon, found = (cell.reason or "").partition(": ")
        named = _(check.replace("_", " ")) + colon + _(found) if colon else reason
        return _("Held by a check: {why}", why=named)
    if state is State.NOT_APPLICABLE:
        return _("Not applicable: {why}", why=reason)
    if state is State.INSUFFICIENT:
        if not cell.n:
            return _("Too few to judge: {why}", why=reason or _("no cases"))
        return _("Too few to judge: n = {n}; {why}", n=count(cell.n), why=reason)
    return _("Too few to judge: n = {n}", n=count(cell.n or 0)) if few(cell) else ""


def verdict_words(words: Words, verdict: Verdict) -> str:
    """A verdict in words."""
    _ = words.text
    return {
        Verdict.MEETS: _("meets target"),
        Verdict.MISSES: _("misses target"),
        Verdict.UNSURE: _("cannot be told from target"),
        Verdict.NO_TARGET: _("no target"),
    }[verdict]


def standing(words: Words, cell: Cell | None) -> Standing:
    """State and verdict of a cell in words."""
    if cell is None or not cell.drawn:
        return Standing(state_of(cell), None, state_words(words, cell))
    if few(cell):
        return Standing(State.INSUFFICIENT, Verdict.UNSURE, state_words(words, cell))
    verdict = verdict_of(cell)
    return Standing(State.OK, verdict, verdict_words(words, verdict))
