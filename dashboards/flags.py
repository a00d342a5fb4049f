"""What no fold may hide: signals, values that are withheld or held back, and results that miss their target.

Whatever is folded carries its flags outside of the fold.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from dashboards.figures.figure import Figure
from dashboards.reading import Reading
from dashboards.verdict import State, Verdict
from dashboards.words import Words, marked

# names that stand in one line before the rest is a number
_NAMED: Final = 4
_STATES: Final = (
    (State.BLOCKED, marked("Held by a check: {which}")),
    (State.SUPPRESSED, marked("Not shown: {which}")),
    (State.INSUFFICIENT, marked("Too few to judge: {which}")),
)


@dataclass(frozen=True, slots=True)
class Flag:
    """A line beside a fold.

    Attributes:
        text: What the fold holds.
        mark: Its mark, "" for a state.
        state: Value of `data-status`, "" for a signal.
        href: Where in the fold it is told, "" for nowhere in particular.
    """

    text: str
    mark: str = ""
    state: str = ""
    href: str = ""


def _which(words: Words, names: Sequence[str]) -> str:
    """Names in a row, each once and with the number of its values; beyond a few only how many more."""
    times = dict.fromkeys(names, 0)
    for name in names:
        times[name] += 1
    told = [
        name
        if number == 1
        else words.plural("{what} ({number} value)", "{what} ({number} values)", number, what=name)
        for name, number in list(times.items())[:_NAMED]
    ]
    shown = words.text("; ").join(told)
    more = len(times) - _NAMED
    if more <= 0:
        return shown
    return words.plural(
        "{shown}; and {number} more", "{shown}; and {number} more", more, shown=shown
    )


def states(words: Words, told: Iterable[tuple[str, Reading]]) -> tuple[Flag, ...]:
    """Flags of named readings: what misses its target, then what is held, withheld or too few to judge."""
    known = list(told)
    missed = [name for name, reading in known if reading.standing.verdict is Verdict.MISSES]
    flags = []
    if missed:
        flags.append(
            Flag(words.text("Misses target: {which}", which=_which(words, missed)), mark="misses")
        )
    for state, sentence in _STATES:
        names = [name for name, reading in known if reading.standing.state is state]
        if names:
            flags.append(Flag(words.text(sentence, which=_which(words, names)), state=state.value))
    return tuple(flags)


def blocked(words: Words, names: Sequence[str]) -> tuple[Flag, ...]:
    """The flag of what a check holds back, () where it holds nothing."""
    if not names:
        return ()
    text = words.text("Held by a check: {which}", which=_which(words, names))
    return (Flag(text, state=State.BLOCKED.value),)


def changes(words: Words, names: Sequence[str]) -> tuple[Flag, ...]:
    """The flag of named series that have become worse, () where there is none."""
    if not names:
        return ()
    return (
        Flag(words.text("Has become worse: {which}", which=_which(words, names)), mark="worse"),
    )


def overdue(words: Words, late: Sequence[str], few: Sequence[str]) -> tuple[Flag, ...]:
    """Flags of named places with overdue tasks, and of those with too few to judge."""
    flags = []
    if late:
        flags.append(Flag(words.text("Overdue: {which}", which=_which(words, late)), mark="worse"))
    if few:
        text = words.text("Too few to judge: {which}", which=_which(words, few))
        flags.append(Flag(text, state=State.INSUFFICIENT.value))
    return tuple(flags)


def signals(figures: Iterable[Figure]) -> tuple[Flag, ...]:
    """Flags of the charts whose title is a signal; each leads to its chart."""
    return tuple(
        Flag(figure.title, mark="worse", href=f"#{figure.anchor}")
        for figure in figures
        if figure.signal
    )
