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
_STATES: Final = {
    State.BLOCKED: marked("Held by a check: {which}"),
    State.SUPPRESSED: marked("Not shown: {which}"),
    State.INSUFFICIENT: marked("Too few to judge: {which}"),
}
_MISSES: Final = marked("Misses target: {which}")
_WORSE: Final = marked("Has become worse: {which}")
_OVERDUE: Final = marked("Overdue: {which}")


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


def _flag(
    words: Words, sentence: str, names: Sequence[str], mark: str = "", state: State | None = None
) -> tuple[Flag, ...]:
    """The flag of some names, () where there is none."""
    if not names:
        return ()
    text = words.text(sentence, which=_which(words, names))
    return (Flag(text, mark, state.value if state else ""),)


def _in_state(words: Words, state: State, names: Sequence[str]) -> tuple[Flag, ...]:
    return _flag(words, _STATES[state], names, state=state)


def states(words: Words, told: Iterable[tuple[str, Reading]]) -> tuple[Flag, ...]:
    """Flags of named readings: what misses its target, then what is held, withheld or too few to judge."""
    known = list(told)
    missed = [name for name, reading in known if reading.standing.verdict is Verdict.MISSES]
    flags = _flag(words, _MISSES, missed, mark="misses")
    for state in _STATES:
        flags += _in_state(words, state, [n for n, r in known if r.standing.state is state])
    return flags


def blocked(words: Words, names: Sequence[str]) -> tuple[Flag, ...]:
    """The flag of what a check holds back, () where it holds nothing."""
    return _in_state(words, State.BLOCKED, names)


def changes(words: Words, names: Sequence[str]) -> tuple[Flag, ...]:
    """The flag of named series that have become worse, () where there is none."""
    return _flag(words, _WORSE, names, mark="worse")


def overdue(words: Words, late: Sequence[str], few: Sequence[str]) -> tuple[Flag, ...]:
    """Flags of named places with overdue tasks, and of those with too few to judge."""
    return (
        *_flag(words, _OVERDUE, late, mark="worse"),
        *_in_state(words, State.INSUFFICIENT, few),
    )


def signals(figures: Iterable[Figure]) -> tuple[Flag, ...]:
    """Flags of the charts whose title is a signal; each leads to its chart."""
    return tuple(
        Flag(figure.title, mark="worse", href=f"#{figure.anchor}")
        for figure in figures
        if figure.signal
    )
