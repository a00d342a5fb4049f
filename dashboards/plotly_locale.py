"""plotly.js bundles no Chinese: a locale of its own, made from Babel."""

from __future__ import annotations

import json

from babel import Locale


def plotly_locale(language: str) -> str:
    """A script that registers a language with plotly.js; its name is that of the page's `lang`.

    Args:
        language: Babel's name, e.g. "zh_Hant".
    """
    locale = Locale.parse(language)
    # Babel's week begins on Monday, plotly's on Sunday
    week = [6, 0, 1, 2, 3, 4, 5]
    names = {
        "days": [locale.days["stand-alone"]["wide"][day] for day in week],
        "shortDays": [locale.days["stand-alone"]["abbreviated"][day] for day in week],
        "months": [locale.months["stand-alone"]["wide"][month] for month in range(1, 13)],
        "shortMonths": [
            locale.months["stand-alone"]["abbreviated"][month] for month in range(1, 13)
        ],
        "decimal": locale.number_symbols["latn"]["decimal"],
        "thousands": locale.number_symbols["latn"]["group"],
        "date": "%Y/%m/%d",
        "year": "%Y 年",
        "month": "%Y 年 %-m 月",
        "dayMonth": "%-m 月 %-d 日",
        "dayMonthYear": "%Y 年 %-m 月 %-d 日",
    }
    module = {
        "moduleType": "locale",
        "name": language.replace("_", "-"),
        "dictionary": {},
        "format": names,
    }
    text = json.dumps(module, ensure_ascii=False, sort_keys=True)
    return f"if (window.Plotly) window.Plotly.register({text});\n"
