"""The handle of a session: calls are answered once, and the outbox is bounded."""

import pytest
import trio
from trio.testing import wait_all_tasks_blocked

from chatroom.errors import CloseCode, Refused
from chatroom.hub.flusher import Flushed, Flusher
from chatroom.hub.pending_calls import Handled
from chatroom.hub.session_registry import SessionRegistry
from chatroom.protocol import results

from .hub_harness import BoxedSession, Gone, Stuck, new_hub, taken


@pytest.fixture
def mine() -> BoxedSession:
    return BoxedSession()


# ---- calls and replies


async def test_each_call_is_answered_once_with_its_id(mine: BoxedSession) -> None:
    """This holds if two calls have one id, and if a call has none."""
    first, second, unanswered = (mine.calls.add(call_id) for call_id in ("a", "a", None))
    assert first.session == "session"
    for to, rev in ((second, 2), (first, 1), (first, 7), (unanswered, 3)):
        mine.calls.answer(to.call, results.Changed(rev))
    assert await taken(mine) == [
        {"jsonrpc": "2.0", "id": "a", "result": {"rev": rev}} for rev in (2, 1)
    ]
    assert len(mine.calls) == 0


async def test_a_refusal_is_an_error(mine: BoxedSession) -> None:
    mine.calls.answer(mine.calls.add(7).call, Refused("rate_limited", "slow down", 250))
    (frame,) = await taken(mine)
    assert frame["id"] == 7
    assert frame["error"]["data"] == {
        "reason": "rate_limited",
        "temporary": True,
        "retryAfterMs": 250,
    }


def test_a_handler_gets_the_result_itself(mine: BoxedSession) -> None:
    got: list[object] = []
    result = results.Changed(1)
    mine.calls.answer(mine.calls.add(Handled(got.append)).call, result)
    assert len(got) == 1
    assert got[0] is result


@pytest.mark.parametrize("limits", [(3,), (1, 4)])
async def test_each_waits_until_few_enough_calls_are_in_flight(
    limits: tuple[int, ...], mine: BoxedSession
) -> None:
    """One waits to read more calls, another to drain."""
    calls = [mine.calls.add(n).call for n in range(4)]
    async with trio.open_nursery() as nursery:
        for limit in limits:
            nursery.start_soon(mine.calls.wait_for_fewer, limit)
            await wait_all_tasks_blocked()
        for number, call in enumerate(calls):
            waiting = [limit for limit in limits if limit <= len(calls) - number]
            assert len(nursery.child_tasks) == len(waiting)
            mine.calls.answer(call, results.Empty())
            await wait_all_tasks_blocked()
        assert not nursery.child_tasks


async def test_the_end_wakes_tasks_that_wait_for_calls_or_read(mine: BoxedSession) -> None:
    mine.calls.add(1)

    async def read() -> None:
        with mine.lifetime.scope:
            await trio.sleep_forever()

    async with trio.open_nursery() as nursery:
        nursery.start_soon(read)
        nursery.start_soon(mine.calls.wait_for_fewer, 1)
        nursery.start_soon(mine.calls.wait_for_fewer, 1)
        await wait_all_tasks_blocked()
        mine.end(CloseCode.NORMAL)
    await mine.calls.wait_for_fewer(1)


# ---- the outbox


async def test_an_outbox_is_noted_for_the_flusher_once() -> None:
    noted: list[Flushed] = []

    class Notes(Flusher):
        def note(self, outbox: Flushed) -> None:
            noted.append(outbox)

    mine = BoxedSession(flusher=Notes())
    for frame in (b"a", b"b", b"c"):
        mine.outbox.push(frame)
    assert noted == [mine.outbox]
    assert await mine.drain() == [b"a", b"b", b"c"]


async def test_a_filling_outbox_drops_ephemeral_frames_and_a_full_one_ends_the_session() -> None:
    mine = BoxedSession(outbox_bytes=100)
    mine.outbox.push(b"x" * 50)
    mine.outbox.push(b"typing", ephemeral=True)
    mine.outbox.push(b"y" * 50)
    assert mine.ending is None
    assert await mine.drain() == [b"x" * 50, b"y" * 50]
    mine.outbox.push(b"typing", ephemeral=True)
    assert await mine.drain() == [b"typing"]
    mine.outbox.push(b"x" * 100)
    mine.outbox.push(b"y")
    assert mine.ending is CloseCode.SLOW
    assert await mine.drain() == [], "they would take too long to send"


async def test_frames_count_until_they_have_left(nursery: trio.Nursery) -> None:
    mine = BoxedSession(outbox_bytes=100, box=Stuck())
    mine.outbox.push(b"x" * 60)
    nursery.start_soon(mine.outbox.write_out)
    await wait_all_tasks_blocked()
    mine.outbox.push(b"y" * 40)
    mine.box.open.set()
    mine.box.open = trio.Event()  # so that only the first frame leaves
    await wait_all_tasks_blocked()
    mine.outbox.push(b"z" * 60)
    assert mine.ending is None
    mine.outbox.push(b"!")
    assert mine.ending is CloseCode.SLOW
    mine.box.open.set()
    await wait_all_tasks_blocked()
    assert mine.box.frames == [b"x" * 60, b"y" * 40]


async def test_a_full_or_lost_network_delays_no_other_session(nursery: trio.Nursery) -> None:
    """Frames stay in order."""
    flusher = Flusher()
    await nursery.start(flusher.run)
    stuck, gone, other = (BoxedSession(flusher=flusher, box=box) for box in (Stuck(), Gone(), None))
    for frame in (b"a", b"b", b"c"):
        for session in (stuck, gone, other):
            session.outbox.push(frame)
        await wait_all_tasks_blocked()
    assert (stuck.box.frames, other.box.frames) == ([], [b"a", b"b", b"c"])
    stuck.box.open.set()
    await wait_all_tasks_blocked()
    assert stuck.box.frames == [b"a", b"b", b"c"]
    assert [session.ending for session in (stuck, gone, other)] == [None, CloseCode.NORMAL, None]


async def test_frames_queued_before_the_end_are_sent_and_no_later_ones(mine: BoxedSession) -> None:
    mine.outbox.push(b"a")
    mine.end(CloseCode.RESTART)
    mine.outbox.push(b"b")
    mine.end(CloseCode.REVOKED)
    assert await mine.drain() == [b"a"]
    assert await mine.drain() == []
    assert mine.ending is CloseCode.RESTART, "the first reason stands"


# ---- sessions by id and account


@pytest.fixture
def three() -> list[BoxedSession]:
    users = ("alice", "alice", "bob")
    return [BoxedSession(f"s{n}", user, digest=b"%d" % n) for n, user in enumerate(users)]


@pytest.fixture
def registry(three: list[BoxedSession]) -> SessionRegistry:
    registry = SessionRegistry()
    for session in three:
        registry.add(session)
    return registry


def test_sessions_are_found_by_id_and_account(
    registry: SessionRegistry, three: list[BoxedSession]
) -> None:
    assert registry.get("s1") is three[1]
    assert list(registry.of("alice")) == three[:2]
    registry.remove(three[0])
    assert registry.connected("alice")
    registry.remove(three[1])
    assert not registry.connected("alice")
    assert list(registry.of("alice")) == []
    assert registry.get("s1") is None
    assert len(registry) == 1


@pytest.mark.parametrize(("by", "revoked"), [("token", [0]), ("user", [0, 1])])
def test_revoking_ends_the_sessions_of_a_token_or_person(
    by: str, revoked: list[int], registry: SessionRegistry, three: list[BoxedSession]
) -> None:
    if by == "token":
        registry.revoke_token(b"0")
    else:
        registry.revoke_user("alice")
    assert [session.ending for session in three] == [
        CloseCode.REVOKED if number in revoked else None for number in range(3)
    ]


async def test_an_answer_to_a_session_that_has_gone_is_dropped(mine: BoxedSession) -> None:
    hub = new_hub()
    hub.connect(mine)
    to = mine.calls.add(1)
    hub.disconnect(mine)
    hub.reply(to, results.Empty())
    assert await taken(mine) == []
