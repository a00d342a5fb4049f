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


def test_overdue_tasks_are_marked_and_lead_to_their_definition(page, hospital_site):
    page.goto((hospital_site / "committee/turnaround.html").as_uri())
    overdue = page.locator("table.open td[data-label='Overdue']")
    late = overdue.filter(has=page.locator(".mark-worse"))
    assert late.count() == 5
    assert overdue.count() == 8
    assert page.locator("table.open .mark-worse").count() == late.count()
    assert "1 of 70 open tasks under a term" in late.first.inner_text()
    page.goto((hospital_site / "vendors/meridian/index.html").as_uri())
    definition = page.locator("#tasks_overdue dl")
    assert not definition.is_visible()
    page.locator("table.open").get_by_role("link", name="Overdue").click()
    assert definition.is_visible()
    assert "each is one of the SLA breaches too" in definition.inner_text()
    assert page.faults == []


@pytest.mark.parametrize("name", ["committee/turnaround", "vendors/meridian/index"])
@pytest.mark.parametrize("language", ["", ".zh-Hant"])
def test_open_work_fits_a_phone(page, hospital_site, name, language):
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto((hospital_site / f"{name}{language}.html").as_uri())
    cut = page.eval_on_selector_all(
        "table.open data, table.open small",
        "all => all.filter(e => e.getBoundingClientRect().right > innerWidth).length",
    )
    assert page.locator("table.open data").count() > 0
    assert cut == 0
