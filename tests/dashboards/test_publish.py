"""The sites of a small believable network: states are worded, names are text, bytes are stable."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import duckdb
import hospital
import pytest

from dashboards.publish import publish


@pytest.fixture
def site(network_site):
    return network_site


AGAIN = """
import sys
from pathlib import Path
import hospital
from dashboards.publish import publish
publish(hospital.build(), hospital.configuration(), Path(sys.argv[1]))
"""


def test_the_same_release_gives_the_same_bytes(site, tmp_path):
    """From another process, too, whose sets are in another order and whose threads sum in another one."""
    there = {**os.environ, "PYTHONHASHSEED": "7", "PYTHONPATH": str(Path(hospital.__file__).parent)}
    subprocess.run([sys.executable, "-c", AGAIN, str(tmp_path)], env=there, check=True)
    again = tmp_path / "site"
    files = {p.relative_to(site) for p in site.rglob("*") if p.is_file()}
    assert files == {p.relative_to(again) for p in again.rglob("*") if p.is_file()}
    assert all((site / f).read_bytes() == (again / f).read_bytes() for f in files)


def test_links_lead_somewhere(site):
    for page in site.rglob("*.html"):
        for href in re.findall(r'href="([^"#:]+)(?:#[^"]*)?"', page.read_text("utf-8")):
            assert (page.parent / href).exists(), (page.name, href)


def test_a_name_is_text_wherever_it_stands(site):
    """CHT-06."""
    for page in (site / "committee").glob("*.html"):
        text = page.read_text("utf-8")
        assert "<script>x" not in text, page.name
        assert 'href="javascript' not in text, page.name


def test_months_are_categories_in_order(site):
    """CHT-02, CHT-03, CHT-05."""
    text = (site / "committee" / "index.html").read_text("utf-8")
    blocks = re.findall(r'<script type="application/json">(.*?)</script>', text, re.DOTALL)
    axes = [json.loads(block)["layout"]["xaxis"] for block in blocks]
    months = [axis["categoryarray"] for axis in axes if axis.get("type") == "category"]
    assert months
    assert all(found == list(hospital.MONTHS) for found in months)


def test_the_held_month_is_named_with_its_reason(site):
    for name in ("index.html", "quality.html"):
        assert "3.1% of tasks final before completed" in (site / "committee" / name).read_text(
            "utf-8"
        )


def test_every_state_has_its_words(site):
    whole = "".join(page.read_text("utf-8") for page in (site / "committee").glob("*.html"))
    for state in ("insufficient", "blocked", "not-applicable"):
        found = re.findall(rf'data-status="{state}"[^>]*>(.*?)<', whole, re.DOTALL)
        assert any(words.strip() for words in found), state
    assert not re.search(r"<td[^>]*>\s*</td>", whole), "a cell is blank"


def test_a_bundle_holds_its_own_vendor_only(site):
    names = dict(hospital.VENDORS)
    bundles = list((site / "vendors").iterdir())
    assert len(bundles) >= 6
    for folder in bundles:
        card = (folder / "scorecard.json").read_text("utf-8")
        page = (folder / "index.html").read_text("utf-8")
        assert sum(name in card or name in page for name in names.values() if len(name) > 9) <= 1, (
            folder.name
        )
        assert (folder / "assets" / "plotly.min.js").exists()


def test_a_missing_warehouse_is_said(tmp_path):
    with pytest.raises(FileNotFoundError, match="run `overread run` first"):
        publish(tmp_path / "none.duckdb", hospital.configuration(), tmp_path)


def test_an_unreadable_release_is_not_half_published(tmp_path):
    """The old site stands until the new one is whole."""
    publish(hospital.build(), hospital.configuration(), tmp_path)
    before = (tmp_path / "site" / "committee" / "index.html").read_bytes()
    broken = hospital.build()
    broken.execute("DROP TABLE quarantine")
    with pytest.raises(duckdb.CatalogException):
        publish(broken, hospital.configuration(), tmp_path)
    assert (tmp_path / "site" / "committee" / "index.html").read_bytes() == before
