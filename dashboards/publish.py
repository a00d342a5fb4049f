"""Publish the sites: the committee's pages, and for each vendor a bundle that stands alone."""

from __future__ import annotations

import gc
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any, Final

import duckdb
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from plotly.offline import get_plotlyjs

import overread
from dashboards.changes import write_csv
from dashboards.edition import Edition, Page
from dashboards.labels import label
from dashboards.messages import complete
from dashboards.network import Network, network_of
from dashboards.numerals import count
from dashboards.pages.ai import ai
from dashboards.pages.concordance import concordance
from dashboards.pages.methods import methods
from dashboards.pages.overview import overview
from dashboards.pages.public import public
from dashboards.pages.public import write_csv as write_public_csv
from dashboards.pages.public_changes import write_csv as write_public_changes_csv
from dashboards.pages.quality import quality
from dashboards.pages.region import region_page
from dashboards.pages.revisions import revisions
from dashboards.pages.scorecard import scorecard
from dashboards.pages.scorecard_json import scorecard_json
from dashboards.pages.signals import signals
from dashboards.pages.turnaround import turnaround
from dashboards.pages.vendor import vendor_page
from dashboards.plotly_locale import plotly_locale
from dashboards.release import Released
from dashboards.words import LANGUAGES, Words
from overread.feeds.configuration import Configuration
from overread.model.codes import REGION, UNKNOWN

HERE: Final = Path(__file__).parent
_STYLES: Final = (
    "tokens.css",
    "frame.css",
    "parts.css",
    "turnaround.css",
    "ai.css",
    "signals.css",
    "print.css",
)
_SCRIPTS: Final = ("numerals.js", "menus.js", "copy.js", "folded.js")


@dataclass(frozen=True, slots=True)
class Publication:
    """What was written.

    Attributes:
        committee: First page of the committee's site.
        scorecards: Vendor -> first page of its bundle.
        pages: Number of pages.
    """

    committee: Path
    scorecards: dict[str, Path]
    pages: int


@contextmanager
def _opened(source: Path | duckdb.DuckDBPyConnection) -> Iterator[duckdb.DuckDBPyConnection]:
    if isinstance(source, duckdb.DuckDBPyConnection):
        yield source
        return
    if not source.exists():
        raise FileNotFoundError(f"{source}: no warehouse there; run `overread run` first")
    connection = duckdb.connect(str(source), read_only=True)
    try:
        yield connection
    finally:
        connection.close()


@contextmanager
def _without_collections() -> Iterator[None]:
    """No search for cyclic garbage: pages are made of a million small things that are all needed to the end."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def _write_assets(folder: Path, *, charts: bool = True) -> None:
    """One style sheet, the scripts and, for charts, one installed plotly.js: nothing is fetched at view time."""
    folder.mkdir(parents=True)
    static = HERE / "static"

    def joined(names: Sequence[str]) -> str:
        return "\n".join((static / name).read_text("utf-8") for name in names)

    (folder / "overread.css").write_text(joined(_STYLES), "utf-8")
    (folder / "overread.js").write_text(joined(_SCRIPTS), "utf-8")
    shutil.copyfile(static / "theme.js", folder / "theme.js")
    if charts:
        shutil.copyfile(static / "charts.js", folder / "charts.js")
        (folder / "plotly.min.js").write_text(get_plotlyjs(), "utf-8")
        for language in LANGUAGES[1:]:
            name = f"plotly-{Words(language).tag}.js"
            (folder / name).write_text(plotly_locale(language), "utf-8")


@cache
def _environment(language: str) -> Environment:
    """Templates of one language, compiled once for all sites that are written."""
    words = Words(language)
    environment = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(
        _=words.text, _n=words.plural, count=count, version=overread.__version__
    )
    return environment


def _render(
    environment: Environment, edition: Edition, page: Page, folder: Path, **more: Any
) -> None:
    template = environment.get_template(page.template)
    text = template.render(edition=edition, page=page, **{"figures": [], **more, **page.context})
    (folder / edition.link(page.name)).write_text(text.lstrip(), "utf-8")


def _committee(edition: Edition, folder: Path) -> int:
    regions = [r for r in edition.values("region", REGION.codes) if r != UNKNOWN]
    words = edition.words
    links = {
        "vendor_links": [(f"vendor-{v.slug}", v.name) for v in edition.vendors],
        "region_links": [(f"region-{r}", label(words, "region", r)) for r in regions],
    }
    pages = [overview(edition), quality(edition), methods(edition), revisions(edition)]
    subjects = (signals(edition), concordance(edition), turnaround(edition), ai(edition))
    pages += [page for page in subjects if page]
    pages += [vendor_page(edition, vendor) for vendor in edition.vendors]
    pages += [region_page(edition, region) for region in regions]
    environment = _environment(words.language)
    for page in pages:
        _render(environment, edition, page, folder, there={p.name for p in pages}, **links)
    return len(pages)


def _bundles(
    connection: duckdb.DuckDBPyConnection,
    network: Network,
    site: Path,
    words: Words,
    languages: tuple[str, ...],
    told: Mapping[str, Released],
) -> Iterator[tuple[str, str]]:
    environment = _environment(words.language)
    for vendor in network.vendors:
        released = told[vendor.id]
        if not released.measures():
            continue
        folder = site / "vendors" / vendor.slug
        if not folder.exists():
            _write_assets(folder / "assets")
        # the bundle knows no vendor but its own
        alone = replace(network, vendors=(vendor,))
        edition = Edition(connection, alone, released, words, "assets/", languages)
        _render(environment, edition, scorecard(edition, vendor), folder)
        # machines read English
        if words.language == languages[0]:
            (folder / "scorecard.json").write_text(scorecard_json(edition, vendor), "utf-8")
        yield vendor.id, vendor.slug


def _public(
    connection: duckdb.DuckDBPyConnection,
    network: Network,
    site: Path,
    words: Words,
    languages: tuple[str, ...],
) -> int:
    """The page for everybody; it knows no vendor, no site and no banner of the committee."""
    folder = site / "public"
    bare = replace(network, vendors=(), sites=(), banners={})
    released = Released(connection, "public")
    edition = Edition(connection, bare, released, words, "assets/", languages)
    page = public(edition)
    if page is None:
        return 0
    if not folder.exists():
        _write_assets(folder / "assets", charts=False)
        write_public_csv(edition, folder / "public.csv")
        write_public_changes_csv(edition, folder / "changes.csv")
    _render(_environment(words.language), edition, page, folder)
    return 1


def publish(
    source: Path | duckdb.DuckDBPyConnection,
    configuration: Configuration,
    out_dir: Path,
    *,
    progress: Callable[[str], None] | None = None,
) -> Publication:
    """Write `<out_dir>/site` anew from the released measures; what stood there before is replaced as a whole.

    Args:
        source: The warehouse: its file, or an open connection. Read are measure_release, signal, revision, ledger,
            quarantine (counts by reason), check_result and held_month.
        configuration: The network.
        out_dir: Folder of the results.
        progress: Called with a line for each step.

    Returns:
        Where the pages are.

    Raises:
        FileNotFoundError: There is no warehouse.
        KeyError: A released measure is not declared in the catalogue.
    """
    network = network_of(configuration)
    languages = tuple(language for language in LANGUAGES if complete(language))
    site, part = out_dir / "site", out_dir / "site.part"
    shutil.rmtree(part, ignore_errors=True)
    committee = part / "committee"
    committee.mkdir(parents=True)
    _write_assets(part / "assets")
    pages = 0
    slugs: dict[str, str] = {}
    with _opened(source) as connection, _without_collections():
        # what was read once serves every language
        released = Released(connection)
        told = {vendor.id: Released(connection, "vendor", vendor.id) for vendor in network.vendors}
        for language in languages:
            words = Words(language)
            edition = Edition(connection, network, released, words, "../assets/", languages)
            pages += _committee(edition, committee)
            if language == languages[0]:
                write_csv(edition, committee / "revisions.csv")
            if progress:
                progress(f"committee pages, {language}: {pages}")
            bundles = dict(_bundles(connection, network, part, words, languages, told))
            pages += len(bundles)
            slugs |= bundles
            pages += _public(connection, network, part, words, languages)
            if progress:
                progress(f"vendors' scorecards, {language}: {len(bundles)}")
    shutil.rmtree(site, ignore_errors=True)
    part.rename(site)
    scorecards = {vendor: site / "vendors" / slug / "index.html" for vendor, slug in slugs.items()}
    return Publication(site / "committee" / "index.html", scorecards, pages)
