"""Released measures -> the sites: committee pages and vendor bundles."""

from pathlib import Path

import dagster as dg
import duckdb

from assets.network import WAREHOUSE_POOL, Network, Stopwatch
from assets.stages import RETRY, measure_release, signal
from dashboards.publish import publish
from overread import release
from overread.warehouse import due


def site_ground(connection: duckdb.DuckDBPyConnection, network: Network) -> str:
    """Fingerprint of what pages tell besides the measures: the network, and what became of each file."""
    # the number of a load is not told, and a refused file gets another one with each run
    files = connection.execute("SELECT * EXCLUDE (load_id) FROM ledger ORDER BY ALL").fetchall()
    return due.fingerprint(network.fingerprint(), files)


@dg.asset(
    group_name="publications",
    deps=[measure_release, signal],
    pool=WAREHOUSE_POOL,
    retry_policy=RETRY,
    kinds={"html"},
)
def site(network: Network) -> dg.MaterializeResult[None]:
    """Static pages for the committee, and a bundle for each vendor with its own data only."""
    configuration, _ = network.described()
    watch = Stopwatch()
    with network.warehouse() as connection:
        changed = release.compare(connection)
        written = publish(connection, configuration, Path(network.out))
        # what was published is remembered only now: a page that failed was not published
        release.remember(connection)
        due.stand_on(connection, due.Ground.SITE, site_ground(connection, network))
    return dg.MaterializeResult(
        metadata={
            "committee": dg.MetadataValue.path(str(written.committee)),
            "scorecards": sorted(written.scorecards),
            "pages": written.pages,
            "revisions": changed.rows,
            **watch.metadata(),
        }
    )
