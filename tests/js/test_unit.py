"""The parts of chatroom.js, without a browser and a server, by Node's own test runner."""

import subprocess
from typing import Final

from .node import HERE, NODE

DEADLINE_S: Final = 120


def test_units() -> None:
    files = sorted(map(str, (HERE / "unit").glob("*.test.js")))
    command = [str(NODE), "--test", "--test-isolation=none", "--test-reporter=dot", *files]
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=DEADLINE_S, check=False, cwd=HERE
    )
    assert done.returncode == 0, done.stdout + done.stderr
