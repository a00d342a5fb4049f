"""Signals, concordance, vendor page and scorecard of the small network in real Chromium."""

import pytest

PAGES = (
    "committee/signals.html",
    "committee/concordance.html",
    "committee/vendor-northlight.html",
    "committee/region-apac.html",
    "vendors/northlight/index.html",
)
DRAWN = "[...document.querySelectorAll('figure.chart')].every(f => f.dataset.drawn === 'yes')"


def drawn(page, path):
    page.goto(path.as_uri())
    for figure in page.locator("figure.chart").all():
        figure.scroll_into_view_if_needed()
    page.wait_for_function(DRAWN)


@pytest.mark.parametrize("name", PAGES)
def test_charts_draw_without_faults(page, hospital_site, name):
    drawn(page, hospital_site / name)
    assert page.faults == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", PAGES)
def test_a_phone_never_scrolls_sideways_and_reads_without_a_glass(
    browser, hospital_site, name, scheme
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


def test_filters_hide_and_show_without_any_script(browser, hospital_site):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto((hospital_site / "committee" / "signals.html").as_uri())
    findings = page.locator(".findings > li")
    everything = findings.count()
    page.get_by_role("radio", name="Northlight Teleradiology").check()
    visible = [i for i in range(everything) if findings.nth(i).is_visible()]
    assert 0 < len(visible) < everything
    assert all("Northlight" in findings.nth(i).locator("h3").inner_text() for i in visible)
    page.locator("#vendor-any").check()
    assert all(findings.nth(i).is_visible() for i in range(everything))
    context.close()


def test_the_keyboard_reaches_filters_findings_and_lines(page, hospital_site):
    page.goto((hospital_site / "committee" / "signals.html").as_uri())
    reached = set()
    for _ in range(60):
        page.keyboard.press("Tab")
        reached.add(
            page.evaluate(
                "(e => e.tagName + '.' + (e.name || e.className || e.textContent.trim().slice(0, 12)))"
                "(document.activeElement)"
            )
        )
    assert {"INPUT.judgement", "INPUT.vendor", "INPUT.region", "BUTTON.button"} <= reached
    assert any(name.startswith("SUMMARY") for name in reached)


def test_the_line_is_copied_as_it_stands(browser, hospital_site):
    context = browser.new_context(permissions=["clipboard-read", "clipboard-write"])
    page = context.new_page()
    page.goto((hospital_site / "committee" / "signals.html").as_uri())
    command = page.locator(".findings .command").first
    command.locator("button").click()
    page.wait_for_function(
        "document.querySelector('.findings [data-copy]').textContent === 'Copied'"
    )
    assert page.evaluate("navigator.clipboard.readText()") == command.locator("code").inner_text()
    context.close()


def test_every_state_and_every_icon_has_words(page, hospital_site):
    for name in PAGES:
        page.goto((hospital_site / name).as_uri())
        bare = page.eval_on_selector_all(
            "[data-status]:not([data-status=ok])",
            "all => all.filter(e => !e.textContent.trim()).length",
        )
        assert bare == 0, name
        silent = page.eval_on_selector_all(
            ".icon", "all => all.filter(e => !/[a-z]{4}/.test(e.textContent)).length"
        )
        assert silent == 0, name


def test_paper_cuts_no_chart_and_shows_no_filters(page, hospital_site):
    page.goto((hospital_site / "committee" / "signals.html").as_uri())
    page.emulate_media(media="print")
    assert not page.locator(".filters").is_visible()
    widths = page.eval_on_selector_all(
        "figure.chart", "all => all.map(f => getComputedStyle(f).breakInside)"
    )
    assert set(widths) == {"avoid"}
