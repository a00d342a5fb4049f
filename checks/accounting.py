"""Rows read = accepted + quarantined + duplicate, for every file that was ever loaded."""

import dagster as dg

from assets.landing import ledger
from assets.network import WAREHOUSE_POOL, Network


@dg.asset_check(asset=ledger, blocking=True, pool=WAREHOUSE_POOL)
def row_accounting(network: Network) -> dg.AssetCheckResult:
    """No row of any file has vanished; the quarantine and duplicate tables hold what the ledger says."""
    with network.warehouse() as connection:
        wrong = connection.execute(
            "SELECT l.path FROM ledger l "
            "LEFT JOIN (SELECT load_id, count(*) AS n FROM quarantine GROUP BY ALL) q USING (load_id) "
            "LEFT JOIN (SELECT load_id, count(*) AS n FROM duplicate GROUP BY ALL) d USING (load_id) "
            "WHERE rows_read <> rows_accepted + rows_quarantined + rows_duplicate "
            "OR rows_quarantined <> coalesce(q.n, 0) OR rows_duplicate <> coalesce(d.n, 0) ORDER BY 1"
        ).fetchall()
        totals = connection.execute(
            "SELECT count(*), sum(rows_read), sum(rows_accepted), sum(rows_quarantined), sum(rows_duplicate) FROM ledger"
        ).fetchall()[0]
    names = ("files", "rows_read", "rows_accepted", "rows_quarantined", "rows_duplicate")
    return dg.AssetCheckResult(
        passed=not wrong,
        description=f"rows do not add up in {', '.join(p for (p,) in wrong)}"
        if wrong
        else "all rows add up",
        metadata={name: int(value or 0) for name, value in zip(names, totals, strict=True)},
    )
