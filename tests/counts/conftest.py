"""Each engine in turn."""

import pytest

from overread.counts.engine import EngineName


@pytest.fixture(scope="session", params=list(EngineName))
def engine(request):
    if request.param is EngineName.SPARK:
        request.getfixturevalue("spark")
    return request.param
