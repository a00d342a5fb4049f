"""What a vendor reads of its place in a funnel: its own numbers, nothing of its peers."""

import hospital
import pytest

from dashboards.alerts import FUNNEL, read_alerts
from dashboards.network import network_of
from dashboards.release import Released
from dashboards.sentences import alert_sentence
from dashboards.words import Words

OWN = (
    "measure_id = 'discrepancy_rate' AND vendor = 'northlight' AND period IS NULL AND route = 'random' "
    "AND region IS NULL AND site IS NULL AND modality IS NULL AND category IS NULL"
)


@pytest.fixture
def outside(network):
    """Northlight, all of it, beyond the funnel; taken back afterwards."""
    network.execute("BEGIN")
    network.execute(
        "INSERT INTO signal BY NAME SELECT 'f2' AS signal_id, 'funnel_outside' AS rule, measure_id, vendor, route, n, "
        "value, low, high, 'worse' AS direction, 9001 AS severity, 'up' AS went, 0.0712 AS centre, 0.19 AS level_since, "
        "0.12 AS level_low, 0.28 AS level_high, 19.0 AS level_events, 100.0 AS level_n, '2025-07' AS looked_from, "
        f"'2026-06' AS looked_to FROM measure_release WHERE audience = 'committee' AND {OWN}"
    )
    yield network
    network.execute("ROLLBACK")


def told(connection, audience, recipient=None):
    released = Released(connection, audience, recipient)
    network = network_of(hospital.configuration())
    return [
        alert_sentence(Words("en"), network, alert, "")
        for alert in read_alerts(connection, released)
        if alert.rule == FUNNEL and alert.cell.place.get("vendor") == "northlight"
    ]


def test_the_committee_reads_the_share_of_the_network(outside):
    (sentence,) = told(outside, "committee")
    assert (
        "around the network's 7.1%: 19% (12 to 28), 19 of 100 reviews, Jul 2025 to Jun 2026"
        in sentence
    )


def test_a_vendor_reads_its_own_numbers_alone(outside):
    outside.execute(
        f"UPDATE measure_release SET band_median = 0.07, shown = 'value' WHERE audience = 'vendor' AND {OWN}"
    )
    (sentence,) = told(outside, "vendor", "northlight")
    assert (
        "among the network's vendors: 19% (12 to 28), 19 of 100 reviews, Jul 2025 to Jun 2026"
        in sentence
    )
    assert "7.1%" not in sentence


def test_a_vendor_without_peers_enough_reads_nothing_of_a_funnel(outside):
    outside.execute(
        f"UPDATE measure_release SET band_median = NULL WHERE audience = 'vendor' AND {OWN}"
    )
    assert told(outside, "vendor", "northlight") == []
