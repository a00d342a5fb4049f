"""Long pages are folded: short on a phone, nothing that warns is hidden, links and paper reach everything."""

import pytest

# the highest a page of the small network may be on a phone, folded
HEIGHTS = {
    "committee/ai.html": 3_000,
    "committee/concordance.html": 15_000,
    "committee/vendor-northlight.html": 15_000,
    "committee/vendor-kestrel.html": 15_000,
    "committee/turnaround.html": 15_000,
    "vendors/kestrel/index.html": 15_000,
}
UNFOLD = "document.querySelectorAll('.folded').forEach(d => { d.open = true; })"
WIDTHS = """() => [...document.querySelectorAll(".folded figure.chart[data-drawn]")].map(f => {
    const plot = f.querySelector(".plot");
    return [plot.querySelector("svg.main-svg").getBoundingClientRect().width, plot.clientWidth];
})"""


@pytest.fixture
def phone(browser):
    context = browser.new_context(viewport={"width": 390, "height": 844})
    yield context.new_page()
    context.close()


def height(page):
    return page.evaluate("document.documentElement.scrollHeight")


def draw_visible(page):
    for figure in page.locator("figure.chart").all():
        if figure.is_visible():
            figure.scroll_into_view_if_needed()
    page.wait_for_function(
        "[...document.querySelectorAll('figure.chart')]"
        ".every(f => !f.checkVisibility() || f.dataset.drawn === 'yes')"
    )


@pytest.mark.parametrize("name", HEIGHTS)
def test_a_phone_reads_a_page_in_ten_minutes(phone, hospital_site, name):
    phone.goto((hospital_site / name).as_uri())
    draw_visible(phone)
    assert height(phone) < HEIGHTS[name]


def test_a_version_folds_most_of_itself(phone, drawn, hospital_site):
    page = hospital_site / "committee" / "ai.html"
    phone.goto(page.as_uri())
    folded = height(phone)
    drawn(phone, page)
    assert folded < 0.4 * height(phone)


def test_a_version_keeps_its_figures_and_its_months_in_sight(phone, hospital_site):
    phone.goto((hospital_site / "committee" / "ai.html").as_uri())
    for version in phone.locator(".version").all():
        seen = version.inner_text()
        assert "sensitivity" in seen
        assert "diseased cases" in seen
        assert "Answers of" in seen
        assert "In depth: calls against the reference" in seen
        assert "How to read" not in seen


def test_a_signal_keeps_its_sentence_and_what_is_asked_in_sight(phone, hospital_site):
    phone.goto((hospital_site / "committee" / "signals.html").as_uri())
    findings = phone.locator(".findings > li")
    assert findings.count() > 10
    for finding in findings.all():
        assert finding.locator("h3").is_visible()
        assert not finding.locator(".evidence").is_visible()
        assert not finding.locator(".command").first.is_visible()
    assert phone.get_by_text("Asked next:").first.is_visible()
    # all of it in a wide window, where no one has unfolded anything
    phone.set_viewport_size({"width": 1280, "height": 844})
    assert all(finding.locator(".evidence").is_visible() for finding in findings.all())
    phone.set_viewport_size({"width": 390, "height": 844})
    draw_visible(phone)
    folded = height(phone)
    phone.evaluate(
        "document.querySelectorAll('.findings > li > .on-phones').forEach(d => { d.open = true; })"
    )
    assert folded < 0.75 * height(phone)


@pytest.mark.parametrize("name", HEIGHTS)
def test_no_signal_and_no_state_is_hidden(phone, hospital_site, name):
    """Whatever stands in a fold and warns is told by a line between its heading and the fold."""
    phone.goto((hospital_site / name).as_uri())
    hidden, folds = phone.evaluate(
        """() => {
            const warns = { blocked: "[data-status=blocked]", suppressed: "[data-status=suppressed]",
                            insufficient: "[data-status=insufficient]", misses: ".mark-misses" };
            const hidden = [];
            const folds = [...document.querySelectorAll(".folded")].filter(
                f => !f.parentElement.closest(".folded") && !f.matches(".methods *") && f.querySelector("table"));
            for (const fold of folds) {
                const beside = [];
                for (let e = fold.previousElementSibling; e && !/^H[23]$/.test(e.tagName); e = e.previousElementSibling)
                    beside.push(e);
                for (const [state, selector] of Object.entries(warns)) {
                    const inside = [...fold.querySelectorAll(selector)].filter(e => !e.closest(".legend, .icons"));
                    const lines = beside.filter(e => e.matches(".flags") && e.checkVisibility());
                    const told = lines.some(e => e.querySelector(selector));
                    if (inside.length && !told) hidden.push([fold.firstElementChild.textContent, state]);
                }
            }
            return [hidden, folds.length];
        }"""
    )
    assert hidden == []
    assert folds > 0


def test_a_signal_leads_into_the_fold_in_the_fold(page, hospital_site):
    """The gap of a population: its line stands outside, its chart two folds deep."""
    page.goto((hospital_site / "committee" / "ai.html").as_uri())
    link = page.locator(".version .flags a[href^='#population-']").first
    anchor = link.get_attribute("href")
    figure = page.locator(anchor)
    assert not figure.is_visible()
    link.click()
    figure.wait_for(state="visible")
    above = figure.evaluate(
        "f => { const all = []; for (let e = f.closest('.folded'); e; e = e.parentElement.closest('.folded'))"
        " all.push(e.open); return all; }"
    )
    assert above == [True, True]
    page.wait_for_function(
        "f => { const top = document.querySelector(f).getBoundingClientRect().top;"
        " return top > -40 && top < innerHeight / 2; }",
        arg=anchor,
    )
    # and by its address
    page.goto("about:blank")
    page.goto((hospital_site / "committee" / "ai.html").as_uri() + anchor)
    figure.wait_for(state="visible")
    assert page.faults == []


@pytest.mark.parametrize("width", [1280, 390])
def test_a_chart_in_a_fold_has_its_width(browser, hospital_site, width):
    context = browser.new_context(viewport={"width": width, "height": 844})
    page = context.new_page()
    page.goto((hospital_site / "committee" / "ai.html").as_uri())
    page.evaluate(UNFOLD)
    draw_visible(page)
    widths = page.evaluate(WIDTHS)
    assert len(widths) >= 6
    assert all(abs(drawn - room) < 2 and drawn > 250 for drawn, room in widths), widths
    # folded again, the window turned, and unfolded
    page.evaluate("document.querySelectorAll('.folded').forEach(d => { d.open = false; })")
    page.set_viewport_size({"width": 800, "height": 844})
    page.wait_for_timeout(200)
    page.evaluate(UNFOLD)
    for figure in page.locator("figure.chart").all():
        figure.scroll_into_view_if_needed()
    page.wait_for_timeout(500)
    turned = page.evaluate(WIDTHS)
    assert all(abs(drawn - room) < 2 for drawn, room in turned), turned
    assert turned != widths
    context.close()


def test_paper_has_the_charts_of_every_fold(page, hospital_site):
    page.goto((hospital_site / "committee" / "ai.html").as_uri())
    page.set_viewport_size({"width": 680, "height": 960})
    page.emulate_media(media="print")
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    page.wait_for_function(
        "[...document.querySelectorAll('figure.chart')].every(f => f.dataset.drawn === 'yes')"
    )
    widths = page.evaluate(WIDTHS)
    assert len(widths) == page.locator("figure.chart").count()
    assert {round(drawn) for drawn, _ in widths} == {660}
    assert all(figure.is_visible() for figure in page.locator("figure.chart").all())


def test_a_wide_window_shows_tables_whole(page, hospital_site):
    """What is folded because a phone makes cards of it is a table there, without a script."""
    page.goto((hospital_site / "committee" / "concordance.html").as_uri())
    folds = page.locator(".on-phones")
    assert folds.count() > 3
    assert all(table.is_visible() for table in page.locator(".on-phones table").all())
    assert not any(line.is_visible() for line in page.locator(".on-phones > summary").all())
    page.set_viewport_size({"width": 390, "height": 844})
    assert all(line.is_visible() for line in page.locator(".on-phones > summary").all())
    assert not any(table.is_visible() for table in page.locator(".on-phones table").all())
