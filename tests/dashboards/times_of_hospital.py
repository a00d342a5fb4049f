"""Turnaround of all tasks and algorithms in depth for the small network, as the measures floor writes them."""

from __future__ import annotations

import duckdb
import numpy as np

from overread.measures.catalogue import CATALOGUE
from overread.stats.cumulative_incidence import cumulative_incidence
from overread.stats.proportion import wilson

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


def _insert(connection: duckdb.DuckDBPyConnection, measure_id: str, **values: object) -> None:
    """One released row of the committee, if the catalogue declares its measure."""
    if measure_id not in CATALOGUE:
        return
    row = {
        "measure_id": measure_id, "definition_version": 1, "audience": "committee", "shown": "value", "status": "ok",
        "reason": "", **values,
    }  # fmt: skip
    names = ", ".join(f'"{name}"' for name in row)
    marks = ", ".join("?" for _ in row)
    connection.execute(
        f"INSERT INTO measure_release ({names}) VALUES ({marks})", list(row.values())
    )


def _share(
    connection: duckdb.DuckDBPyConnection, measure_id: str, x: float, n: float, **values: object
) -> None:
    told = wilson(np.array([x], float), np.array([n], float))
    _insert(
        connection, measure_id, n=n, numerator=x, denominator=n, value=float(told.value[0]), low=float(told.low[0]),
        high=float(told.high[0]), method=told.method, **values,
    )  # fmt: skip


def _hours(connection: duckdb.DuckDBPyConnection, vendor: str | None) -> None:
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
            _insert(
                connection, "turnaround_by_hour_of_week", vendor=vendor, category=f"{name}-{hour:02d}",
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


def _times(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute(
        "CREATE TABLE report_curve (vendor VARCHAR, region VARCHAR, interval VARCHAR, seconds BIGINT, at_risk BIGINT, "
        "reported BIGINT, competing BIGINT, censored BIGINT, value DOUBLE, low DOUBLE, high DOUBLE)"
    )
    for at, vendor in enumerate((None, *READERS)):
        slow = 1 + at / 8
        _curve(connection, vendor, slow)
        _hours(connection, vendor)
        for measure_id, value in (("turnaround_median", 95.0), ("turnaround_p90", 460.0)):
            _insert(
                connection, measure_id, vendor=vendor, interval=INTERVAL, n=2000, value=value * slow,
                low=value * slow * 0.95, high=value * slow * 1.06, method="log-log",
            )  # fmt: skip
        for hours, share in (("24 h", 0.94), ("72 h", 0.985)):
            _share(
                connection, "reported_within", round(2000 * share / slow), 2000, vendor=vendor, interval=INTERVAL,
                category=hours,
            )  # fmt: skip
        waiting = 40 + 30 * at
        for age, part in AGES.items():
            _share(
                connection,
                "open_tasks",
                round(waiting * part),
                waiting,
                vendor=vendor,
                category=age,
            )
        _share(
            connection,
            "tasks_at_risk",
            at,
            waiting - at,
            vendor=vendor,
            interval="received_to_final",
        )
        _share(connection, "open_overdue", at % 3, waiting, vendor=vendor)
    for vendor, currency, owed in (
        ("northlight", "USD", 812.5),
        ("meridian", "EUR", 96.0),
        ("northlight", "EUR", 40.0),
    ):
        _insert(
            connection, "sla_credits", vendor=vendor, category=currency, n=900, numerator=owed // 8, denominator=900,
            value=owed, method="count",
        )  # fmt: skip


def _algorithm(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute("ALTER TABLE measure_release ADD COLUMN IF NOT EXISTS q DOUBLE")
    for vendor in (None, "kestrel"):
        own = {"vendor": vendor, **KEYS}
        for population, (sick, tp, well, tn) in POPULATIONS.items():
            named = {**own, "population": population}
            _share(connection, "sensitivity", tp, sick, **named)
            _share(connection, "specificity", tn, well, **named)
            for rate, x, n in (("sensitivity", tp, sick), ("specificity", tn, well)):
                if "unknown" not in population:
                    gap = x / n - (0.78 if rate == "sensitivity" else 0.92)
                    _insert(
                        connection, f"population_gap_{rate}", n=n, value=gap, low=gap - 0.1, high=gap + 0.1,
                        q=0.001 if gap < -0.2 else 0.4, **named,
                    )  # fmt: skip
        _share(connection, "ppv", 65, 140, **own)
        _share(connection, "npv", 900, 930, **own)
        _share(connection, "accuracy", 965, 1070, **own)
        _insert(
            connection, "false_alerts_per_true_alert", n=140, numerator=75, denominator=65, value=75 / 65, low=0.8,
            high=1.6, **own,
        )  # fmt: skip
        runs = {key: value for key, value in own.items() if key != "reference"}
        _share(connection, "ai_failure_rate", 12, 1100, **runs)
        _share(connection, "ai_exclusion_rate", 30, 1100, **runs)
        _insert(
            connection, "ai_turnaround_median", interval="started_to_ended", n=1058, value=3.4, low=3.2, high=3.6,
            **runs,
        )  # fmt: skip
        for measure_id, value in (("sensitivity_corrected", 0.55), ("specificity_corrected", 0.93)):
            _insert(
                connection,
                measure_id,
                n=1400,
                value=value,
                low=value - 0.06,
                high=value + 0.05,
                **own,
            )
    for population, share in (("reader:did_not", 0.86), ("reader:saw_ai_first", 0.97)):
        _share(
            connection, "agreement_percent", round(500 * share), 500, **{**KEYS, "reference": None}, population=population
        )  # fmt: skip
        _share(
            connection, "reader_sensitivity", round(80 * share), 80, **KEYS, population=population
        )


def _curves(connection: duckdb.DuckDBPyConnection) -> None:
    named = ", ".join(f"{key} VARCHAR" for key in ("vendor", *KEYS))
    connection.execute(
        f"CREATE TABLE roc_curve ({named}, threshold DOUBLE, tp BIGINT, fn BIGINT, fp BIGINT, tn BIGINT, "
        "sensitivity DOUBLE, specificity DOUBLE)"
    )
    connection.execute(
        f"CREATE TABLE calibration_curve ({named}, bin BIGINT, n BIGINT, positives BIGINT, predicted DOUBLE, "
        "value DOUBLE, low DOUBLE, high DOUBLE)"
    )
    for version, power in (("1.4", 0.12), ("2.0", 0.3)):
        own = [None, KEYS["algorithm"], version, KEYS["finding"], KEYS["reference"]]
        for threshold in np.linspace(1, 0, 21):
            well = float(1 - threshold)
            sick = well**power
            fp, tp = round(3000 * well), round(250 * sick)
            connection.execute(
                "INSERT INTO roc_curve VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                [*own, threshold, tp, 250 - tp, fp, 3000 - fp, tp / 250, 1 - fp / 3000],
            )
        for number in range(10):
            predicted = number / 10 + 0.05
            positives = round(325 * min(predicted**1.6, 1))
            told = wilson(np.array([positives], float), np.array([325.0]))
            connection.execute(
                "INSERT INTO calibration_curve VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                [
                    *own, number + 1, 325, positives, predicted, float(told.value[0]), float(told.low[0]),
                    float(told.high[0]),
                ],
            )  # fmt: skip
    connection.execute(
        "CREATE TABLE version_change (algorithm VARCHAR, algorithm_version VARCHAR, month VARCHAR, declared BOOLEAN, "
        "evidence VARCHAR)"
    )
    connection.executemany(
        "INSERT INTO version_change VALUES (?, ?, ?, ?, ?)",
        [
            ["KestrelBleed", "2.0", "2026-01", True, "version in the results"],
            ["KestrelBleed", "2.0", "2026-04", False, "scores differ more than chance explains"],
        ],
    )


def add_times(connection: duckdb.DuckDBPyConnection) -> None:
    """Write rows and curves of turnaround and of the algorithm into a warehouse of the small network."""
    _times(connection)
    _algorithm(connection)
    _curves(connection)
