"""Planted faults of two nodes, each in what one sentence of ARCHITECTURE, "Several nodes", says. A
test of :mod:`.test_following`, :mod:`.test_members` or :mod:`.test_races` must fail with it.

Those that a random conversation finds are in :mod:`.test_histories`.
"""

import sqlite3
from collections.abc import Callable
from functools import partial
from typing import Any, Final

import pytest
import trio
from trio.testing import MockClock

from chatroom.following import Following
from chatroom.protocol import calls
from chatroom.room import replica
from chatroom.room.replica import Replica
from chatroom.store.room_log import Batch
from chatroom.store.sql import room_row

from . import test_following as following
from . import test_members as members
from . import test_races as races
from .two_nodes import Line

Patch = pytest.MonkeyPatch
Test = Callable[..., Any]


def refusals_compare_no_version(patch: Patch) -> None:
    def compare_nothing(connection: sqlite3.Connection, batch: Batch) -> None:
        pass

    patch.setattr(room_row, "_compare_version", compare_nothing)


def rooms_are_not_polled(patch: Patch) -> None:
    patch.setattr(Following, "_poll_rooms", _nothing)


def inboxes_are_not_polled(patch: Patch) -> None:
    patch.setattr(Following, "_poll_inboxes", _nothing)


def pages_do_not_wait(patch: Patch) -> None:
    patch.setattr(Replica, "reach", _yes)


def reads_are_of_this_node(patch: Patch) -> None:
    patch.setattr(Replica, "reach_store", _yes)


def nobody_is_healed(patch: Patch) -> None:
    patch.setattr(Replica, "_heal", _nothing)
    patch.setattr(replica, "hang_up", lambda channel: None)


async def _nothing(*_: object) -> None:
    pass


async def _yes(*_: object) -> bool:
    return True


LOST: Final = partial(Line, lose=1)
PLANTED: Final[dict[str, tuple[Callable[[Patch], None], Test]]] = {
    "refusals compare no version": (
        refusals_compare_no_version,
        members.test_a_refusal_is_decided_on_the_latest_version,
    ),
    "rooms are not polled": (
        rooms_are_not_polled,
        lambda clock: following.test_messages_arrive_once_and_in_order(LOST(), clock),
    ),
    "inboxes are not polled": (
        inboxes_are_not_polled,
        lambda clock: members.test_cursors_and_levels_of_one_account_on_both_nodes(LOST(), clock),
    ),
    "pages do not wait": (
        pages_do_not_wait,
        lambda clock: members.test_a_removed_member_reads_nothing_that_is_later(
            calls.GetHistory, (), clock
        ),
    ),
    "reads are of this node": (
        reads_are_of_this_node,
        races.test_a_read_waits_for_a_room_that_another_node_created,
    ),
    "nobody is healed": (
        nobody_is_healed,
        lambda clock: _with_patch(following.test_commits_that_are_no_longer_kept_are_healed, clock),
    ),
}


async def _with_patch(test: Test, clock: MockClock) -> None:
    with pytest.MonkeyPatch.context() as patch:
        await test(patch, clock)


@pytest.mark.parametrize("fault", PLANTED)
def test_a_planted_fault_is_caught(fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    plant, test = PLANTED[fault]
    _run(test)
    plant(monkeypatch)
    with pytest.raises((AssertionError, ExceptionGroup, trio.TooSlowError)):
        _run(test)


def _run(test: Test) -> None:
    clock = MockClock(autojump_threshold=0)
    trio.run(test, clock, clock=clock)
