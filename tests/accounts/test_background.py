"""Work at idle priority, on a machine whose processors are all busy."""

import os
import threading
from collections.abc import Iterator

import attrs
import pytest

from chatroom.accounts import background
from chatroom.accounts.background import NICENESS, Background


def niceness() -> int:
    return os.getpriority(os.PRIO_PROCESS, threading.get_native_id())


@attrs.define
class Processors:
    """Hold the threads of idle priority until ``free`` is set."""

    free: threading.Event = attrs.Factory(threading.Event)
    idle: list[threading.Thread] = attrs.Factory(list)

    def lower_to_idle(self) -> None:
        self.idle.append(threading.current_thread())
        self.free.wait()


@pytest.fixture
def processors(monkeypatch: pytest.MonkeyPatch) -> Iterator[Processors]:
    busy = Processors()
    monkeypatch.setattr(background, "MAX_IDLE_WORK_S", 0)
    monkeypatch.setattr(background, "_idle", busy.lower_to_idle)
    yield busy
    busy.free.set()


@pytest.mark.usefixtures("processors")
def test_starved_work_runs_again_with_a_share() -> None:
    own = niceness()
    assert Background().run(niceness) == min(19, own + NICENESS)
    assert niceness() == own


def test_no_other_work_starves_before_the_first_has_ended(
    processors: Processors, monkeypatch: pytest.MonkeyPatch
) -> None:
    work = Background()
    for _ in range(3):
        work.run(niceness)
    (starved,) = processors.idle
    processors.free.set()
    starved.join()
    monkeypatch.setattr(background, "MAX_IDLE_WORK_S", 60)
    assert work.run(threading.current_thread) is processors.idle[1]
