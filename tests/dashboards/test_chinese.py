"""Traditional Chinese: every sentence is there with its parts, and no English is left on a page."""

import ast
import json
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import hospital

from checks.suites import TASKS
from dashboards.figures.figure import wrapped
from dashboards.messages import _read, _texts, obsolete, sentences, untranslated
from dashboards.plotly_locale import plotly_locale
from dashboards.words import Words

LANGUAGE = "zh_Hant"
ROOT = Path(__file__).resolve().parents[2]
LETTERS = re.compile(r"[A-Za-z]{2,}")
# Names of methods and of people, codes, units and files that Chinese pages write as they are.
ALLOWED = re.compile(
    r"""Overread|RADPEER|ACR(\ NRDR\ GRID)?|AUC|ROC|PABAK|AC[12]|[Kk]appa|Cohen|Gwet|Fleiss(-Cohen-Everitt)?|Everitt
    |Wilson|Newcombe|McNemar|Fisher|Benjamini-Hochberg|Bonferroni|DeLong|Kish|Johnson|MOVER|MRMC|logit|log(-log)?
    |Begg-Greenes|Kaplan-Meier|Aalen-Johansen|Poisson|Brier|Clopper-Pearson|Hodges|PSI|KS|ECE|CUSUM|XmR|SHA-256|JavaScript
    |JSON|CSV|XLSX|NUL|UTC|SLA|HL7|DICOM|FFDM|SFM|true|false|when|auc_mrmc|credit_(share|below)|mon-00|sun-23|out\b
    |KestrelBleed|beta|delta|max|ln|G[cd]|version_change|calendars|EUR|USD|EN\b|English
    |[a-z_]+\.[a-z_]+(,\ [a-z_]+\.[a-z_]+)*|overread\ explain\ .*""",
    re.VERBOSE,
)
# What the small network of these tests calls things, not a sentence of the library.
FIXTURE = re.compile(
    r"""final\ before\ completed|rows\ add\ up|reader\ known|dose\ in\ range|priority\ listed|3\.1%\ of\ tasks.*?1%
    |at\ most\ 1%\ of\ tasks|read\ =\ kept\ \+\ set\ aside|reader\ is\ given|code\ list|no\ rows|completed_at
    |(exams|reviews|reads)(/[\w\ -]+\.csv)?|f{10,}
    |correct\ the\ value\ at\ the\ source\ and\ deliver\ the\ file\ again|bad_time|unknown_code|row\ 3\ has.*
    |Boston\ General|Chicago\ Lakeside|Hamburg\ Hafen|Taipei\ Clinic|Demonstration\ network|acme\ scans""",
    re.VERBOSE,
)


class Visible(HTMLParser):
    """Texts that a reader sees or hears, those of charts among them; sources are cited as they are."""

    def __init__(self):
        super().__init__()
        self.texts, self.inside, self.specifications, self.source = [], "", [], False

    def handle_starttag(self, tag, attrs):
        if tag in {"script", "style"}:
            self.inside = tag
        told = {"aria-label", "data-label", "title", "data-dark", "data-light"}
        self.texts += [value for name, value in attrs if name in told and value]

    def handle_endtag(self, tag):
        if tag in {"script", "style"}:
            self.inside = ""

    def handle_data(self, data):
        if self.inside == "script" and data.lstrip().startswith("{"):
            self._walk(json.loads(data), "")
        elif not self.inside and not self.source:
            self.texts.append(data)
        if not self.inside and data.strip():
            self.source = data.strip() == "來源"

    def _walk(self, value, key):
        if isinstance(value, dict):
            for name, part in value.items():
                self._walk(part, name)
        elif isinstance(value, list):
            for part in value:
                self._walk(part, key)
        elif isinstance(value, str) and key in {"text", "ticktext", "name", "customdata"}:
            self.texts.append(re.sub(r"</?b>|<br>", " ", value))


def english(text):
    """Letters of a text that no list allows."""
    for name in sorted(hospital.VENDORS.values(), key=len, reverse=True):
        text = text.replace(name, "").replace(name.replace("<", "&lt;").replace(">", "&gt;"), "")
    text = re.sub(r"Solis &lt;a.*?Partners|&\w+;", "", text)
    text = FIXTURE.sub("", ALLOWED.sub("", text))
    # units of sums of letters in formulas, e.g. I(t)
    return LETTERS.findall(text)


def test_no_english_is_left_on_a_page(network_site):
    left = {}
    pages = list(network_site.rglob("*.zh-Hant.html"))
    assert len(pages) > 15
    for page in pages:
        seen = Visible()
        seen.feed(page.read_text("utf-8"))
        left |= {text.strip(): page.name for text in seen.texts if english(text)}
    assert left == {}


def test_every_page_has_both_languages_and_a_switch(network_site):
    for page in network_site.rglob("*.html"):
        other = (
            page.name.replace(".zh-Hant.html", ".html")
            if page.name.endswith(".zh-Hant.html")
            else page.name.replace(".html", ".zh-Hant.html")
        )
        assert (page.parent / other).exists(), page
        assert f'href="{other}"' in page.read_text("utf-8"), page


def test_parts_of_a_sentence_are_those_of_its_translation():
    parts = re.compile(r"\{(\w+)\}")
    for entry in _read(LANGUAGE):
        source = entry.id if isinstance(entry.id, str) else entry.id[-1]
        for text in _texts(entry):
            assert set(parts.findall(source)) == set(parts.findall(text)), source


def reasons(path):
    """Texts of a module that read like a reason: no docstring, no error, no SQL."""
    tree = ast.parse(path.read_text("utf-8"))
    left_out = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Raise) or (
            isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        ):
            left_out.update(id(inner) for inner in ast.walk(node))
    for node in ast.walk(tree):
        if id(node) in left_out:
            continue
        if isinstance(node, ast.JoinedStr):
            left_out.update(id(inner) for inner in ast.walk(node))
            text = "".join(
                part.value if isinstance(part, ast.Constant) else "7" for part in node.values
            )
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            text = node.value
        else:
            continue
        opening = "a an all both no none more less one fewer nothing nobody the too several provisional such chance"
        if (
            text.split(" ")[0] in opening.split()
            and " " in text
            and not re.search(r"[A-Z]{4}", text)
        ):
            yield text


def test_reasons_of_the_library_have_their_words():
    words = Words(LANGUAGE)
    untold = []
    for folder in ("stats", "measures", "signals"):
        for path in sorted((ROOT / "overread" / folder).rglob("*.py")):
            if "catalogue" not in path.parts:
                untold += [f"{path.name}: {t}" for t in reasons(path) if words.text(t) == t]
    assert untold == []


def test_checks_have_their_words():
    words = Words(LANGUAGE)
    for check in TASKS:
        name = check.name.replace("_", " ")
        assert words.text(name) != name
        assert check.remedy == "" or words.text(check.remedy) != check.remedy


def test_a_text_with_numbers_and_a_text_in_parts():
    words = Words(LANGUAGE)
    assert words.text(
        "events_in_order: 156 of 3,663 rows fail (4.3%, limit 1%)".replace("_", " ")
    ) == ("事件順序正確：3,663 列中有 156 列未通過（4.3%，上限 1%）")
    assert words.text("no cases; no scores") == "沒有病例；沒有分數"
    assert words.text("Northlight") == "Northlight"
    assert words.month("2026-03") == "2026 年 3 月"
    assert words.period("2025-Q3") == "2025 年第 3 季"


def test_no_space_between_chinese_characters():
    text = Words(LANGUAGE).text("{low} to {high}", low="1 小時", high="2 小時")
    assert text == "1 小時至 2 小時"
    assert Words(LANGUAGE).text("{low} to {high}", low="1.8", high="3.2") == "1.8 至 3.2"


def test_lines_break_between_chinese_characters():
    assert wrapped("一二三四五六七八", 8) == "一二三四<br>五六七八"
    assert wrapped("12 件複閱中 3 件", 12) == "12 件複閱中<br>3 件"
    assert wrapped("a name of words", 8) == "a name<br>of words"


def test_plotly_reads_its_locale():
    script = plotly_locale(LANGUAGE)
    module = json.loads(script[script.index("{") : script.rindex("}") + 1])
    assert (module["moduleType"], module["name"]) == ("locale", "zh-Hant")
    assert module["format"]["shortMonths"][2] == "3月"
    assert module["format"]["days"][0] == "星期日"


def test_the_wheel_holds_the_catalogue(tmp_path):
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    names = subprocess.run(
        [sys.executable, "-m", "zipfile", "-l", str(wheel)],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    assert "dashboards/locale/zh_Hant/LC_MESSAGES/messages.po" in names


def test_every_sentence_is_translated():
    assert len(sentences()) > 900
    assert untranslated(LANGUAGE) == []
    assert obsolete(LANGUAGE) == [], "python -m dashboards.messages takes them out"
