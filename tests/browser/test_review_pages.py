"""Signals, concordance, vendor page and scorecard of the small network in real Chromium."""

PAGES = (
    "committee/signals.html",
    "committee/concordance.html",
    "committee/vendor-northlight.html",
    "committee/region-apac.html",
    "vendors/northlight/index.html",
)


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
