"""Turnaround, AI and the vendor pages with their blocks, of the small network, in real Chromium."""

import pytest


@pytest.mark.parametrize(("width", "across", "down"), [(1280, 24, 7), (390, 7, 24)])
def test_the_hours_of_the_week_turn_on_a_phone(browser, drawn, hospital_site, width, across, down):
    context = browser.new_context(viewport={"width": width, "height": 844})
    page = context.new_page()
    drawn(page, hospital_site / "committee/turnaround.html")
    cells = page.eval_on_selector_all(
        ".week tbody td",
        "all => all.map(e => { const b = e.getBoundingClientRect(); return [b.left, b.top].map(Math.round); })",
    )
    assert len(cells) == 168
    assert len({left for left, _ in cells}) == across
    assert len({top for _, top in cells}) == down
    context.close()


def test_the_roc_curve_is_square_and_its_csv_holds_the_points(page, drawn, hospital_site):
    drawn(page, hospital_site / "committee/ai.html")
    width, height = page.eval_on_selector(
        "figure[id^=roc-] .nsewdrag",
        "e => { const b = e.getBoundingClientRect(); return [b.width, b.height]; }",
    )
    assert abs(width - height) < 2
    with page.expect_download() as csv:
        page.locator("figure[id^=roc-] [data-csv]").first.click()
    lines = csv.value.path().read_text("utf-8-sig").splitlines()
    assert lines[0].startswith("Threshold,Diseased called")
    assert len(lines) > 100


@pytest.mark.parametrize("name", ["turnaround", "ai"])
def test_on_paper_nothing_is_wider_than_the_page(page, drawn, hospital_site, name):
    drawn(page, hospital_site / "committee" / f"{name}.html")
    page.set_viewport_size({"width": 680, "height": 960})
    page.emulate_media(media="print")
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    page.wait_for_timeout(300)
    widest = page.eval_on_selector_all(
        "figure.chart .plot svg.main-svg",
        "all => Math.max(...all.map(e => e.getBoundingClientRect().width))",
    )
    assert 600 < widest <= 680
    cut = page.eval_on_selector_all(
        ".scroll", "all => all.filter(e => e.scrollWidth > e.clientWidth + 1).length"
    )
    assert cut == 0
