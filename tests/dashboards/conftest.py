"""The small network, built and published once for all tests that only read it."""

import hospital
import pytest

from dashboards.publish import publish


@pytest.fixture(scope="session")
def network():
    return hospital.build()


@pytest.fixture(scope="session")
def network_site(network, made_once):
    folder = made_once("hospital", lambda part: publish(network, hospital.configuration(), part))
    return folder / "site"
