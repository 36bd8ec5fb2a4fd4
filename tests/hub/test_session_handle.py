"""The handle of a session: calls are answered once, and the outbox is bounded."""

from collections.abc import Sequence

import pytest
import trio
from trio.testing import MockClock, wait_all_tasks_blocked

from chatroom.errors import CloseCode, Refused
from chatroom.hub.flusher import Flushed, Flusher
from chatroom.hub.hub import Hub
from chatroom.hub.outbox import Outbox
from chatroom.hub.pending_calls import Handled
from chatroom.hub.session_handle import SessionHandle
from chatroom.hub.session_registry import SessionRegistry
from chatroom.net.websocket import Closed
from chatroom.protocol import results

from ..builders import Box, token_of
from .hub_harness import BoxedSession, taken


def session(outbox_bytes: int = 1000) -> BoxedSession:
    return BoxedSession("session", outbox_bytes=outbox_bytes)


# ---- calls and replies


async def test_a_call_is_answered_under_its_id_and_once() -> None:
    mine = session()
    to = mine.calls.add("seven")
    assert to.session == "session"
    mine.calls.answer(to.call, results.Changed(7))
    mine.calls.answer(to.call, results.Changed(8))
    assert await taken(mine) == [{"jsonrpc": "2.0", "id": "seven", "result": {"rev": 7}}]
    assert len(mine.calls) == 0


async def test_two_calls_with_one_id_are_answered_both() -> None:
    mine = session()
    first, second = mine.calls.add(7), mine.calls.add(7)
    mine.calls.answer(second.call, results.Changed(2))
    mine.calls.answer(first.call, results.Changed(1))
    assert [frame["result"]["rev"] for frame in await taken(mine)] == [2, 1]


async def test_a_call_without_an_id_is_done_and_not_answered() -> None:
    mine = session()
    mine.calls.answer(mine.calls.add(None).call, results.Changed(1))
    assert await taken(mine) == []
    assert len(mine.calls) == 0


async def test_a_refusal_is_an_error() -> None:
    mine = session()
    mine.calls.answer(mine.calls.add(7).call, Refused("rate_limited", "slow down", 250))
    (frame,) = await taken(mine)
    assert frame["id"] == 7
    assert frame["error"]["data"] == {
        "reason": "rate_limited",
        "temporary": True,
        "retryAfterMs": 250,
    }


def test_an_unknown_call_finds_nobody() -> None:
    session().calls.answer(1, results.Empty())


def test_a_handler_gets_the_result_itself() -> None:
    mine, got = session(), list[object]()
    result = results.Changed(1)
    mine.calls.answer(mine.calls.add(Handled(got.append)).call, result)
    assert got == [result]
    assert got[0] is result


async def test_waits_until_few_enough_are_in_flight() -> None:
    mine = session()
    calls = [mine.calls.add(n) for n in range(4)]
    async with trio.open_nursery() as nursery:
        nursery.start_soon(mine.calls.wait_for_fewer, 3)
        for call in calls[:2]:
            await wait_all_tasks_blocked()
            assert nursery.child_tasks
            mine.calls.answer(call.call, results.Empty())
        await wait_all_tasks_blocked()
        assert not nursery.child_tasks


async def test_two_who_wait_for_different_numbers_are_both_let_go() -> None:
    """One waits to read more calls, the other to drain."""
    mine = session()
    calls = [mine.calls.add(n) for n in range(4)]
    async with trio.open_nursery() as nursery:
        nursery.start_soon(mine.calls.wait_for_fewer, 1)
        await wait_all_tasks_blocked()
        nursery.start_soon(mine.calls.wait_for_fewer, 4)
        for call in calls:
            await wait_all_tasks_blocked()
            mine.calls.answer(call.call, results.Empty())
        await wait_all_tasks_blocked()
        assert not nursery.child_tasks


async def test_the_end_lets_go_who_waits_for_calls() -> None:
    mine = session()
    mine.calls.add(1)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(mine.calls.wait_for_fewer, 1)
        nursery.start_soon(mine.calls.wait_for_fewer, 1)
        await wait_all_tasks_blocked()
        mine.end(CloseCode.NORMAL)
    await mine.calls.wait_for_fewer(1)


# ---- the outbox


async def test_what_is_queued_goes_out_in_order_and_at_once() -> None:
    mine = session()
    for frame in (b"a", b"b", b"c"):
        mine.outbox.push(frame)
    assert await mine.drain() == [b"a", b"b", b"c"]


async def test_the_flusher_hears_of_an_outbox_once() -> None:
    noted = list[Outbox]()

    class Notes(Flusher):
        def note(self, outbox: Flushed) -> None:
            assert isinstance(outbox, Outbox)
            noted.append(outbox)

    mine = SessionHandle("session", outbox_bytes=100, flusher=Notes(), transport=Box())
    mine.outbox.push(b"a")
    mine.outbox.push(b"b")
    assert noted == [mine.outbox]


async def test_ephemeral_frames_are_shed_first() -> None:
    mine = session(100)
    mine.outbox.push(b"x" * 50)
    mine.outbox.push(b"typing", ephemeral=True)
    mine.outbox.push(b"y" * 50)
    assert mine.ending is None
    assert await mine.drain() == [b"x" * 50, b"y" * 50]
    mine.outbox.push(b"typing", ephemeral=True)
    assert await mine.drain() == [b"typing"]


async def test_who_does_not_keep_up_is_ended_as_slow() -> None:
    mine = session(100)
    mine.outbox.push(b"x" * 100)
    mine.outbox.push(b"y")
    assert mine.ending is CloseCode.SLOW
    assert await mine.drain() == [], "what it would take to send is not worth waiting for"


async def test_what_is_being_sent_counts_until_it_has_left(
    autojump_clock: MockClock,
) -> None:
    class Slow(Box):
        async def send_frames(self, frames: Sequence[bytes]) -> None:
            await trio.sleep(1)
            await super().send_frames(frames)

    box = Slow()
    mine = SessionHandle("session", outbox_bytes=100, flusher=Flusher(), transport=box)
    async with trio.open_nursery() as nursery:
        mine.outbox.push(b"x" * 60)
        nursery.start_soon(mine.outbox.write_out)
        await wait_all_tasks_blocked()
        mine.outbox.push(b"y" * 40)
        await trio.sleep(1.5)
        mine.outbox.push(b"z" * 60)
        assert mine.ending is None
        mine.outbox.push(b"!")
        assert mine.ending is CloseCode.SLOW
    assert box.frames == [b"x" * 60, b"y" * 40]


async def test_who_has_a_full_network_is_written_to_aside() -> None:
    """Frames stay in order, and the flusher continues for other sessions."""

    class Full(Box):
        async def send_frames(self, frames: Sequence[bytes]) -> None:
            await emptied.wait()
            await super().send_frames(frames)

    emptied, flusher, full, box = trio.Event(), Flusher(), Full(), Box()
    async with trio.open_nursery() as nursery:
        await nursery.start(flusher.run)
        stuck = SessionHandle("stuck", outbox_bytes=100, flusher=flusher, transport=full)
        other = SessionHandle("other", outbox_bytes=100, flusher=flusher, transport=box)
        for frame in (b"a", b"b", b"c"):
            stuck.outbox.push(frame)
            other.outbox.push(frame)
            await wait_all_tasks_blocked()
        assert box.frames == [b"a", b"b", b"c"]
        assert full.frames == []
        emptied.set()
        await wait_all_tasks_blocked()
        assert full.frames == [b"a", b"b", b"c"]
        nursery.cancel_scope.cancel()


async def test_a_network_that_is_gone_ends_the_session_and_no_other() -> None:
    class Gone(Box):
        async def send_frames(self, frames: Sequence[bytes]) -> None:
            raise Closed(1006)

    flusher, box = Flusher(), Box()
    async with trio.open_nursery() as nursery:
        await nursery.start(flusher.run)
        gone = SessionHandle("gone", outbox_bytes=100, flusher=flusher, transport=Gone())
        gone.outbox.push(b"a")
        SessionHandle("other", outbox_bytes=100, flusher=flusher, transport=box).outbox.push(b"a")
        await wait_all_tasks_blocked()
        nursery.cancel_scope.cancel()
    assert box.frames == [b"a"]
    assert gone.ending is not None


async def test_the_end_lets_out_what_is_queued_and_nothing_later() -> None:
    mine = session()
    mine.outbox.push(b"a")
    mine.end(CloseCode.RESTART)
    mine.outbox.push(b"b")
    mine.end(CloseCode.REVOKED)
    assert await mine.drain() == [b"a"]
    assert await mine.drain() == []
    assert mine.ending is CloseCode.RESTART, "the first reason stands"


async def test_the_end_cancels_whoever_reads() -> None:
    mine = session()
    async with trio.open_nursery() as nursery:

        async def read() -> None:
            with mine.lifetime.scope:
                await trio.sleep_forever()

        nursery.start_soon(read)
        await wait_all_tasks_blocked()
        mine.end(CloseCode.NORMAL)


# ---- sessions by id and account


def test_sessions_are_found_by_id_and_account() -> None:
    registry = SessionRegistry()
    mine = [BoxedSession(f"s{n}", outbox_bytes=100) for n in range(3)]
    for one, user in zip(mine, ("alice", "alice", "bob"), strict=True):
        one.identify(token_of(user), connected_at=0)
        registry.add(one)
    assert registry.get("s1") is mine[1]
    assert list(registry.of("alice")) == mine[:2]
    registry.remove(mine[0])
    assert registry.connected("alice")
    registry.remove(mine[1])
    assert not registry.connected("alice")
    assert list(registry.of("alice")) == []
    assert registry.get("s1") is None
    assert len(registry) == 1


@pytest.mark.parametrize("by", ["token", "user"])
def test_revoking_ends_those_sessions_and_no_others(by: str) -> None:
    registry = SessionRegistry()
    mine = [BoxedSession(f"s{n}", outbox_bytes=100) for n in range(3)]
    for one, user, digest in zip(mine, ("alice", "alice", "bob"), (b"1", b"2", b"3"), strict=True):
        one.identify(token_of(user, digest), connected_at=0)
        registry.add(one)
    if by == "token":
        registry.revoke_token(b"1")
    else:
        registry.revoke_user("alice")
    revoked, kept = (mine[:1], mine[1:]) if by == "token" else (mine[:2], mine[2:])
    assert all(one.ending is CloseCode.REVOKED for one in revoked)
    assert all(one.ending is None for one in kept)


async def test_an_answer_to_a_session_that_has_gone_is_dropped(autojump_clock: MockClock) -> None:
    hub = Hub("epoch", SessionRegistry(), max_presence_members=3)
    mine = session()
    hub.sessions.add(mine)
    to = mine.calls.add(1)
    hub.disconnect(mine)
    hub.reply(to, results.Empty())
    assert await taken(mine) == []
