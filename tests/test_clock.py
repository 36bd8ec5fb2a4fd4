"""The guarded clock: which changes it follows, and its state after a restart."""

import logging
from typing import Any, Final

import attrs
import pytest

from chatroom.clock import DAY_MS, HOUR_MS, Clock, ClockState, boot_id, steady_ms, wall_ms

START: Final = 1_800_000_000_000
YEAR_MS: Final = 365 * DAY_MS


@attrs.define
class Machine:
    """A machine with two clocks and a boot id."""

    wall: int = START
    steady: int = 5_000_000
    boot: str = "boot-1"

    def passes(self, ms: int) -> None:
        self.wall += ms
        self.steady += ms

    def restarts(self, off_ms: int = 0) -> None:
        self.wall += off_ms
        self.steady, self.boot = 1000, self.boot + "+"

    def clock(self, state: ClockState | None = None) -> Clock:
        return Clock(lambda: self.wall, lambda: self.steady, boot=self.boot, state=state)

    def next_process(self, clock: Clock, off_ms: int = 0, *, reboot: bool = False) -> Clock:
        state = clock.state()
        if reboot:
            self.restarts(off_ms)
        else:
            self.passes(off_ms)
        return self.clock(state)

    def lives(self, clock: Clock, ms: int) -> None:
        """Let time pass, and check the clock every minute, as housekeeping does."""
        for _ in range(ms // HOUR_MS):
            self.passes(HOUR_MS)
            clock.check()


@pytest.fixture
def machine() -> Machine:
    return Machine()


def test_the_clocks_of_this_machine() -> None:
    clock = Clock(boot=boot_id())
    before = wall_ms()
    assert before <= clock() <= clock.due() <= wall_ms()
    assert steady_ms() <= steady_ms()
    assert clock.warning() is None


def test_it_follows_the_wall_clock_back_and_a_day_ahead(machine: Machine) -> None:
    clock = machine.clock()
    latest = 0
    for step in (0, 1, HOUR_MS, 22 * HOUR_MS, -DAY_MS, -3 * YEAR_MS, 3 * YEAR_MS, DAY_MS):
        machine.wall += step
        machine.passes(1000)
        latest = max(machine.wall, latest)
        assert (clock(), clock.due()) == (machine.wall, latest), "an expired token stays expired"
        assert clock.warning() is None


def test_it_does_not_follow_a_jump_ahead(
    machine: Machine, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    clock = machine.clock()
    clock.check()
    machine.passes(HOUR_MS)
    machine.wall += 200 * DAY_MS
    right = START + HOUR_MS
    assert clock() == clock.due() == right
    machine.lives(clock, 23 * HOUR_MS)
    assert clock() == clock.due() == right + 23 * HOUR_MS
    assert "200.0 days ahead" in (clock.warning() or "")
    assert "chatroom time accept" in caplog.text
    assert len(caplog.messages) == 1
    machine.wall -= 200 * DAY_MS
    clock.check()
    assert clock() == clock.due() == machine.wall
    assert clock.warning() is None
    assert caplog.messages[1:] == ["following the wall clock again"]


def test_steps_of_less_than_a_day_do_not_add_up(machine: Machine) -> None:
    clock = machine.clock()
    for _ in range(50):
        machine.passes(60_000)
        machine.wall += 20 * HOUR_MS
        clock.check()
        assert clock() <= START + DAY_MS + 60 * 60_000
    assert clock.warning()


@pytest.mark.parametrize("jump", [200 * DAY_MS, -200 * DAY_MS])
def test_a_time_that_stands_for_a_day_is_accepted(machine: Machine, jump: int) -> None:
    clock = machine.clock()
    machine.wall += jump
    machine.lives(clock, 25 * HOUR_MS)
    assert clock() == clock.due() == machine.wall
    assert clock.warning() is None
    machine.wall += 2 * DAY_MS  # from the accepted time on
    assert clock() == clock.due() == machine.wall - 2 * DAY_MS


def test_a_time_that_moves_on_before_the_day_is_over_is_not(machine: Machine) -> None:
    clock = machine.clock()
    for _ in range(5):
        machine.wall += 10 * DAY_MS
        machine.lives(clock, 20 * HOUR_MS)
        assert clock.warning()


def test_an_operator_accepts_at_once(machine: Machine) -> None:
    clock = machine.clock()
    machine.wall += 200 * DAY_MS
    assert clock() == START
    clock.accept()
    assert clock() == clock.due() == machine.wall
    assert clock.warning() is None


def test_after_a_suspension_time_has_passed_on_both_clocks(machine: Machine) -> None:
    clock = machine.clock()
    machine.passes(30 * DAY_MS)
    assert clock() == clock.due() == machine.wall


# ---- restarts


def test_a_jump_while_no_server_ran_is_noticed(machine: Machine) -> None:
    clock = machine.clock()
    machine.wall += 200 * DAY_MS
    clock = machine.next_process(clock, 3 * DAY_MS)
    assert clock() == clock.due() == START + 3 * DAY_MS
    assert clock.warning()


def test_the_day_of_a_new_time_goes_on_over_restarts(machine: Machine) -> None:
    clock = machine.clock()
    machine.wall += 200 * DAY_MS
    for reboot in (False, True, False):
        machine.lives(clock, 8 * HOUR_MS)
        clock = machine.next_process(clock, reboot=reboot)
        assert clock() == clock.due() == machine.wall - 200 * DAY_MS
    machine.lives(clock, 2 * HOUR_MS)
    assert clock() == clock.due() == machine.wall


def test_a_machine_that_was_off_for_hours(machine: Machine) -> None:
    clock = machine.next_process(machine.clock(), 20 * HOUR_MS, reboot=True)
    assert clock() == clock.due() == machine.wall
    assert clock.warning() is None


def test_a_machine_that_was_off_for_weeks(machine: Machine) -> None:
    """If the wall clock is right, timestamps are right. If not, nothing is removed."""
    clock = machine.next_process(machine.clock(), 21 * DAY_MS, reboot=True)
    assert clock() == machine.wall
    assert clock.due() == START
    machine.lives(clock, 23 * HOUR_MS)
    assert (clock(), clock.due()) == (machine.wall, START + 23 * HOUR_MS)
    assert clock.warning()
    machine.wall += 200 * DAY_MS
    assert clock() == machine.wall - 200 * DAY_MS, "a jump that was seen is one"
    machine.wall -= 200 * DAY_MS
    machine.lives(clock, 25 * HOUR_MS)
    assert clock() == clock.due() == machine.wall


@pytest.mark.parametrize("known", [True, False], ids=["known", "first start"])
def test_a_machine_without_a_battery_starts_long_ago(machine: Machine, known: bool) -> None:
    """Later a time server corrects its clock."""
    state = machine.clock().state() if known else None
    machine.restarts()
    right, machine.wall = START + HOUR_MS, 1000
    clock = machine.clock(state)
    assert clock() == clock.due() == 1000
    assert known or clock.state() is None
    machine.passes(10_000)
    machine.wall = right
    assert clock() == clock.due() == right
    machine.wall += 200 * DAY_MS
    assert clock() == clock.due() == right


def test_one_that_jumped_and_was_set_right_while_the_machine_was_off(machine: Machine) -> None:
    clock = machine.clock()
    machine.wall += 200 * DAY_MS
    clock = machine.next_process(clock, -198 * DAY_MS, reboot=True)
    assert clock() == machine.wall == START + 2 * DAY_MS
    assert clock.due() == START


@pytest.mark.parametrize("changes", [{"boot": "another"}, {"steady": 1 << 50}])
def test_a_state_of_another_boot_is_known(machine: Machine, changes: dict[str, Any]) -> None:
    state = machine.clock().state()
    assert state is not None
    clock = machine.clock(attrs.evolve(state, **changes))
    assert clock() == clock.due() == START
