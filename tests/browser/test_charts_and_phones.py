"""Every chart of the newer pages draws, and a phone reads them, in real Chromium."""

import pytest

PAGES = (
    "committee/signals.html",
    "committee/concordance.html",
    "committee/turnaround.html",
    "committee/ai.html",
    "committee/vendor-northlight.html",
    "committee/vendor-kestrel.html",
    "committee/region-apac.html",
    "vendors/northlight/index.html",
)


@pytest.mark.parametrize("name", PAGES)
def test_charts_draw_without_faults(page, drawn, hospital_site, name):
    drawn(page, hospital_site / name)
    assert page.locator("figure.chart").count() > 0
    assert page.evaluate("document.documentElement.scrollWidth") <= 1280
    assert page.faults == []


@pytest.mark.parametrize(
    ("name", "scheme"), [*((name, "light") for name in PAGES), (PAGES[0], "dark")]
)
def test_a_phone_never_scrolls_sideways_and_reads_without_a_glass(
    browser, drawn, hospital_site, name, scheme
):
    context = browser.new_context(viewport={"width": 390, "height": 844}, color_scheme=scheme)
    page = context.new_page()
    drawn(page, hospital_site / name)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    smallest = page.evaluate(
        """Math.min(...[...document.querySelectorAll('main *')]
        .filter(e => e.childNodes.length && [...e.childNodes].some(n => n.nodeType === 3 && n.data.trim()))
        .filter(e => e.getClientRects().length && !e.closest('.plot, .unseen'))
        .map(e => parseFloat(getComputedStyle(e).fontSize)))"""
    )
    assert smallest >= 13
    context.close()
