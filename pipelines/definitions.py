"""The one graph: what `dagster dev` shows and what the command line runs."""

from __future__ import annotations

import dagster as dg

from assets.landing import ledger
from assets.network import MONTHS
from assets.stages import counts, facts, measure, measure_release, signal
from checks.accounting import row_accounting
from checks.months import month_quality
from pipelines.settings import network

ASSETS = (ledger, facts, counts, measure, signal, measure_release)
CHECKS = (row_accounting, month_quality)

landing_job = dg.define_asset_job(
    "landing", dg.AssetSelection.assets(ledger), description="Load what was delivered"
)
month_job = dg.define_asset_job(
    "month",
    dg.AssetSelection.assets(*ASSETS[1:]),
    partitions_def=MONTHS,
    description="Recompute months (one, or a range as one run) and the measures over them",
)

defs = dg.Definitions(
    assets=ASSETS,
    asset_checks=CHECKS,
    jobs=[landing_job, month_job],
    resources={"network": network()},
)
