"""Random histories: a good server shows no fault, and each planted bug is found."""

from random import Random

import pytest

from chatroom.push.service import Push

from .history import faults, live
from .planted import PLANTED

pytestmark = pytest.mark.usefixtures("autojump_clock")
SEEDS = 8


@pytest.mark.parametrize("seed", range(SEEDS))
async def test_a_good_server_shows_no_fault(seed: int) -> None:
    recording = await live(Random(seed), Push)  # noqa: S311 (not a secret)
    assert faults(recording) == []
    assert recording.deliveries


@pytest.mark.parametrize("name", PLANTED)
async def test_a_planted_bug_is_found(name: str) -> None:
    make_push, store_type, said = PLANTED[name]
    for seed in range(SEEDS):
        recording = await live(Random(seed), make_push, store_type)  # noqa: S311
        if any(said in fault for fault in faults(recording)):
            return
    pytest.fail(f"not found in {SEEDS} histories")
