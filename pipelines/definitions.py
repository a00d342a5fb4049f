"""The one graph: what `dagster dev` shows and what the command line runs."""

from __future__ import annotations

import dagster as dg

from assets.landing import ledger
from assets.publications import site
from assets.stages import counts, facts, measure, measure_release, signal
from checks.accounting import row_accounting
from checks.months import month_quality
from pipelines.jobs import landing_job, month_job, publish_job
from pipelines.schedules import monthly
from pipelines.sensors import landing, touched_months
from pipelines.settings import network

ASSETS = (ledger, facts, counts, measure, signal, measure_release, site)
CHECKS = (row_accounting, month_quality)

defs = dg.Definitions(
    assets=ASSETS,
    asset_checks=CHECKS,
    jobs=[landing_job, month_job, publish_job],
    schedules=[monthly],
    sensors=[landing, touched_months],
    resources={"network": network()},
)
