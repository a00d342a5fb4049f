"""The small network, built and published once for all tests that only read it."""

import hospital
import pytest

from dashboards.publish import publish


@pytest.fixture(scope="session")
def network():
    return hospital.build()


@pytest.fixture(scope="session")
def network_site(network, tmp_path_factory):
    folder = tmp_path_factory.mktemp("network")
    publish(network, hospital.configuration(), folder)
    return folder / "site"
