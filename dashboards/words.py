"""The words of a page in one language: whole sentences through gettext, months and dates."""

from __future__ import annotations

import gettext
import io
import re
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Final

from babel.dates import format_date
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from dashboards.library import LIBRARY

LOCALE: Final = Path(__file__).parent / "locale"
LANGUAGES: Final = ("en", "zh_Hant")
_PATTERNS: Final = {
    "en": {"month": "MMMM y", "short": "MMM y", "day": "d MMM y", "year": "y", "quarter": "QQQ y"},
    "zh_Hant": {
        "month": "y 年 M 月",
        "short": "y/M",
        "day": "y 年 M 月 d 日",
        "year": "y 年",
        "quarter": "y 年第 Q 季",
    },
}


_GAP: Final = re.compile(r"(?<=[\u2e80-\u9fff]) +(?=[\u2e80-\u9fff])")
# What the library says in several parts is translated part by part.
PART: Final = "; "


def marked(message: str) -> str:
    """Mark a sentence for extraction where it is declared; `Words.text` translates it where it is used."""
    return message


def catalogue_path(language: str) -> Path:
    """File of a language's sentences."""
    return LOCALE / language / "LC_MESSAGES" / "messages.po"


@cache
def _translations(language: str) -> gettext.NullTranslations:
    path = catalogue_path(language)
    if not path.exists():
        return gettext.NullTranslations()
    with path.open("rb") as source:
        catalogue = read_po(source, locale=language)
    compiled = io.BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


@cache
def _patterns() -> tuple[tuple[re.Pattern[str], str], ...]:
    """Texts of the library that hold numbers or names, as patterns; the ones that say most first."""
    told = sorted((text for text in LIBRARY if "{" in text), key=len, reverse=True)
    return tuple(
        (re.compile(re.sub(r"\\{(\w+)\\}", r"(?P<\1>.+?)", re.escape(text))), text) for text in told
    )


class Words:
    """Sentences, months and dates in one language.

    Attributes:
        language: "en" or "zh_Hant".
        tag: The same for HTML, "en" or "zh-Hant".
    """

    def __init__(self, language: str = "en") -> None:
        if language not in LANGUAGES:
            raise ValueError(
                f"no words in {language!r}; languages are {', '.join(LANGUAGES)}: add a catalogue under {LOCALE}"
            )
        self.language = language
        self.tag = language.replace("_", "-")
        self._translations = _translations(language)

    def text(self, message: str, **parts: object) -> str:
        """A whole sentence, its parts filled in; parts are never read as templates."""
        translated = self._translations.gettext(message) if message else ""
        if translated == message and not parts and self.language != "en":
            translated = self._said_by_library(message)
        return self._joined(translated.format(**parts) if parts else translated)

    def _joined(self, text: str) -> str:
        """No space between two Chinese characters, where a part was filled in between them."""
        return text if self.language == "en" else _GAP.sub("", text)

    def _said_by_library(self, message: str) -> str:
        """A text of the library's tables: in parts, or by its pattern; as it stands where nobody knows it."""
        if PART in message:
            between = self._translations.gettext(PART)
            return between.join(self.text(part) for part in message.split(PART))
        for pattern, known in _patterns():
            if found := pattern.fullmatch(message):
                parts = {name: self.text(part) for name, part in found.groupdict().items()}
                return self.text(known, **parts)
        return message

    def plural(self, one: str, many: str, number: int, **parts: object) -> str:
        """A sentence about a number, which fills `{number}`."""
        translated = self._translations.ngettext(one, many, number)
        return self._joined(translated.format(number=f"{number:,}", **parts))

    def _date(self, day: date, pattern: str) -> str:
        text: str = format_date(day, _PATTERNS[self.language][pattern], locale=self.language)
        return text

    def month(self, period: str, *, short: bool = False) -> str:
        """A month "YYYY-MM" in words; another period ("undated") as it is called."""
        if not period[:1].isdigit():
            return self.text("without a date")
        year, month = period.split("-")
        return self._date(date(int(year), int(month), 1), "short" if short else "month")

    def period(self, period: str) -> str:
        """A calendar year "YYYY" or quarter "YYYY-Qn" in words."""
        year, _, quarter = period.partition("-Q")
        first = date(int(year), 3 * int(quarter or 1) - 2, 1)
        return self._date(first, "quarter" if quarter else "year")

    def months(self, periods: list[str]) -> str:
        """First to last month, "" where there is none."""
        if not periods:
            return ""
        first, last = self.month(periods[0], short=True), self.month(periods[-1], short=True)
        return first if first == last else self.text("{first} to {last}", first=first, last=last)

    def day(self, moment: datetime | date) -> str:
        """A day in words."""
        return self._date(moment, "day")

    def listed(self, words: list[str]) -> str:
        """Words in a row."""
        return self.text(", ").join(words)
