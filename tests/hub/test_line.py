"""A line: calls are answered once and bounded, and so is what waits to go out."""

from collections.abc import Sequence

import pytest
import trio
from trio.testing import MockClock, wait_all_tasks_blocked

from chatroom.errors import CloseCode, Refused
from chatroom.hub.flusher import Flushed, Flusher
from chatroom.hub.line import Line
from chatroom.hub.lines import Lines
from chatroom.net.websocket import Closed
from chatroom.protocol import results

from ..builders import Box
from .hub_harness import BoxedLine, taken


def line(outbox_bytes: int = 1000) -> BoxedLine:
    return BoxedLine("session", outbox_bytes=outbox_bytes)


# ---- calls and replies


async def test_a_call_is_answered_under_its_id_and_once() -> None:
    mine = line()
    to = mine.call("seven")
    assert to.session == "session"
    mine.answer(to.call, results.Changed(7))
    mine.answer(to.call, results.Changed(8))
    assert await taken(mine) == [{"jsonrpc": "2.0", "id": "seven", "result": {"rev": 7}}]
    assert mine.in_flight == 0


async def test_two_calls_with_one_id_are_answered_both() -> None:
    mine = line()
    first, second = mine.call(7), mine.call(7)
    mine.answer(second.call, results.Changed(2))
    mine.answer(first.call, results.Changed(1))
    assert [frame["result"]["rev"] for frame in await taken(mine)] == [2, 1]


async def test_a_call_without_an_id_is_done_and_not_answered() -> None:
    mine = line()
    mine.answer(mine.call(None).call, results.Changed(1))
    assert await taken(mine) == []
    assert mine.in_flight == 0


async def test_a_refusal_is_an_error() -> None:
    mine = line()
    mine.answer(mine.call(7).call, Refused("rate_limited", "slow down", 250))
    (frame,) = await taken(mine)
    assert frame["id"] == 7
    assert frame["error"]["data"] == {
        "reason": "rate_limited",
        "temporary": True,
        "retryAfterMs": 250,
    }


def test_an_unknown_call_finds_nobody() -> None:
    line().answer(1, results.Empty())


def test_a_continuation_gets_the_result_itself() -> None:
    mine, got = line(), list[object]()
    result = results.Changed(1)
    mine.answer(mine.call(got.append).call, result)
    assert got == [result]
    assert got[0] is result


async def test_waits_until_few_enough_are_in_flight() -> None:
    mine = line()
    calls = [mine.call(n) for n in range(4)]
    async with trio.open_nursery() as nursery:
        nursery.start_soon(mine.wait_in_flight, 3)
        for call in calls[:2]:
            await wait_all_tasks_blocked()
            assert nursery.child_tasks
            mine.answer(call.call, results.Empty())
        await wait_all_tasks_blocked()
        assert not nursery.child_tasks


async def test_two_who_wait_for_different_numbers_are_both_let_go() -> None:
    """The session, which reads on, and the server, which drains."""
    mine = line()
    calls = [mine.call(n) for n in range(4)]
    async with trio.open_nursery() as nursery:
        nursery.start_soon(mine.wait_in_flight, 1)
        await wait_all_tasks_blocked()
        nursery.start_soon(mine.wait_in_flight, 4)
        for call in calls:
            await wait_all_tasks_blocked()
            mine.answer(call.call, results.Empty())
        await wait_all_tasks_blocked()
        assert not nursery.child_tasks


async def test_the_end_lets_go_who_waits_for_calls() -> None:
    mine = line()
    mine.call(1)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(mine.wait_in_flight, 1)
        nursery.start_soon(mine.wait_in_flight, 1)
        await wait_all_tasks_blocked()
        mine.end(CloseCode.NORMAL)
    await mine.wait_in_flight(1)


# ---- the outbox


async def test_what_is_queued_goes_out_in_order_and_at_once() -> None:
    mine = line()
    for frame in (b"a", b"b", b"c"):
        mine.push(frame)
    assert await mine.drain() == [b"a", b"b", b"c"]


async def test_the_flusher_hears_of_a_line_once() -> None:
    noted = list[Line]()

    class Notes(Flusher):
        def note(self, line: Flushed) -> None:
            assert isinstance(line, Line)
            noted.append(line)

    mine = Line("session", outbox_bytes=100, flusher=Notes(), way=Box())
    mine.push(b"a")
    mine.push(b"b")
    assert noted == [mine]


async def test_ephemeral_frames_are_shed_first() -> None:
    mine = line(100)
    mine.push(b"x" * 50)
    mine.push(b"typing", ephemeral=True)
    mine.push(b"y" * 50)
    assert mine.ending is None
    assert await mine.drain() == [b"x" * 50, b"y" * 50]
    mine.push(b"typing", ephemeral=True)
    assert await mine.drain() == [b"typing"]


async def test_who_does_not_keep_up_is_ended_as_slow() -> None:
    mine = line(100)
    mine.push(b"x" * 100)
    mine.push(b"y")
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
    mine = Line("session", outbox_bytes=100, flusher=Flusher(), way=box)
    async with trio.open_nursery() as nursery:
        mine.push(b"x" * 60)
        nursery.start_soon(mine.write_out)
        await wait_all_tasks_blocked()
        mine.push(b"y" * 40)
        await trio.sleep(1.5)
        mine.push(b"z" * 60)
        assert mine.ending is None
        mine.push(b"!")
        assert mine.ending is CloseCode.SLOW
    assert box.frames == [b"x" * 60, b"y" * 40]


async def test_who_has_a_full_network_is_written_to_aside() -> None:
    """In order, while the flusher goes on for others."""

    class Full(Box):
        async def send_frames(self, frames: Sequence[bytes]) -> None:
            await emptied.wait()
            await super().send_frames(frames)

    emptied, flusher, full, box = trio.Event(), Flusher(), Full(), Box()
    async with trio.open_nursery() as nursery:
        await nursery.start(flusher.run)
        stuck = Line("stuck", outbox_bytes=100, flusher=flusher, way=full)
        other = Line("other", outbox_bytes=100, flusher=flusher, way=box)
        for frame in (b"a", b"b", b"c"):
            stuck.push(frame)
            other.push(frame)
            await wait_all_tasks_blocked()
        assert box.frames == [b"a", b"b", b"c"]
        assert full.frames == []
        emptied.set()
        await wait_all_tasks_blocked()
        assert full.frames == [b"a", b"b", b"c"]
        nursery.cancel_scope.cancel()


async def test_a_network_that_is_gone_ends_the_line_and_no_other() -> None:
    class Gone(Box):
        async def send_frames(self, frames: Sequence[bytes]) -> None:
            raise Closed(1006)

    flusher, box = Flusher(), Box()
    async with trio.open_nursery() as nursery:
        await nursery.start(flusher.run)
        gone = Line("gone", outbox_bytes=100, flusher=flusher, way=Gone())
        gone.push(b"a")
        Line("other", outbox_bytes=100, flusher=flusher, way=box).push(b"a")
        await wait_all_tasks_blocked()
        nursery.cancel_scope.cancel()
    assert box.frames == [b"a"]
    assert gone.ending is not None


async def test_the_end_lets_out_what_is_queued_and_nothing_later() -> None:
    mine = line()
    mine.push(b"a")
    mine.end(CloseCode.RESTART)
    mine.push(b"b")
    mine.end(CloseCode.REVOKED)
    assert await mine.drain() == [b"a"]
    assert await mine.drain() == []
    assert mine.ending is CloseCode.RESTART, "the first reason stands"


async def test_the_end_cancels_whoever_reads() -> None:
    mine = line()
    async with trio.open_nursery() as nursery:

        async def read() -> None:
            with mine.open:
                await trio.sleep_forever()

        nursery.start_soon(read)
        await wait_all_tasks_blocked()
        mine.end(CloseCode.NORMAL)


# ---- lines by session and person


def test_lines_are_found_by_session_and_person() -> None:
    lines = Lines()
    mine = [BoxedLine(f"s{n}", outbox_bytes=100) for n in range(3)]
    for one, user in zip(mine, ("alice", "alice", "bob"), strict=True):
        one.identify(user, user.encode())
        lines.add(one)
    assert lines.get("s1") is mine[1]
    assert list(lines.of("alice")) == mine[:2]
    lines.remove(mine[0])
    assert lines.connected("alice")
    lines.remove(mine[1])
    assert not lines.connected("alice")
    assert list(lines.of("alice")) == []
    assert lines.get("s1") is None
    assert len(lines) == 1


@pytest.mark.parametrize("by", ["token", "user"])
def test_revoking_ends_those_lines_and_no_others(by: str) -> None:
    lines = Lines()
    mine = [BoxedLine(f"s{n}", outbox_bytes=100) for n in range(3)]
    for one, user, digest in zip(mine, ("alice", "alice", "bob"), (b"1", b"2", b"3"), strict=True):
        one.identify(user, digest)
        lines.add(one)
    if by == "token":
        lines.revoke_token(b"1")
    else:
        lines.revoke_user("alice")
    revoked, kept = (mine[:1], mine[1:]) if by == "token" else (mine[:2], mine[2:])
    assert all(one.ending is CloseCode.REVOKED for one in revoked)
    assert all(one.ending is None for one in kept)


async def test_an_answer_to_a_session_that_has_gone_is_dropped(autojump_clock: MockClock) -> None:
    lines = Lines()
    mine = line()
    lines.add(mine)
    to = mine.call(1)
    lines.remove(mine)
    lines.answer(to, results.Empty())
    assert await taken(mine) == []
