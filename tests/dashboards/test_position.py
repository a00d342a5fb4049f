"""A vendor's place among the vendors: a range, and how sure a single place is."""

import hospital
import pytest

from dashboards.edition import Edition
from dashboards.network import network_of
from dashboards.pages.position import positions
from dashboards.release import Released
from dashboards.words import Words


@pytest.mark.parametrize(
    ("low", "high", "every", "told"),
    [
        (2, 5, 7, "place 2 to 5 of 7"),
        (7, 7, 7, "place 7 of 7 (at least 95% sure)"),
        (2, 5, "NULL", "place 2 to 5 among the vendors"),
        (7, 7, "NULL", "place 7 among the vendors (at least 95% sure)"),
    ],
)
def test_a_place_is_a_range_or_says_how_sure_it_is(network, low, high, every, told):
    described = network_of(hospital.configuration())
    (vendor,) = (vendor for vendor in described.vendors if vendor.id == "northlight")
    network.execute("BEGIN")
    try:
        network.execute(
            "DELETE FROM measure_release WHERE measure_id = 'rank' AND vendor = 'northlight'"
        )
        network.execute(
            "INSERT INTO measure_release BY NAME SELECT * REPLACE ('rank' AS measure_id, "
            f"'discrepancy_rate' AS category, {high} AS value, {low} AS low, {high} AS high, "
            f"{every} AS denominator) FROM measure_release WHERE "
            "measure_id = 'discrepancy_rate' AND audience = 'committee' AND vendor = 'northlight' AND period IS NULL "
            "AND route = 'random' AND region IS NULL AND site IS NULL AND modality IS NULL AND category IS NULL"
        )
        edition = Edition(network, described, Released(network), Words("en"), "", ("en",))
        ranks = [place.rank for place in positions(edition, vendor)]
    finally:
        network.execute("ROLLBACK")
    assert told in ranks
