"""The clock's state in the store, and when it is saved."""

from pathlib import Path

import pytest

from chatroom.clock import DAY_MS, HOUR_MS, Clock, ClockState
from chatroom.store.clock_keeper import ClockKeeper, restored_clock
from chatroom.store.sqlite import SqliteStore
from chatroom.store.store import Store

from .room_log import connected, opened

START = 1_800_000_000_000


async def test_last_clock_state_is_saved(store: Store) -> None:
    assert await store.clock_state() is None
    for number in range(2):
        state = ClockState("boot", number, 2, 3, 4)
        await store.save_clock_state(state)
        assert await store.clock_state() == state


async def test_clock_state_is_saved_hourly_and_on_acceptance(store: Store) -> None:
    steady, ahead = 1000, 0
    clock = Clock(lambda: START + steady + ahead, lambda: steady)
    timekeeper = ClockKeeper(clock, store)

    async def kept_at() -> int | None:
        state = await store.clock_state()
        return None if state is None else state.steady

    await timekeeper.check()
    assert await kept_at() == 1000
    steady += HOUR_MS - 1
    await timekeeper.check()
    assert await kept_at() == 1000
    steady += 1
    await timekeeper.check()
    assert await kept_at() == 1000 + HOUR_MS
    steady, ahead = steady + 1, 5 * DAY_MS
    await timekeeper.check()
    assert clock() == START + steady
    await timekeeper.accept()
    assert await kept_at() == steady
    assert clock() == START + steady + ahead


async def test_malformed_clock_state_is_ignored(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with opened(tmp_path) as store:
        await store.save_clock_state(ClockState("boot", 1, 2, 3, 4))
    with connected(tmp_path) as connection:
        for damaged in ("[]", "{", '{"boot": "x"}'):
            connection.execute("UPDATE meta SET value = ? WHERE name = 'clock'", (damaged,))
            async with opened(tmp_path) as store:
                assert await store.clock_state() is None
                assert (await restored_clock(store)).warning() is None


async def test_new_database_accepts_the_wall_clock(store: SqliteStore) -> None:
    clock = await restored_clock(store)
    assert clock.warning() is None
    await ClockKeeper(clock, store).check()
    again = await restored_clock(store)
    assert again.warning() is None
    assert abs(again() - clock()) < DAY_MS
