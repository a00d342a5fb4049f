"""Synthetic networks of counts: what arrives month by month, late and corrected, and the `measure` table of each day."""

from dataclasses import dataclass
from datetime import datetime

import numpy as np
import polars as pl

from overread.measures.table import SCHEMA
from overread.warehouse.schema import open_warehouse

MONTHS = 18
REGIONS = ("americas", "apac", "emea")
MODALITIES = ("ct", "mri", "xray")
MONTH_NAMES = [f"{2025 + m // 12}-{m % 12 + 1:02d}" for m in range(MONTHS)]
DISCREPANCY = {"measure_id": "discrepancy_rate", "route": "random"}
ATTAINMENT = {"measure_id": "sla_attainment", "interval": "received_to_final"}


def cutoff(release):
    """The morning after the month with the same number."""
    return datetime(2025 + (release + 1) // 12, (release + 1) % 12 + 1, 1)


def quarter(month):
    return f"{month[:4]}-Q{(int(month[5:]) + 2) // 3}"


@dataclass
class Network:
    """What each release adds: (release, month, vendor, region, modality, event or not)."""

    added: np.ndarray

    @property
    def vendors(self):
        return [f"v{i}" for i in range(self.added.shape[2])]

    @property
    def grows(self):
        return bool((self.added >= 0).all())

    def as_of(self, release):
        return self.added[: release + 1].sum(axis=0)

    def block(self, measure_id, period, release):
        """Counts (vendor, region, modality, 2) of one period as a release has them."""
        inside = [
            period == (month[:4] if measure_id == "discrepancy_rate" else quarter(month))
            for month in MONTH_NAMES
        ]
        return self.as_of(release)[inside].sum(axis=0)

    def measure(self, release):
        """The `measure` table: by vendor, month and region or modality."""
        counts = self.as_of(release)
        tables = [
            (DISCREPANCY, "region", REGIONS, counts.sum(axis=3)),
            (ATTAINMENT, "region", REGIONS, counts.sum(axis=3)),
            (ATTAINMENT, "modality", MODALITIES, counts.sum(axis=2)),
        ]
        frames = []
        for fixed, name, codes, table in tables:
            month, vendor, part = (index.ravel() for index in np.indices(table.shape[:3]))
            x, n = table[..., 0].ravel().astype(float), table.sum(axis=-1).ravel().astype(float)
            frames.append(
                pl.DataFrame(
                    {
                        "period": np.array(MONTH_NAMES)[month],
                        "vendor": np.array(self.vendors)[vendor],
                        name: np.array(codes)[part],
                        "numerator": x,
                        "denominator": n,
                        "n": n,
                        "value": x / np.maximum(n, 1),
                    }
                )
                .with_columns(**{key: pl.lit(value) for key, value in fixed.items()})
                .filter(pl.col("n") > 0)
            )
        frame = pl.concat(frames, how="diagonal").with_columns(
            definition_version=pl.lit(1, pl.Int64),
            status=pl.lit("ok"),
            reason=pl.lit(""),
            data_cutoff=pl.lit(cutoff(release), pl.Datetime("us")),
        )
        absent = [
            pl.lit(None, kind).alias(n) for n, kind in SCHEMA.items() if n not in frame.columns
        ]
        return frame.with_columns(absent).select(list(SCHEMA))


def grown(seed, vendors, regions, modalities, cases, events, late, corrected):
    """A random network.

    Args:
        seed: Of the random numbers.
        vendors, regions, modalities: Weights.
        cases: Expected cases per month and unit of weight.
        events: Share of events.
        late: Share that arrives 1 to 6 months late.
        corrected: Whether events are taken back at later releases.
    """
    rng = np.random.default_rng(seed)
    weight = np.einsum("v,g,m->vgm", vendors, regions, modalities)
    mean = cases * np.array([events, 1 - events]) * weight[..., None]
    added = np.zeros((MONTHS, MONTHS, *mean.shape), dtype=np.int64)
    for month in range(MONTHS):
        final = rng.poisson(mean)
        delayed = rng.binomial(final, late)
        added[month, month] += final - delayed
        for delay, part in enumerate(np.moveaxis(rng.multinomial(delayed, [1 / 6] * 6), -1, 0), 1):
            if month + delay < MONTHS:
                added[month + delay, month] += part
    if corrected:
        for release in range(6, MONTHS):
            before = added[:release].sum(axis=0)[..., 0]
            moved = rng.binomial(before, 0.05)
            added[release, ..., 0] -= moved
            added[release, ..., 1] += moved
    return Network(added)


def load(connection, network, release):
    """Put the measures of a release into a warehouse that keeps its history."""
    connection.register("measured", network.measure(release).to_arrow())
    connection.execute("CREATE OR REPLACE TABLE measure AS SELECT * FROM measured")
    connection.unregister("measured")


def deliver(connection, network, release):
    """Put the load of a release into the ledger, and in each month that it corrects a row that it replaced."""
    load = release + 1
    connection.execute(
        "INSERT INTO ledger (load_id, path, status) VALUES (?, ?, 'loaded')", [load, f"{load}.csv"]
    )
    corrected = (network.added[release] < 0).any(axis=(1, 2, 3, 4))
    for month in np.array(MONTH_NAMES)[corrected]:
        connection.execute(
            "INSERT INTO exam (exam_id, site, modality, completed_at, load_id, superseded_by_load) "
            "VALUES (uuid(), 's', 'ct', ?, 0, ?)",
            [f"{month}-15", load],
        )


def warehouse():
    connection = open_warehouse()
    connection.execute(
        "INSERT INTO site (site, region, zone) VALUES ('s', 'emea', 'Europe/Berlin')"
    )
    return connection
