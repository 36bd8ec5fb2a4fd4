"""A message that makes an actor raise: its sender gets an error, and nobody loses anything.

Runs on a node with a database file. Everything is checked by what clients see.
"""

from collections.abc import Callable
from contextlib import AsyncExitStack
from typing import Any, Final

import pytest
import trio
from trio.testing import wait_all_tasks_blocked

from chatroom.store.sqlite import SqliteStore

from ..client import DEADLINE_S, CallFailed, Client
from .conftest import Gate, Site
from .failure_points import (
    FAILURE_POINTS,
    TEXT,
    FailurePoint,
    Trap,
)
from .people import ROOMS, arrive, audit, failed_calls, failures

IDS: Final = [place.name for place in FAILURE_POINTS]


@pytest.mark.parametrize("place", FAILURE_POINTS, ids=IDS)
async def test_message_that_makes_an_actor_raise_affects_no_others(
    site: Site,
    gate: Gate,
    place: FailurePoint,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    groups = groups_of(site.store, monkeypatch)
    async with AsyncExitStack() as stack:
        alice = await arrive(site, stack, "alice")
        bob = await arrive(site, stack, "bob", "north")
        carol = await arrive(site, stack, "carol")
        erin = await arrive(site, stack, "erin", "south")
        dave = await arrive(site, stack, "dave")
        await dave.client.cut()
        for room in (*ROOMS, "east"):
            await erin.client.call("joinRoom", room=room)
            await erin.send(room, f"first in {room}")
        trap = Trap(monkeypatch, place.times)
        place.plant(trap)

        # A failed lookup is answered before any transaction.
        waiting = 1 if place.name == "looking up" else 2
        # The poison and the other room's batch share a transaction. Further calls wait.
        with gate.closed():
            holding = await erin.begin("east", "holding")
            await gate.reached()
            groups.clear()
            poison = await alice.begin("north", TEXT)
            others = [(erin, await erin.begin("south", f"south {number}")) for number in range(3)]
            await until(lambda: len(site.store._writer._waiting) >= waiting)
            outcome = await outcome_of(alice.client, poison) if waiting == 1 else None
            queued = [
                (alice, await alice.begin("north", "queued 1")),
                (carol, await carol.begin("north", "queued 2")),
            ]
            await wait_all_tasks_blocked()
        await erin.client.reply(holding)
        outcome = outcome or await outcome_of(alice.client, poison)
        seqs = [(await person.client.reply(call))["seq"] for person, call in others]
        assert seqs == [2, 3, 4]
        kept = [(await person.client.reply(call))["seq"] for person, call in queued]
        assert groups[0] == 2, "both rooms are in one transaction"
        if place.answered:
            assert outcome == {"seq": 2, "duplicate": False}
        else:
            assert outcome == "internal"
        at = 2 if place.committed else 4
        assert sorted([at, *kept]) == [2, 3, 4], "no gap"

        # The retry, and later messages of others.
        again = await alice.send("north", TEXT)
        assert (again["seq"], again["duplicate"]) == (at, place.committed)
        if place.hung_up:
            await bob.come_back()
        for seq, person in enumerate((alice, bob, carol, erin), 5):
            for room in ROOMS:
                assert (await person.send(room, f"later, {person.name}"))["seq"] == seq

        assert trap.sprung == trap.times
        assert failures(caplog) == [place.actor] * place.failures
        assert failed_calls(caplog) == ([] if place.committed else ["room north"])
        await dave.come()
        await audit(alice, bob, carol, erin, dave)
        for person in (alice, bob, carol, erin):
            assert person.client.closed_code is None


async def until(there: Callable[[], bool]) -> None:
    with trio.fail_after(DEADLINE_S):
        while not there():  # noqa: ASYNC110 - it happens in a thread
            await trio.sleep(0.001)


def groups_of(store: SqliteStore, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Record the number of jobs of each group that the writer begins."""
    sizes = list[int]()

    write_group = store._writer._write_group

    def noting(jobs: Any) -> Any:
        sizes.append(len(jobs))
        return write_group(jobs)

    monkeypatch.setattr(store._writer, "_write_group", noting)
    return sizes


async def outcome_of(client: Client, call: int) -> object:
    try:
        sent = await client.reply(call)
    except CallFailed as failed:
        return failed.reason
    return {name: sent[name] for name in ("seq", "duplicate")}
