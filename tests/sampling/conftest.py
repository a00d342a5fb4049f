import pytest
from march import march


@pytest.fixture
def network():
    return march()
