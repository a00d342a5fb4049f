"""Chromium, a page that writes down its faults, and the published site of the small network of tests/dashboards."""

import os
import sys
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

from dashboards.publish import publish

sys.path.append(str(Path(__file__).resolve().parents[1] / "dashboards"))
CHROMIUM = "/usr/bin/chromium"
SWITCHES = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
# Each chart in turn comes into view for two frames, which is when it draws.
VISIT = """async () => {
    for (const figure of document.querySelectorAll('figure.chart')) {
        figure.scrollIntoView({ block: 'center' });
        await new Promise(requestAnimationFrame);
        await new Promise(requestAnimationFrame);
    }
}"""


@pytest.fixture(scope="session")
def hospital_site(made_once):
    import hospital

    return (
        made_once(
            "hospital",
            lambda folder: publish(hospital.build(), hospital.configuration(), folder),
        )
        / "site"
    )


@pytest.fixture(scope="session")
def browser():
    if not Path(CHROMIUM).exists() and not os.environ.get("CI"):
        pytest.skip("Debian's Chromium is not installed: scripts/install-test-packages")
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=SWITCHES)
        yield opened
        opened.close()


@pytest.fixture
def page(browser):
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    opened = context.new_page()
    opened.faults = []
    opened.on(
        "console",
        lambda m: opened.faults.append(m.text) if m.type in ("error", "warning") else None,
    )
    opened.on("pageerror", lambda error: opened.faults.append(str(error)))
    opened.on(
        "request",
        lambda r: opened.faults.append(r.url) if not r.url.startswith(("file:", "data:")) else None,
    )
    yield opened
    context.close()


@pytest.fixture(scope="session")
def drawn():
    """Open a page, unfold it and have every chart of it drawn: they draw as they come into view."""

    def open_drawn(page, path):
        page.goto(path.as_uri())
        page.evaluate("document.querySelectorAll('.folded').forEach(d => { d.open = true; })")
        page.evaluate(VISIT)
        page.wait_for_function(
            "[...document.querySelectorAll('figure.chart')].every(f => f.dataset.drawn === 'yes')"
        )

    return open_drawn
