"""A line: calls are answered once and bounded, and so is what waits to go out."""

import pytest
import trio
from trio.testing import MockClock, wait_all_tasks_blocked

from chatroom.delivery.line import Line
from chatroom.delivery.lines import Lines
from chatroom.errors import CloseCode, Refused
from chatroom.wire import protocol

from .desk import taken


def line(outbox_bytes: int = 1000) -> Line:
    return Line("session", outbox_bytes=outbox_bytes)


# ---- calls and replies


async def test_a_call_is_answered_under_its_id_and_once() -> None:
    mine = line()
    to = mine.call("seven")
    assert to.session == "session"
    mine.answer(to.call, protocol.Changed(7))
    mine.answer(to.call, protocol.Changed(8))
    assert await taken(mine) == [{"jsonrpc": "2.0", "id": "seven", "result": {"rev": 7}}]
    assert mine.in_flight == 0


async def test_two_calls_with_one_id_are_answered_both() -> None:
    mine = line()
    first, second = mine.call(7), mine.call(7)
    mine.answer(second.call, protocol.Changed(2))
    mine.answer(first.call, protocol.Changed(1))
    assert [frame["result"]["rev"] for frame in await taken(mine)] == [2, 1]


async def test_a_call_without_an_id_is_done_and_not_answered() -> None:
    mine = line()
    mine.answer(mine.call(None).call, protocol.Changed(1))
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
    line().answer(1, protocol.Nothing())


def test_a_continuation_gets_the_result_itself() -> None:
    mine, got = line(), list[object]()
    result = protocol.Changed(1)
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
            mine.answer(call.call, protocol.Nothing())
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
            mine.answer(call.call, protocol.Nothing())
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


async def test_the_writer_waits_for_frames() -> None:
    mine, got = line(), list[bytes]()

    async def write() -> None:
        got.extend(await mine.drain())

    async with trio.open_nursery() as nursery:
        nursery.start_soon(write)
        await wait_all_tasks_blocked()
        mine.push(b"a")
    assert got == [b"a"]


async def test_ephemeral_frames_are_shed_first() -> None:
    mine = line(100)
    mine.push(b"x" * 50)
    mine.push(b"typing", ephemeral=True)
    mine.push(b"y" * 50)
    assert mine.ending is None
    assert await mine.drain() == [b"x" * 50, b"y" * 50]
    mine.sent()
    mine.push(b"typing", ephemeral=True)
    assert await mine.drain() == [b"typing"]


async def test_who_does_not_keep_up_is_ended_as_slow() -> None:
    mine = line(100)
    mine.push(b"x" * 100)
    mine.push(b"y")
    assert mine.ending is CloseCode.SLOW
    assert await mine.drain() == [], "what it would take to send is not worth waiting for"


async def test_what_is_being_sent_counts_until_it_has_left() -> None:
    mine = line(100)
    mine.push(b"x" * 60)
    await mine.drain()
    mine.push(b"y" * 40)
    mine.sent()
    mine.push(b"z" * 60)
    assert mine.ending is None
    mine.push(b"!")
    assert mine.ending is CloseCode.SLOW


async def test_the_end_lets_out_what_is_queued_and_nothing_later() -> None:
    mine = line()
    mine.push(b"a")
    mine.end(CloseCode.RESTART)
    mine.push(b"b")
    mine.end(CloseCode.REVOKED)
    assert await mine.drain() == [b"a"]
    assert await mine.drain() == []
    assert mine.ending is CloseCode.RESTART, "the first reason stands"


async def test_the_end_wakes_the_writer() -> None:
    mine, got = line(), [[b"?"]]

    async def write() -> None:
        got.append(await mine.drain())

    async with trio.open_nursery() as nursery:
        nursery.start_soon(write)
        await wait_all_tasks_blocked()
        mine.end(CloseCode.NORMAL)
    assert got[1:] == [[]]


# ---- lines by session and person


def test_lines_are_found_by_session_and_person() -> None:
    lines = Lines()
    mine = [Line(f"s{n}", outbox_bytes=100) for n in range(3)]
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
    mine = [Line(f"s{n}", outbox_bytes=100) for n in range(3)]
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
    lines.answer(to, protocol.Nothing())
    assert await taken(mine) == []
