"""Turnaround of all tasks and algorithms in depth for the small network, as the measures floor writes them."""

from __future__ import annotations

import duckdb
import numpy as np
import polars as pl

from overread.measures.catalogue import CATALOGUE
from overread.measures.score_calibration import write_curves
from overread.stats.durations.cumulative_incidence import cumulative_incidence
from overread.stats.shares.proportion import wilson

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
READERS = ("northlight", "meridian", "007", "1e3", "solis", "harbour", "pico")
INTERVAL = "completed_to_final"
AGES = {"<1 d": 0.6, "1-3 d": 0.25, "3-7 d": 0.1, ">7 d": 0.05}
POPULATIONS = {
    "age_band:0-17": (6, 5, 60, 55), "age_band:40-64": (90, 84, 800, 744), "age_band:80+": (60, 28, 500, 455),
    "age_band:(unknown)": (12, 10, 40, 37), "sex:f": (80, 62, 700, 650), "sex:m": (88, 65, 700, 641),
    "scanner_maker:acme_scans": (40, 31, 300, 271), "patient_class:emergency": (100, 78, 900, 834),
}  # fmt: skip
KEYS = {
    "algorithm": "KestrelBleed",
    "algorithm_version": "2.0",
    "finding": "intracranial_haemorrhage",
    "reference": "adjudicated",
}


class Rows(list[dict[str, object]]):
    """Released rows of the committee of measures that the catalogue declares."""

    def told(self, measure_id: str, **values: object) -> None:
        """Add a row."""
        if measure_id in CATALOGUE:
            fixed = {
                "definition_version": 1,
                "audience": "committee",
                "shown": "value",
                "status": "ok",
                "reason": "",
            }
            self.append({"measure_id": measure_id, **fixed, **values})

    def write(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Write all of them."""
        connection.register("added", pl.DataFrame(self, infer_schema_length=None).to_arrow())
        connection.execute("INSERT INTO measure_release BY NAME SELECT * FROM added")
        connection.unregister("added")


def _share(rows: Rows, measure_id: str, x: float, n: float, **values: object) -> None:
    told = wilson(np.array([x], float), np.array([n], float))
    rows.told(measure_id, n=n, numerator=x, denominator=n, value=float(told.value[0]), low=float(told.low[0]),
        high=float(told.high[0]), method=told.method, **values,
    )  # fmt: skip


def _hours(rows: Rows, vendor: str | None) -> None:
    for day, name in enumerate(DAYS):
        for hour in range(24):
            n = 12 if (day, hour) == (6, 4) else 0 if (day, hour) == (6, 3) else 40 + 9 * hour
            value = 90 + 55 * (hour >= 19) + 20 * (day > 4) + hour
            told = {"value": value, "low": value - 9, "high": value + 11}
            state = (
                {"status": "insufficient", "reason": "fewer than 20 tasks in this hour of the week"}
                if n < 20
                else told
            )
            rows.told("turnaround_by_hour_of_week", vendor=vendor, category=f"{name}-{hour:02d}",
                interval="received_to_final", n=n, **state,
            )  # fmt: skip


def _curve(connection: duckdb.DuckDBPyConnection, vendor: str | None, slow: float) -> None:
    minutes = np.unique(np.round(np.geomspace(4, 9000, 90)))
    share = 1 / (1 + (95 * slow / minutes) ** 1.4)
    events = np.round(2000 * np.diff(share, prepend=0.0))
    lost = np.where(minutes > 3000, 2.0, 0.0)
    away = np.where((minutes > 600) & (minutes < 700), 5.0, 0.0)
    told = cumulative_incidence(minutes * 60, events, away, lost)
    rows = zip(
        minutes * 60, told.at_risk, np.cumsum(events), np.cumsum(away), np.cumsum(lost), told.incidence, told.low,
        told.high, strict=True,
    )  # fmt: skip
    connection.executemany(
        f"INSERT INTO report_curve VALUES (?, NULL, '{INTERVAL}', ?, ?, ?, ?, ?, ?, nullif(?, 'NaN'), nullif(?, 'NaN'))",
        [[vendor, *map(float, row)] for row in rows],
    )


def _open_work(rows: Rows) -> None:
    """Open tasks of each vendor and of all, nine of each vendor's in one region, where the overdue ones are."""
    work = [(v, 9, 40 + 30 * at, at % 3, at) for at, v in enumerate(READERS, 1)]
    of_all = [sum(column) for column in zip(*(own[1:] for own in work), strict=True)]
    work.append((None, *of_all))
    for vendor, far, waiting, late, soon in work:
        own = {"vendor": vendor, "interval": "received_to_final"}
        for age, part in AGES.items():
            _share(rows, "open_tasks", round(waiting * part), waiting, vendor=vendor, category=age)
        _share(rows, "tasks_at_risk", soon, waiting - late, **own)
        _share(rows, "tasks_overdue", late, waiting, **own)
        _share(rows, "tasks_overdue", 0, waiting - far, region="emea", **own)
        _share(rows, "tasks_overdue", late, far, region="apac", **own)


def _times(connection: duckdb.DuckDBPyConnection, rows: Rows) -> None:
    connection.execute(
        "CREATE TABLE report_curve (vendor VARCHAR, region VARCHAR, interval VARCHAR, seconds BIGINT, at_risk BIGINT, "
        "reported BIGINT, competing BIGINT, censored BIGINT, value DOUBLE, low DOUBLE, high DOUBLE)"
    )
    for at, vendor in enumerate((None, *READERS)):
        slow = 1 + at / 8
        _curve(connection, vendor, slow)
        _hours(rows, vendor)
        for measure_id, value in (("turnaround_median", 95.0), ("turnaround_p90", 460.0)):
            rows.told(measure_id, vendor=vendor, interval=INTERVAL, n=2000, value=value * slow,
                low=value * slow * 0.95, high=value * slow * 1.06, method="log-log",
            )  # fmt: skip
        for hours, share in (("24 h", 0.94), ("72 h", 0.985)):
            _share(rows, "reported_within", round(2000 * share / slow), 2000, vendor=vendor, interval=INTERVAL,
                category=hours,
            )  # fmt: skip
    _open_work(rows)
    # open, but under no term
    rows.told("tasks_overdue", vendor="kestrel", interval="received_to_final", n=0, numerator=0, denominator=0,
        status="insufficient", reason="no cases",
    )  # fmt: skip
    _share(rows, "open_tasks", 4, 4, vendor="kestrel", category=">7 d")
    for vendor, currency, owed in (
        ("northlight", "USD", 812.5),
        ("meridian", "EUR", 96.0),
        ("northlight", "EUR", 40.0),
    ):
        rows.told("sla_credits", vendor=vendor, category=currency, n=900, numerator=owed // 8, denominator=900,
            value=owed, method="count",
        )  # fmt: skip


def _algorithm(rows: Rows) -> None:
    for vendor in (None, "kestrel"):
        own = {"vendor": vendor, **KEYS}
        for population, (sick, tp, well, tn) in POPULATIONS.items():
            named = {**own, "population": population}
            _share(rows, "sensitivity", tp, sick, **named)
            _share(rows, "specificity", tn, well, **named)
            for rate, x, n in (("sensitivity", tp, sick), ("specificity", tn, well)):
                if "unknown" not in population:
                    gap = x / n - (0.78 if rate == "sensitivity" else 0.92)
                    rows.told(f"population_gap_{rate}", n=n, value=gap, low=gap - 0.1, high=gap + 0.1,
                        q=0.001 if gap < -0.2 else 0.4, **named,
                    )  # fmt: skip
        _share(rows, "ppv", 65, 140, **own)
        _share(rows, "npv", 900, 930, **own)
        _share(rows, "accuracy", 965, 1070, **own)
        rows.told("false_alerts_per_true_alert", n=140, numerator=75, denominator=65, value=75 / 65, low=0.8,
            high=1.6, **own,
        )  # fmt: skip
        runs = {key: value for key, value in own.items() if key != "reference"}
        _share(rows, "ai_failure_rate", 12, 1100, **runs)
        _share(rows, "ai_exclusion_rate", 30, 1100, **runs)
        rows.told("ai_turnaround_median", interval="started_to_ended", n=1058, value=3.4, low=3.2, high=3.6,
            **runs,
        )  # fmt: skip
        for at, month in enumerate(("2026-04", "2026-05", "2026-06")):
            rows.told("score_drift_psi", period=month, n=300, value=0.03 + 0.2 * at, q=0.3 / 100**at, **runs
            )  # fmt: skip
        for measure_id, value in (("sensitivity_corrected", 0.55), ("specificity_corrected", 0.93)):
            rows.told(
                measure_id,
                n=1400,
                value=value,
                low=value - 0.06,
                high=value + 0.05,
                **own,
            )
    for population, share in (("reader:did_not", 0.86), ("reader:saw_ai_first", 0.97)):
        _share(rows, "agreement_percent", round(500 * share), 500, **{**KEYS, "reference": None}, population=population
        )  # fmt: skip
        _share(rows, "reader_sensitivity", round(80 * share), 80, **KEYS, population=population)


def _scores(connection: duckdb.DuckDBPyConnection) -> None:
    """Scores of both versions, the newer one worse, their curves as the measures floor makes them, and changes."""
    named = ", ".join(f"{key} VARCHAR" for key in ("vendor", "month", "status", "truth", *KEYS))
    connection.execute(f"CREATE TABLE count_score ({named}, score_key BIGINT, n BIGINT)")
    rng = np.random.default_rng(5)
    for version, apart in (("1.4", 2.2), ("2.0", 1.1)):
        for truth, n, middle in (("present", 250, apart), ("absent", 3000, 0.0)):
            score = np.round(1 / (1 + np.exp(2.0 - rng.normal(middle, 1.0, n))), 3)
            keys, many = np.unique((score * 1_000_000).round().astype(np.int64), return_counts=True)
            connection.register("scored", pl.DataFrame({"score_key": keys, "n": many}).to_arrow())
            connection.execute(
                "INSERT INTO count_score BY NAME SELECT 'kestrel' AS vendor, '2026-03' AS month, 'ok' AS status, "
                "? AS truth, ? AS algorithm, ? AS algorithm_version, ? AS finding, ? AS reference, * FROM scored",
                [truth, KEYS["algorithm"], version, KEYS["finding"], KEYS["reference"]],
            )
            connection.unregister("scored")
    write_curves(connection)
    connection.execute(
        "CREATE TABLE version_change (algorithm VARCHAR, finding VARCHAR, version_before VARCHAR, "
        "algorithm_version VARCHAR, month VARCHAR, declared BOOLEAN, q DOUBLE)"
    )
    connection.executemany(
        "INSERT INTO version_change VALUES (?, ?, ?, ?, ?, ?, ?)",
        [
            ["KestrelBleed", "intracranial_haemorrhage", "1.4", "2.0", "2026-01", True, None],
            ["KestrelBleed", "intracranial_haemorrhage", "2.0", "2.0", "2026-04", False, 0.0004],
        ],
    )


def add_times(connection: duckdb.DuckDBPyConnection) -> None:
    """Write rows and curves of turnaround and of the algorithm into a warehouse of the small network."""
    connection.execute("ALTER TABLE measure_release ADD COLUMN IF NOT EXISTS q DOUBLE")
    rows = Rows()
    _times(connection, rows)
    _algorithm(rows)
    rows.write(connection)
    # a vendor sees its own
    connection.execute(
        "INSERT INTO measure_release SELECT * REPLACE ('vendor' AS audience, vendor AS recipient) FROM measure_release "
        "WHERE audience = 'committee' AND vendor IS NOT NULL AND measure_id IN ('open_tasks', 'tasks_at_risk', "
        "'tasks_overdue')"
    )
    connection.execute(
        "CREATE TABLE drift_limit AS SELECT measure_id, vendor, algorithm, algorithm_version, finding, period, "
        "0.09::DOUBLE AS threshold FROM measure_release WHERE measure_id = 'score_drift_psi'"
    )
    _scores(connection)
