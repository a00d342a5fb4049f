"""The jobs: load what was delivered; compute months; publish."""

import dagster as dg

from assets.landing import ledger
from assets.network import MONTHS
from assets.publications import site
from assets.stages import counts, facts, measure, measure_release, signal

landing_job = dg.define_asset_job(
    "landing", dg.AssetSelection.assets(ledger), description="Load what was delivered"
)
month_job = dg.define_asset_job(
    "month",
    dg.AssetSelection.assets(facts, counts, measure, signal, measure_release, site),
    partitions_def=MONTHS,
    description="Recompute a month, or a range of months as one run, and publish",
)
publish_job = dg.define_asset_job(
    "publish",
    dg.AssetSelection.assets(measure_release, site),
    description="Release and publish what is measured",
)
