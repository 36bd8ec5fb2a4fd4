from typing import Any, Final

import pytest

from .two_nodes import Line

LINES: Final[dict[str, dict[str, Any]]] = {
    "in order": {},
    "lost": {"lose": 1},
    "doubled": {"double": 1},
    "reordered": {"double": 0.5, "delay_s": 0.5},
}


@pytest.fixture(params=LINES)
def line(request: pytest.FixtureRequest) -> Line:
    """Carry the news to the second node in one of several ways."""
    return Line(**LINES[request.param])
