"""Definitions are folded on the screen, unfold for a link, and stand on paper."""

import pytest


@pytest.fixture(scope="module")
def scorecard(hospital_site):
    return hospital_site / "vendors" / "meridian" / "index.html"


def test_a_scorecard_fits_a_phone(browser, scorecard):
    context = browser.new_context(viewport={"width": 390, "height": 844})
    page = context.new_page()
    page.goto(scorecard.as_uri())
    folded = page.evaluate("document.documentElement.scrollHeight")
    page.evaluate("document.querySelectorAll('.methods details').forEach(d => { d.open = true; })")
    whole = page.evaluate("document.documentElement.scrollHeight")
    assert folded < 0.7 * whole
    assert folded < 8_000
    context.close()


def test_a_link_unfolds_its_definition(page, scorecard):
    page.goto(scorecard.as_uri())
    name = page.locator(".methods details").nth(1).get_attribute("id")
    definition = page.locator(f"#{name}")
    assert not definition.locator("dl").is_visible()
    page.evaluate(f"location.hash = '{name}'")
    definition.locator("dl").wait_for(state="visible")
    assert definition.locator("summary").is_visible()
    page.goto(f"{scorecard.as_uri()}#{name}")
    page.reload()
    definition.locator("dl").wait_for(state="visible")
    # once more, by a link to where one is
    definition.locator("summary").click()
    page.evaluate(
        "name => { const a = document.body.appendChild(document.createElement('a')); a.href = `#${name}`; a.click(); }",
        name,
    )
    definition.locator("dl").wait_for(state="visible")
    assert page.faults == []


def test_the_keyboard_unfolds_a_definition(page, scorecard):
    page.goto(scorecard.as_uri())
    first = page.locator(".methods details").first
    first.locator("summary").focus()
    page.keyboard.press("Enter")
    assert first.locator("dl").is_visible()


def test_paper_has_every_definition(browser, scorecard):
    """Without scripts, too: style alone unfolds them."""
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(scorecard.as_uri())
    page.emulate_media(media="print")
    all_of_them = page.locator(".methods details dl").all()
    assert len(all_of_them) > 5
    assert all(each.bounding_box()["height"] > 30 for each in all_of_them)
    context.close()


def test_what_was_unfolded_for_paper_is_folded_again(page, hospital_site):
    for path in ("vendors/meridian/index.html", "committee/quality.html", "committee/signals.html"):
        page.goto((hospital_site / path).as_uri())
        opened = page.evaluate(
            """() => {
                const open = () => document.querySelectorAll(".folded[open]").length;
                const before = open();
                window.dispatchEvent(new Event("beforeprint"));
                const on_paper = document.querySelectorAll(".folded:not([open])").length;
                window.dispatchEvent(new Event("afterprint"));
                return [on_paper, open() - before];
            }"""
        )
        assert opened == [0, 0], path
