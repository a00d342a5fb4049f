"""The published pages of the VIPER study in real Chromium."""

import json
import re
from html import unescape
from pathlib import Path
from urllib.parse import unquote, urljoin, urlparse

import pytest

from assets.network import Network
from overread.feeds.configuration import load_configuration
from pipelines.run import run

LINK = re.compile(r'<a\b[^>]*?\shref="([^"]+)"')
VIPER = Path(__file__).resolve().parents[2] / "examples" / "viper"


@pytest.fixture(scope="session")
def out(tmp_path_factory):
    folder = tmp_path_factory.mktemp("viper")
    summary = run(Network(config=str(VIPER / "overread.yaml"), data=str(VIPER), out=str(folder)))
    assert summary.success, summary.failure
    return folder


def pages(out):
    return sorted((out / "site").rglob("*.html"))


def told_apart(out):
    """Every page; in Chinese only the first of the vendors' pages and scorecards, which are alike."""
    seen = set()
    for path in pages(out):
        kind = re.sub(r"vendor-\w+|vendors/\w+", "vendor", path.as_posix())
        if "zh-Hant" not in path.name or kind not in seen:
            yield path
        seen.add(kind)


def test_a_phone_draws_every_chart_fetches_nothing_and_never_scrolls_sideways(page, drawn, out):
    page.set_viewport_size({"width": 390, "height": 844})
    for path in told_apart(out):
        drawn(page, path)
        assert page.faults == [], path
        assert page.evaluate("document.documentElement.scrollWidth") <= 390, path
    page.goto((out / "site" / "committee" / "index.html").as_uri())
    assert page.locator("figure.chart").count() >= 5


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (390, "dark")])
def test_a_wide_window_and_a_dark_phone_draw_the_first_pages(page, drawn, out, width, scheme):
    page.set_viewport_size({"width": width, "height": 844})
    page.emulate_media(color_scheme=scheme)
    for path in sorted((out / "site").rglob("index.html")):
        drawn(page, path)
        assert page.faults == [], path
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path


def test_links_lead_somewhere(out):
    text = {path: path.read_text("utf-8") for path in pages(out)}
    links = {(path, unescape(href)) for path, html in text.items() for href in LINK.findall(html)}
    assert len(links) > 500
    for path, href in links:
        target = urlparse(urljoin(path.as_uri(), href))
        assert target.scheme == "file", (path, href)
        file = Path(unquote(target.path))
        assert file.exists(), (path, href)
        if target.fragment:
            assert f'id="{target.fragment}"' in text[file], (path, href)


def test_values_on_the_page_equal_the_release(page, out):
    """Every row of every data table of the overview's AUC chart, to the last digit."""
    import duckdb

    page.goto((out / "site" / "committee" / "index.html").as_uri())
    shown = page.eval_on_selector_all(
        "#dots-auc-readers tbody tr",
        "rows => rows.map(r => [r.children[0].textContent.trim(), Number(r.children[1].dataset.raw)])",
    )
    with duckdb.connect(str(out / "warehouse.duckdb"), read_only=True) as connection:
        released = connection.execute(
            "SELECT v.name, m.value FROM measure_release m JOIN vendor v USING (vendor) WHERE audience = 'committee' "
            "AND measure_id = 'auc' AND reference = 'follow_up_365' AND reader IS NULL AND period IS NULL "
            "AND coalesce(m.region, m.site, m.modality, m.service, m.technique, m.facility_type, m.deployment, "
            "m.patient_class, m.priority, m.engagement) IS NULL"
        ).fetchall()
    assert len(shown) == 5
    assert dict(shown) == pytest.approx(dict(released), abs=1e-12)


def test_a_vendor_bundle_names_no_other_vendor(out):
    configuration, _ = load_configuration(VIPER / "overread.yaml")
    folders = [path for path in (out / "site" / "vendors").iterdir() if path.is_dir()]
    assert len(folders) == 5
    for vendor in configuration.vendors:
        folder = out / "site" / "vendors" / vendor.id.lower()
        card = json.loads((folder / "scorecard.json").read_text("utf-8"))
        assert card
        for file in (p for p in folder.rglob("*") if p.is_file() and p.name != "plotly.min.js"):
            text = file.read_text("utf-8")
            for other in configuration.vendors:
                if other != vendor:
                    assert other.name not in text, (file, other.name)
                    assert other.id not in text, (file, other.id)
            assert "../../" not in text or file.suffix == ".js", file


def test_the_keyboard_reaches_the_content(page, out):
    page.goto((out / "site" / "committee" / "index.html").as_uri())
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    reached = set()
    for _ in range(80):
        page.keyboard.press("Tab")
        reached.add(page.evaluate("document.activeElement.textContent.trim().slice(0, 20)"))
    assert {"Overview", "Data quality", "Methods"} <= reached


@pytest.fixture
def everybody(hospital_site):
    """The public page of the small network of tests/dashboards."""
    return hospital_site / "public"


@pytest.mark.parametrize("width", [1280, 390])
def test_the_public_page_stands_alone(browser, everybody, width):
    context = browser.new_context(viewport={"width": width, "height": 844})
    page = context.new_page()
    faults = []
    page.on("console", lambda m: faults.append(m.text) if m.type in ("error", "warning") else None)
    page.on(
        "request",
        lambda r: faults.append(r.url) if not r.url.startswith(everybody.as_uri()) else None,
    )
    page.goto((everybody / "index.html").as_uri())
    assert faults == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.locator("data.value").count() > 10
    untold = page.locator("[data-status=suppressed]").first
    assert "repeating-linear-gradient" in untold.evaluate(
        "e => getComputedStyle(e).backgroundImage"
    )
    for name in ("public.csv", "changes.csv"):
        with page.expect_download() as csv:
            page.locator(f"a[download][href='{name}']").click()
        assert csv.value.suggested_filename == name
    context.close()


@pytest.mark.parametrize("suffix", ["", ".zh-Hant"])
def test_changes_of_public_numbers_fit_a_phone(browser, everybody, suffix):
    context = browser.new_context(viewport={"width": 390, "height": 844})
    page = context.new_page()
    page.goto((everybody / f"index{suffix}.html").as_uri())
    # the sentence at the top leads to the list
    page.locator("main p a[href='#changes']").click()
    head = page.locator("h2#changes")
    assert -1 < head.bounding_box()["y"] < 844
    assert "9" in head.inner_text()
    card = page.locator("h2#changes ~ .scroll tbody tr").first
    box = card.bounding_box()
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 390
    before, now = (card.locator("td").nth(i) for i in (2, 3))
    assert "41,655" in before.inner_text()
    assert "41,731" in now.inner_text()
    # one below the other, each with its label
    assert before.bounding_box()["y"] < now.bounding_box()["y"]
    for cell in (before, now):
        label = cell.evaluate("e => getComputedStyle(e, '::before').content")
        assert label == f'"{cell.get_attribute("data-label")}"'
    context.close()


def test_numbers_are_shown_alike_in_the_browser(page, out):
    """Python and the browser are held to one table of cases, Chinese among them."""
    table = Path(__file__).resolve().parents[1] / "dashboards" / "numerals.json"
    page.goto((out / "site" / "committee" / "index.html").as_uri())
    for case in json.loads(table.read_text("utf-8")):
        shown = page.evaluate(
            "c => window.overreadNumerals.show(c.unit, c.value, c.low, c.high, c.target, c.clock, c.language || 'en')",
            case,
        )
        assert [shown["value"], shown["low"], shown["high"]] == case["expect"], case["why"]


def test_chinese_has_its_letters_and_no_italics(page, out):
    """Debian's Noto Sans CJK TC, not boxes: what the browser took for each text is asked of the browser."""
    page.goto((out / "site" / "committee" / "index.zh-Hant.html").as_uri())
    assert page.evaluate("document.documentElement.lang") == "zh-Hant"
    assert page.faults == []
    session = page.context.new_cdp_session(page)
    session.send("DOM.enable")
    session.send("CSS.enable")
    root = session.send("DOM.getDocument")["root"]["nodeId"]
    for selector in ("h1", "h2", "figcaption p"):
        node = session.send("DOM.querySelector", {"nodeId": root, "selector": selector})["nodeId"]
        used = session.send("CSS.getPlatformFontsForNode", {"nodeId": node})["fonts"]
        taken = {font["familyName"] for font in used}
        assert any("CJK" in name or "Noto Sans TC" in name for name in taken), (selector, taken)
        assert not any("Last Resort" in name or "Fallback" in name for name in taken), selector
    slanted = page.eval_on_selector_all(
        "body *",
        "all => all.filter(e => getComputedStyle(e).fontStyle !== 'normal').map(e => e.tagName)",
    )
    assert slanted == []


def test_plotly_knows_chinese_months(page, out):
    page.goto((out / "site" / "committee" / "index.zh-Hant.html").as_uri())
    ticks = page.evaluate(
        """async () => {
            const plot = document.body.appendChild(document.createElement("div"));
            const x = ["2026-03-01", "2026-04-01", "2026-05-01"];
            await Plotly.newPlot(plot, [{ x: x, y: [1, 2, 3] }],
                { xaxis: { type: "date", tickformat: "%b", tickvals: x } }, { locale: document.documentElement.lang });
            return [...plot.querySelectorAll(".xtick text")].map(t => t.textContent);
        }"""
    )
    assert ticks == ["3月", "4月", "5月"]
