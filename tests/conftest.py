"""Fixtures that every test may use."""

import os
from pathlib import Path

import pytest
from hypothesis import settings

# Speed is shown by the benchmark; a busy machine must not fail a test of what is true.
settings.register_profile("overread", deadline=None)
settings.load_profile("overread")

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of shared inputs beside the checkout; absent on a stranger's machine, present on CI."""
    folder = ROOT.parent / "shared"
    if not (folder / "reference").is_dir():
        if os.environ.get("CI"):
            pytest.fail("CI must have the shared inputs beside the checkout")
        pytest.skip("the shared inputs are not beside this checkout")
    return folder
