"""That the benchmarks run; what they measure depends on the machine, and is not asserted."""

import json
import subprocess
import sys

import pytest

from bench.__main__ import plan


@pytest.mark.parametrize("name", plan(1, 1))
def test_a_scenario_runs_on_a_small_scale(name: str) -> None:
    command = [sys.executable, "-m", "bench", name, "--seconds", "0.5", "--scale", "0.05", "--json"]
    done = subprocess.run(command, capture_output=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr.decode()
    report = json.loads(done.stdout)
    figures = report[name]["figures"]
    assert figures
    assert all(value > 0 for value in figures.values())
    assert all(value > 0 for value in report["references"].values())
