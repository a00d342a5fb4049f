"""A small believable network: released measures of 8 vendors, 3 regions and 18 months, as the release floor writes them.

Among the cells: suppressed, too few, held by a check, not applicable, a true zero, an interval that is withheld.
"""

from __future__ import annotations

from datetime import datetime
from itertools import product

import duckdb
import numpy as np
import polars as pl
from charts_of_hospital import add_charts
from times_of_hospital import add_times

from overread import release
from overread.feeds.configuration import Configuration
from overread.measures.catalogue import CATALOGUE
from overread.release.public import release_to_public
from overread.release.published import KEY
from overread.release.revisions import SHOWN
from overread.stats.shares.proportion import wilson

HOSTILE = "</script><script>x"
VENDORS = {
    "northlight": "Northlight Teleradiology",
    "meridian": "Meridian Imaging",
    "007": "007 Reads",
    "1e3": HOSTILE,
    "solis": 'Solis <a href="javascript:alert(1)">& Partners',
    "harbour": "Harbour After-Hours",
    "kestrel": "Kestrel AI",
    "pico": "Pico Diagnostics",
}
REGIONS = ("americas", "emea", "apac")
SITES = {"bos1": "americas", "chi1": "americas", "ham1": "emea", "tpe1": "apac"}
MODALITIES = ("ct", "mri", "ultrasound", "xray", "xray.mammography")
MONTHS = tuple(f"{year}-{month:02d}" for year, month in product((2025, 2026), range(1, 13)))[:18]
HELD = "2025-09"
CUTOFF = datetime(2026, 7, 3, 6, 0)
BEFORE = datetime(2026, 6, 3, 6, 0)
DIMENSIONS = [
    "period",
    "vendor",
    "region",
    "site",
    "modality",
    "service",
    "engagement",
    "facility_type",
    "deployment",
    "patient_class",
    "priority",
    "route",
    "category",
    "interval",
    "algorithm",
    "algorithm_version",
    "finding",
    "reference",
    "population",
]
EXTRA = ("technique", "reader")
_TEXT = [f'"{name}" VARCHAR' for name in DIMENSIONS]
RELEASE = f"""CREATE TABLE measure_release (measure_id VARCHAR, definition_version BIGINT, {", ".join(_TEXT)},
    n DOUBLE, numerator DOUBLE, denominator DOUBLE, value DOUBLE, low DOUBLE, high DOUBLE, method VARCHAR,
    target DOUBLE, status VARCHAR, reason VARCHAR, data_cutoff TIMESTAMP, technique VARCHAR, reader VARCHAR,
    audience VARCHAR, recipient VARCHAR, shown VARCHAR, note VARCHAR,
    band_low DOUBLE, band_median DOUBLE, band_high DOUBLE)"""
SIGNAL = f"""CREATE TABLE signal (signal_id VARCHAR, rule VARCHAR, measure_id VARCHAR, {", ".join(_TEXT)},
    technique VARCHAR, reader VARCHAR, value DOUBLE, low DOUBLE, high DOUBLE, target DOUBLE, n DOUBLE,
    direction VARCHAR, severity BIGINT, sentence_key VARCHAR, since VARCHAR, q DOUBLE,
    went VARCHAR, centre DOUBLE, level_before DOUBLE, level_since DOUBLE, level_low DOUBLE, level_high DOUBLE,
    level_events DOUBLE, level_n DOUBLE, looked_from VARCHAR, looked_to VARCHAR)"""
ACCOUNTS = (
    """CREATE TABLE ledger (load_id BIGINT, path VARCHAR, sha256 VARCHAR, source VARCHAR, rows_read BIGINT,
        rows_accepted BIGINT, rows_quarantined BIGINT, rows_duplicate BIGINT, status VARCHAR, message VARCHAR)""",
    "CREATE TABLE quarantine (load_id BIGINT, path VARCHAR, row_number BIGINT, field VARCHAR, value VARCHAR, "
    "reason VARCHAR, remedy VARCHAR, sealed_row VARCHAR)",
    """CREATE TABLE check_result (check_name VARCHAR, category VARCHAR, month VARCHAR, severity VARCHAR, status VARCHAR,
        n_checked BIGINT, n_failed BIGINT, failing_keys VARCHAR[], message VARCHAR)""",
    "CREATE TABLE held_month (month VARCHAR, check_name VARCHAR, message VARCHAR)",
)
_RATES = {
    "northlight": 0.021, "meridian": 0.034, "007": 0.018, "1e3": 0.027,
    "solis": 0.024, "harbour": 0.062, "kestrel": 0.022, "pico": 0.012,
}  # fmt: skip
_FACTORS = {"ct": 1.4, "mri": 1.2, "ultrasound": 0.8, "xray": 0.7, "xray.mammography": 1.0}
_PLACES = (
    (), ("vendor",), ("region",), ("site",), ("modality",), ("vendor", "region"), ("vendor", "modality"),
    ("region", "modality"), ("vendor", "region", "modality"),
)  # fmt: skip


def _reviews(rng: np.random.Generator) -> pl.DataFrame:
    """Reviewed, discrepant, significant, tasks due and kept, per vendor, site, modality, month and route."""
    rows = []
    for (i, vendor), (site, region), modality, month in product(
        enumerate(VENDORS), SITES.items(), MODALITIES, MONTHS
    ):
        if vendor == "pico" and (modality == "mri" or month > "2026-03"):
            continue
        slip = (
            vendor == "northlight" and region == "apac" and modality == "ct" and month >= "2026-01"
        )
        due = int(rng.poisson(140 - 12 * i)) if vendor != "pico" else int(rng.poisson(1))
        n = int(rng.poisson(due / 8))
        x = int(rng.binomial(n, min(2.2 * _RATES[vendor] * _FACTORS[modality], 1)))
        significant = int(rng.binomial(x, 0.45)) if vendor != "007" or modality != "xray" else 0
        kept = int(rng.binomial(due, 0.70 if slip else 0.962 - 0.004 * i))
        minutes = (
            (31 + 6 * i) * _FACTORS[modality] * float(rng.lognormal(0, 0.08)) * (2.4 if slip else 1)
        )
        for route, share in (("random", 0.7), ("assigned", 0.3)):
            rows.append(
                (vendor, region, site, modality, month, route, round(n * share), round(x * share),
                 round(significant * share), due if route == "random" else 0,
                 kept if route == "random" else 0, minutes)
            )  # fmt: skip
    names = [
        "vendor",
        "region",
        "site",
        "modality",
        "period",
        "route",
        "n",
        "x",
        "significant",
        "due",
        "kept",
        "minutes",
    ]
    return pl.DataFrame(rows, schema=names, orient="row")


def _grains(base: pl.DataFrame, *sums: pl.Expr, keys: tuple[str, ...] = ()) -> pl.DataFrame:
    """Sums at every place, by month and over the months that are not held."""
    parts = []
    for place, dated in product(_PLACES, (True, False)):
        names = [*place, *keys, *(["period"] if dated else [])]
        frame = base if dated else base.filter(pl.col("period") != HELD)
        parts.append(frame.group_by(names).agg(*sums) if names else frame.select(*sums))
    return pl.concat(parts, how="diagonal")


def _share(
    measure_id: str, frame: pl.DataFrame, x: str, n: str, target: float | None
) -> pl.DataFrame:
    xs, ns = (frame[name].cast(pl.Float64).to_numpy() for name in (x, n))
    estimate = wilson(xs, ns)
    return frame.select(
        pl.lit(measure_id).alias("measure_id"),
        pl.col([name for name in (*DIMENSIONS, *EXTRA) if name in frame.columns]),
        pl.Series("n", ns),
        pl.Series("numerator", xs),
        pl.Series("denominator", ns),
        pl.Series("value", estimate.value).fill_nan(None),
        pl.Series("low", estimate.low).fill_nan(None),
        pl.Series("high", estimate.high).fill_nan(None),
        pl.lit(estimate.method).alias("method"),
        pl.lit(target, pl.Float64).alias("target"),
        pl.Series("status", list(estimate.status)).cast(pl.String),
        pl.Series("reason", list(estimate.reason)).cast(pl.String),
    )


def _turnaround(base: pl.DataFrame) -> list[pl.DataFrame]:
    weight = pl.col("due").cast(pl.Float64)
    frame = _grains(
        base.filter(pl.col("due") > 0),
        weight.sum().alias("n"),
        ((pl.col("minutes") * weight).sum() / weight.sum()).alias("value"),
    )
    parts = []
    for name, factor in (("median", 1.0), ("p90", 2.6), ("mean", 1.3)):
        half = 1.1 * factor * pl.col("value") / pl.col("n").sqrt()
        parts.append(
            frame.with_columns(
                measure_id=pl.lit(f"turnaround_{name}_completed_only"),
                interval=pl.lit("completed_to_final"),
                value=pl.col("value") * factor,
                low=pl.col("value") * factor - half,
                high=pl.col("value") * factor + half,
                method=pl.lit("order statistics"),
                target=pl.lit(None, pl.Float64),
                status=pl.lit("ok"),
                reason=pl.lit(""),
            )
        )
    return parts


def _algorithm(rng: np.random.Generator) -> list[pl.DataFrame]:
    """Kestrel's algorithm: two versions, the newer one in the last six months."""
    rows = []
    for site, region in SITES.items():
        for month in MONTHS:
            new = month >= "2026-01"
            sick, well = int(rng.poisson(14)), int(rng.poisson(150))
            rows.append(
                ("kestrel", region, site, "ct", month, "KestrelBleed", "2.0" if new else "1.4",
                 "intracranial_haemorrhage", "adjudicated", sick, int(rng.binomial(sick, 0.74 if new else 0.9)),
                 well, int(rng.binomial(well, 0.92)))
            )  # fmt: skip
    names = [
        "vendor",
        "region",
        "site",
        "modality",
        "period",
        "algorithm",
        "algorithm_version",
        "finding",
        "reference",
        "sick",
        "tp",
        "well",
        "tn",
    ]
    keys = ("algorithm", "algorithm_version", "finding", "reference")
    sums = [pl.col(name).sum() for name in ("sick", "tp", "well", "tn")]
    frame = _grains(pl.DataFrame(rows, schema=names, orient="row"), *sums, keys=keys)
    agreement = frame.with_columns(
        agree=pl.col("tp") + pl.col("tn"), both=pl.col("sick") + pl.col("well")
    ).drop("reference")
    share = _share("agreement_percent", agreement, "agree", "both", None)
    ac1 = share.with_columns(
        measure_id=pl.lit("gwet_ac1"),
        numerator=pl.lit(None, pl.Float64),
        denominator=pl.lit(None, pl.Float64),
        value=pl.col("value") * 0.96,
        low=pl.col("low") * 0.95,
        high=pl.col("high") * 0.97,
    )
    return [
        _share("sensitivity", frame, "tp", "sick", 0.85),
        _share("specificity", frame, "tn", "well", None),
        share,
        ac1,
    ]


def _committee() -> pl.DataFrame:
    rng = np.random.default_rng(7)
    base = _reviews(rng)
    sums = [pl.col(name).sum() for name in ("n", "x", "significant", "due", "kept")]
    everything = _grains(base, *sums)
    routes = _grains(base, *sums, keys=("route",))
    parts = []
    for frame in (everything, routes):
        parts.append(_share("discrepancy_rate", frame, "x", "n", 0.05))
        parts.append(_share("significant_discrepancy_rate", frame, "significant", "n", 0.02))
    for score, part in (("1", 0.0), ("2a", 0.3), ("2b", 0.2), ("3a", 0.2), ("3b", 0.3)):
        count = pl.col("n") - pl.col("x") if score == "1" else (pl.col("x") * part).round()
        scored = everything.with_columns(scored=count, category=pl.lit(score))
        parts.append(_share("radpeer_share", scored, "scored", "n", None))
    finished = everything.filter(pl.col("due") > 0)
    interval = pl.lit("completed_to_final").alias("interval")
    parts.append(_share("sla_attainment", finished.with_columns(interval), "kept", "due", 0.95))
    completion = everything.with_columns(assigned=pl.col("n") + (pl.col("n") * 0.3).round())
    parts.append(_share("review_completion", completion, "n", "assigned", 0.9))
    reach = routes.with_columns(
        assigned=pl.col("n") + (pl.col("n") * 0.3).round(), finished=pl.col("n") * 9
    )
    parts.append(_share("review_completion", reach, "n", "assigned", 0.9))
    parts.append(_share("review_coverage", reach, "n", "finished", None))
    parts.append(_share("sampling_fraction", reach, "assigned", "finished", None))
    for kind, part in (("miss", 0.6), ("overcall", 0.3), ("communication", 0.1)):
        kinds = everything.with_columns(found=(pl.col("x") * part).round(), category=pl.lit(kind))
        parts.append(_share("discrepancy_direction", kinds, "found", "x", None))
    parts += _turnaround(base)
    parts += _algorithm(rng)
    # what the catalogue does not declare yet cannot be released either
    declared = [part for part in parts if part["measure_id"][0] in CATALOGUE]
    return pl.concat(declared, how="diagonal").with_columns(
        definition_version=pl.lit(1, pl.Int64), audience=pl.lit("committee"), shown=pl.lit("value")
    )


_STATES = (
    # a month held by a check
    f"""UPDATE measure_release SET status = 'blocked', value = NULL, low = NULL, high = NULL,
        reason = 'final before completed: 3.1% of tasks, limit 1%' WHERE period = '{HELD}'""",
    # too few: Pico's apac
    """UPDATE measure_release SET status = 'insufficient', value = NULL, low = NULL, high = NULL, reason = 'no cases'
        WHERE n = 0 AND status = 'ok'""",
    # not applicable: no contract of Kestrel covers a service level
    """UPDATE measure_release SET status = 'not_applicable', value = NULL, low = NULL, high = NULL, target = NULL,
        reason = 'no contract term' WHERE vendor = 'kestrel' AND measure_id = 'sla_attainment'""",
    # the release floor's rule for vendors: judgement withheld below the minimum n
    "UPDATE measure_release SET shown = 'withheld' WHERE audience = 'vendor' AND n < 11 AND status = 'ok'",
    # a small cell that protects another one
    """UPDATE measure_release SET shown = 'suppressed', value = NULL, low = NULL, high = NULL, n = NULL,
        numerator = NULL, denominator = NULL, note = 'fewer than 11 reads'
        WHERE region = 'apac' AND vendor = 'meridian' AND measure_id = 'significant_discrepancy_rate'""",
)
_BANDS = """UPDATE measure_release SET band_low = b.low, band_median = b.median, band_high = b.high FROM (
    SELECT measure_id, route, interval, quantile_cont(value, 0.25) AS low, median(value) AS median,
        quantile_cont(value, 0.75) AS high FROM measure_release
    WHERE audience = 'committee' AND vendor IS NOT NULL AND region IS NULL AND modality IS NULL AND site IS NULL
        AND period IS NULL AND category IS NULL AND algorithm IS NULL AND status = 'ok'
    GROUP BY ALL HAVING count(*) > 5) AS b
    WHERE audience = 'vendor' AND measure_release.measure_id = b.measure_id AND vendor IS NOT NULL
        AND measure_release.route IS NOT DISTINCT FROM b.route
        AND measure_release.interval IS NOT DISTINCT FROM b.interval
        AND region IS NULL AND modality IS NULL AND site IS NULL AND period IS NULL"""
_DIMS = ", ".join(f'"{name}"' for name in (*DIMENSIONS, *EXTRA))
_SIGNALS = f"""INSERT INTO signal
    SELECT *, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL FROM (
    SELECT md5(concat_ws('|', measure_id, {_DIMS})), 'interval_beyond_target', measure_id, {_DIMS}, value, low, high,
        target, n, direction, row_number() OVER (
            ORDER BY direction DESC, abs(value - target) / target DESC, n DESC, measure_id, {_DIMS}),
        CASE direction WHEN 'worse' THEN 'misses_target' ELSE 'meets_target' END, '2025-11'
    FROM (SELECT *, CASE WHEN (measure_id IN ('sla_attainment', 'review_completion', 'sensitivity')) = (high < target)
            THEN 'worse' ELSE 'better' END AS direction
        FROM measure_release WHERE audience = 'committee' AND period IS NULL AND status = 'ok' AND shown = 'value'
            AND n >= 11 AND site IS NULL AND (low > target OR high < target)))"""


def build(*, charts: bool = True) -> duckdb.DuckDBPyConnection:
    """An in-memory warehouse with everything that pages may read; without charts as an older version left it."""
    connection = duckdb.connect()
    for statement in (RELEASE, SIGNAL, *ACCOUNTS):
        connection.execute(statement)
    frame = _committee()
    names = [row[0] for row in connection.execute("DESCRIBE measure_release").fetchall()]
    connection.register("committee", frame.to_arrow())
    present = [name for name in names if name in frame.columns]
    listed = ", ".join(f'"{name}"' for name in present)
    connection.execute(f"INSERT INTO measure_release ({listed}) SELECT {listed} FROM committee")
    connection.execute("UPDATE measure_release SET data_cutoff = ?", [CUTOFF])
    own = ", ".join(
        {"audience": "'vendor'", "recipient": "vendor"}.get(name, f'"{name}"') for name in names
    )
    connection.execute(
        f"INSERT INTO measure_release SELECT {own} FROM measure_release WHERE vendor IS NOT NULL"
    )
    # no agreement to share peer review with Meridian
    connection.execute(
        "DELETE FROM measure_release WHERE audience = 'vendor' AND recipient = 'meridian' "
        "AND (measure_id LIKE '%discrepancy%' OR measure_id IN ('radpeer_share', 'review_completion'))"
    )
    for statement in (*_STATES, _BANDS, _SIGNALS):
        connection.execute(statement)
    if charts:
        add_charts(connection)
        add_times(connection)
    _accounts(connection)
    _told_to_everybody(connection)
    _revised(connection)
    return connection


def _told_to_everybody(connection: duckdb.DuckDBPyConnection) -> None:
    """The public rows, made by the release floor; the held month holds a quarter and the year."""
    connection.execute(
        """CREATE TABLE measure AS SELECT * REPLACE (
            CASE WHEN measure_id = 'sla_attainment' THEN 'received_to_final' ELSE "interval" END AS "interval"
        ) FROM measure_release WHERE audience = 'committee'"""
    )
    told = release_to_public(connection).with_columns(audience=pl.lit("public"))
    names = [row[0] for row in connection.execute("DESCRIBE measure_release").fetchall()]
    connection.register("told", told.select([n for n in names if n in told.columns]).to_arrow())
    connection.execute("INSERT INTO measure_release BY NAME SELECT * FROM told")
    connection.execute("DROP TABLE measure")


def _revised(connection: duckdb.DuckDBPyConnection) -> None:
    """A release before this one: April had fewer reads, February was corrected, June was held."""
    release.compare(connection)
    connection.execute("UPDATE revision_of SET first = false, before_cutoff = ?", [BEFORE])
    keys = ", ".join(f'"{name}"' for name in KEY)
    now = ", ".join(SHOWN)
    for where, before, reason, files in (
        ("period = '2026-04' AND measure_id = 'discrepancy_rate'",
         "value * 0.8, low * 0.7, high * 0.9, n - 1, numerator - 1, denominator - 1, status, shown", "new data", "[]"),
        ("period = '2026-02' AND measure_id = 'sla_attainment'",
         "value * 0.98, low * 0.97, high * 0.99, n, numerator - 3, denominator, status, shown", "correction",
         "CASE audience WHEN 'committee' THEN ['reads/2026-02 corrected.csv'] ELSE [] END"),
        ("period = '2026-06' AND measure_id = 'significant_discrepancy_rate'",
         "NULL, NULL, NULL, n, NULL, NULL, 'blocked', shown", "check", "[]"),
        # everybody was told fewer reads of a quarter of that year before
        ("audience = 'public' AND period = '2025-Q4' AND measure_id = 'sla_attainment'",
         "(numerator - 76) / (denominator - 40), low - 0.001, high - 0.001, n - 40, numerator - 76, denominator - 40, "
         "status, shown", "correction", "[]"),
    ):  # fmt: skip
        connection.execute(
            f"INSERT INTO revision SELECT {keys}, {before}, {now}, '{reason}', {files} FROM measure_release "
            f"WHERE {where} AND status = 'ok' AND shown = 'value'"
        )


def _accounts(connection: duckdb.DuckDBPyConnection) -> None:
    for number, month in enumerate(MONTHS, 1):
        for source, rows in (("exams", 9000), ("reviews", 1100)):
            bad, twice = number % 5, number % 3
            connection.execute(
                "INSERT INTO ledger VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'loaded', '')",
                [number, f"{source}/{month}.csv", f"{number:064x}", source, rows + number,
                 rows + number - bad - twice, bad, twice],
            )  # fmt: skip
            for row in range(bad):
                connection.execute(
                    "INSERT INTO quarantine VALUES (?, ?, ?, 'completed_at', '31/02/2025', ?, ?, 'sealed')",
                    [number, f"{source}/{month}.csv", row + 7, ("bad_time", "unknown_code")[row % 2],
                     "correct the value at the source and deliver the file again"],
                )  # fmt: skip
    connection.execute(
        "INSERT INTO ledger VALUES (99, 'exams/notes.csv', repeat('f', 64), 'exams', 0, 0, 0, 0, 'refused', "
        "'row 3 has 4 fields, the header 12')"
    )
    for month in MONTHS:
        broken = month == HELD
        connection.executemany(
            "INSERT INTO check_result VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                ("final_before_completed", "plausibility", month, "blocking", "failed" if broken else "passed", 9000,
                 279 if broken else 3, ["task a1f3", "task 77c2"] if broken else [], "at most 1% of tasks"),
                ("rows_add_up", "accounting", month, "blocking", "passed", 10100, 0, [], "read = kept + set aside"),
                ("reader_known", "completeness", month, "warning", "failed" if month == MONTHS[3] else "passed",
                 100_000, 3 if month == MONTHS[3] else 0, ["task 9"], "reader is given"),
                ("dose_in_range", "plausibility", month, "warning", "not_applicable", 0, 0, [], "no rows"),
                ("priority_listed", "conformance", month, "warning", "passed", 9000, 0, [], "code list"),
            ],
        )  # fmt: skip
    connection.execute(
        "INSERT INTO held_month VALUES (?, 'final_before_completed', '3.1% of tasks final before completed, limit 1%')",
        [HELD],
    )


def configuration() -> Configuration:
    """The network's configuration."""
    zones = {
        "americas": ("US", "America/New_York"),
        "emea": ("DE", "Europe/Berlin"),
        "apac": ("TW", "Asia/Taipei"),
    }
    names = {
        "bos1": "Boston General",
        "chi1": "Chicago Lakeside",
        "ham1": "Hamburg Hafen",
        "tpe1": "Taipei Clinic",
    }
    return Configuration.model_validate(
        {
            "network": "demo",
            "title": "Demonstration network",
            "sites": [
                {"id": site, "name": names[site], "country": zones[region][0], "region": region,
                 "zone": zones[region][1], "facility_type": "hospital"}
                for site, region in SITES.items()
            ],
            "vendors": [
                {"id": vendor, "name": name, "kind": "ai" if vendor == "kestrel" else "readers",
                 "engagement": "subscription"}
                for vendor, name in VENDORS.items()
            ],
            "mappings": ["exams.yaml"],
        }
    )  # fmt: skip
