"""A warehouse of counted AI results, and what is measured of it."""

from overread import measures
from overread.counts.build import build
from overread.counts.declared import COUNTS, DIMENSIONS, PAIRS, RUNS
from overread.warehouse.analysis import build as build_facts
from overread.warehouse.schema import open_warehouse

PLACE = {
    "month": "2026-01", "vendor": "v1", "region": "emea", "site": "ber", "modality": "ct", "technique": "(unknown)",
    "service": "image_analysis.ai", "engagement": "subscription", "facility_type": "hospital",
    "deployment": "onshore", "patient_class": "emergency", "priority": "stat",
}  # fmt: skip
RUN = {
    "algorithm": "bleed", "algorithm_version": "1.0", "finding": "haemorrhage", "first_reference": True,
    "status": "ok",
}  # fmt: skip
PAIR = {
    **RUN, "reference": "adjudicated", "age_band": "65-79", "sex": "F", "scanner_maker": "GE",
    "saw_ai_first": False,
}  # fmt: skip
TOLD = ("numerator", "denominator", "n", "value", "low", "high", "p", "q", "status", "reason")


def empty():
    connection = open_warehouse()
    build_facts(connection, None)
    build(connection)
    return connection


def count(connection, n, table=None, **keys):
    """Count so many cases, in one table or in all that hold pairs."""
    cells = {**PLACE, **(RUN if table else PAIR), **keys}
    for each in COUNTS:
        if each.name != table and (table or each.fact != PAIRS.fact or each is RUNS):
            continue
        if any(cells.get(name) is None for name in each.present):
            continue
        told = {
            name: cells[name]
            for name in (*each.dimensions, *each.keys)
            if cells.get(name) is not None
        } | {"n": n}
        columns = ", ".join(f"? AS {name}" for name in told)
        connection.execute(f"INSERT INTO {each.name} BY NAME SELECT {columns}", list(told.values()))


def crossed(connection, cells, **keys):
    """Counts of {(AI's call, reader's call, truth): n}."""
    for (call, reader, truth), n in cells.items():
        count(connection, n, call=call, reader_call=reader, truth=truth, **keys)


def measured(connection):
    measures.compute(connection, None)
    return connection


def told(connection, measure_id, where="true"):
    """Rows over all months and places, as dictionaries."""
    top = " AND ".join(f"{name} IS NULL" for name in ("period", *DIMENSIONS[1:]))
    rows = connection.execute(
        f"SELECT {', '.join(TOLD)}, algorithm_version, population, category, period FROM measure "
        f"WHERE measure_id = ? AND {top} AND {where} ORDER BY population DESC, algorithm_version, category",
        [measure_id],
    )
    names = [column[0] for column in rows.description]
    return [dict(zip(names, row, strict=True)) for row in rows.fetchall()]
