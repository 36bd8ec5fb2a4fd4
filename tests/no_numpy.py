"""No numpy, which few operators have, and whose import takes 50 ms."""

import sys
from importlib.abc import MetaPathFinder


class NoNumpy(MetaPathFinder):
    def find_spec(self, fullname: str, *_: object) -> None:
        if fullname == "numpy":
            raise ModuleNotFoundError("it is not needed here")


def hide_numpy() -> None:
    """Let imports fail. ``None`` in ``sys.modules`` would do, but psycopg takes that for numpy."""
    if not any(isinstance(finder, NoNumpy) for finder in sys.meta_path):
        sys.meta_path.insert(0, NoNumpy())
