"""A network of vendors with one value each, and what a recipient works out from the bands of its bundles."""

from datetime import date

import numpy as np
import polars as pl
from scipy.optimize import Bounds, LinearConstraint, milp

from overread.feeds.configuration import Configuration
from overread.measures.table import SCHEMA
from overread.release import build
from overread.warehouse.schema import open_warehouse

AGREED = {"valid_from": "2025-01-01", "valid_to": None}
SITE = {
    "id": "s", "name": "s", "country": "DE", "region": "emea", "zone": "Europe/Berlin", "facility_type": "clinic",
}  # fmt: skip


def configuration(vendors):
    described = [{"id": v, "name": v, "sharing_agreement": AGREED} for v in vendors]
    return Configuration.model_validate(
        {"network": "n", "title": "n", "mappings": ["m.yaml"], "sites": [SITE], "vendors": described}
    )  # fmt: skip


def bundle(values, recipient="v0", measure_id="sla_attainment", n=200):
    """The recipient's rows of a release in which each vendor has one value."""
    vendors = [f"v{i}" for i in range(len(values))]
    rows = [
        dict.fromkeys(SCHEMA)
        | {"measure_id": measure_id, "vendor": v, "value": x, "n": n, "low": x, "high": x}
        | {"status": "ok", "reason": ""}
        for v, x in zip(vendors, values, strict=True)
    ]
    connection = open_warehouse()
    connection.register("rows", pl.DataFrame(rows, schema=SCHEMA).to_arrow())
    connection.execute("CREATE TABLE measure AS SELECT * FROM rows")
    build(connection, configuration(vendors), date(2026, 6, 1))
    return connection.execute(
        "SELECT * FROM measure_release WHERE recipient = ? ORDER BY ALL", [recipient]
    ).fetchall()


def band(rows):
    """The quartiles in a bundle of one row: its last columns."""
    return rows[0][-3:]


def quartile_weights(size):
    """Weights of the sorted values in each quartile (linear interpolation)."""
    weights = np.zeros((3, size))
    for row, p in enumerate((0.25, 0.5, 0.75)):
        place = p * (size - 1)
        below = int(place)
        weights[row, below] += 1 - (place - below)
        if place > below:
            weights[row, below + 1] += place - below
    return weights


def intervals(own, bands, ranks, peers, grid):
    """Least and most of each peer's value (in order of size), by mixed-integer programming.

    The attacker knows that the peers' values did not move, how many they are, where its own stood among them in each
    release, and how values are blurred.

    Args:
        own: The recipient's exact value in each release.
        bands: Quartiles of each release, (releases, 3).
        ranks: How many peers stood below it.
        peers: Number of peers.
        grid: Width of the grid that values are rounded to; 0 where they are exact.
    """
    # unknowns: the peers' exact values in order of size, then their grid points (in units of the grid)
    left, least, most = [], [], []

    def know(row, low, high):
        left.append(row)
        least.append(low)
        most.append(high)

    unit = grid or 1.0
    for i in range(peers):
        row = np.zeros(2 * peers)
        row[i], row[peers + i] = 1, -unit
        know(row, -grid / 2, grid / 2)
        if i:
            row = np.zeros(2 * peers)
            row[i], row[i - 1] = 1, -1
            know(row, 0, np.inf)
    for value, quartiles, rank in zip(own, bands, ranks, strict=True):
        mine = np.round(value / grid) * grid if grid else value
        for weights, quartile in zip(quartile_weights(peers + 1), quartiles, strict=True):
            row = np.zeros(2 * peers)
            row[peers:] = unit * np.delete(weights, rank)
            known = quartile - weights[rank] * mine
            know(row, known - 1e-9, known + 1e-9)
    whole = np.repeat([0, 1 if grid else 0], peers)
    found = []
    for i in range(peers):
        goal = np.zeros(2 * peers)
        goal[i] = 1
        ends = [
            milp(
                sign * goal, integrality=whole, bounds=Bounds(0, np.repeat([1, 1 / unit], peers)),
                constraints=LinearConstraint(np.array(left), least, most),
            )
            for sign in (1, -1)
        ]  # fmt: skip
        assert all(end.success for end in ends), ends[0].message
        found.append((ends[0].fun, -ends[1].fun))
    return np.array(found)
