"""The binary of this tree."""

from pathlib import Path

import pytest

from .building import built


@pytest.fixture(scope="session")
def binary() -> Path:
    return built()
