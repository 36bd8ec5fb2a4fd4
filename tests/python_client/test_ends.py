"""Begin and end of a session: which exceptions are raised, and where."""

import socket
from collections.abc import Awaitable, Callable

import pytest
import trio
from trio.testing import wait_all_tasks_blocked

from chatroom.client import CannotConnect, Chat, SessionEnded, TooManySessions, connect
from chatroom.client.transport import websocket_url

from .network import Network, Peer, StartNetwork, messages, next_of


def replying(data: bytes) -> Peer:
    """Return a peer that replies to any request with these bytes, and closes."""

    async def reply(_: Network, stream: trio.abc.Stream) -> None:
        if data:
            await stream.receive_some()
            await stream.send_all(data)
        await stream.aclose()

    return reply


async def cut(network: Network, _: trio.abc.Stream) -> None:
    network.wire.cut()


async def cut_after_the_request(network: Network, stream: trio.abc.Stream) -> None:
    await stream.receive_some()
    network.wire.cut()


async def be_silent(*_: object) -> None:
    await trio.sleep_forever()


def http(status: str, body: str = "") -> bytes:
    return f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode()


# ---- the beginning


@pytest.mark.parametrize(
    ("peer", "message", "after_s"),
    [
        (None, "^memory: unreachable$", 0),
        (replying(b""), "closed during", 0),
        (replying(http("503 Service Unavailable", "{}")), "HTTP 503", 0),
        (replying(http("404 Not Found")), "HTTP 404", 0),
        (replying(b"SSH-2.0\r\n\r\n"), "another protocol", 0),
        (cut, "closed during", 0),
        (cut_after_the_request, "closed during", 0),
        (be_silent, "no answer within 10 s", 10),
    ],
)
async def test_a_first_connection_that_fails_is_not_repeated(
    network: Network, peer: Peer | None, message: str, after_s: int
) -> None:
    network.peer, network.down = peer, peer is None
    with pytest.raises(CannotConnect, match=message):
        async with network.chat():
            raise AssertionError("not reached")
    assert trio.current_time() == after_s
    assert len(network.dialled) == 1


async def test_a_first_connection_to_a_server_that_stops_fails(network: Network) -> None:
    token = await network.world.token("alice")
    network.world.node.sessions.draining = True
    with pytest.raises(CannotConnect):
        async with network.chat(token=token):
            raise AssertionError("not reached")


async def test_a_connection_that_the_network_refuses_fails() -> None:
    with socket.socket() as taken:  # and does not listen
        taken.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        with pytest.raises(CannotConnect, match=f"^ws://{address}/ws: .*refused"):
            async with connect(f"http://{address}", "token"):
                raise AssertionError("not reached")


@pytest.mark.parametrize(
    "peer", [None, replying(http("401 Unauthorized")), replying(http("401 Unauthorized", "{}"))]
)
async def test_an_invalid_token_ends_the_session(network: Network, peer: Peer | None) -> None:
    """The server refuses it, or a proxy."""
    network.peer = peer
    with pytest.raises(SessionEnded) as caught:
        async with network.chat(token="bad"):
            raise AssertionError("not reached")
    assert caught.value.code == 4500
    assert len(network.dialled) == 1


async def test_one_session_too_many_is_refused(start_network: StartNetwork) -> None:
    network = await start_network(max_sessions=1)
    token = await network.world.token("alice")
    async with network.chat(token=token):
        with pytest.raises(TooManySessions) as caught:
            async with network.chat(token=token):
                raise AssertionError("not reached")
        assert caught.value.code == 4504
    assert len(network.dialled) == 2


# ---- the end


async def expect_end(chat: Chat, code: int) -> None:
    """Check that all waiting calls end with this code, and that the client does not reconnect."""
    for wait in (
        lambda: next_of(chat, int),
        lambda: chat.send("general", "hello"),
        lambda: chat.subscribe("other"),
        lambda: next_of(chat, int),
    ):
        with pytest.raises(SessionEnded) as caught:
            await wait()
        assert caught.value.code == code


async def test_a_revoked_token_ends_the_session(network: Network) -> None:
    token = await network.world.token("alice")
    async with network.meet("alice", token=token) as [chat]:
        await chat.send("general", "hello")
        waiting = list[int]()

        async def call() -> None:
            with pytest.raises(SessionEnded) as caught:
                await chat.send("general", "is it?")
            waiting.append(caught.value.code)

        network.world.store.commit_delay = 5
        async with trio.open_nursery() as nursery:
            network.wire.pause()
            nursery.start_soon(call)
            await wait_all_tasks_blocked()
            await network.world.node.accounts.log_out(token)
            network.wire.resume()
        assert waiting == [4501]
        # Events received before the end are still delivered.
        assert [m.seq for m in await messages(chat, 1)] == [1]
        await expect_end(chat, 4501)
        await trio.sleep(3600)
        assert len(network.dialled) == 1


async def test_leaving_the_block_closes_the_connection(network: Network) -> None:
    async with network.chat():
        assert len(network.world.node.sessions) == 1
    await wait_all_tasks_blocked()
    assert len(network.world.node.sessions) == 0


# ---- exceptions that leave the block


async def test_exceptions_of_the_block_are_not_wrapped(network: Network) -> None:
    error, cause, before = ValueError("mine"), LookupError("why"), KeyError("before")

    async def fail(how: Callable[[Chat], Awaitable[None]]) -> None:
        async with network.chat() as chat:
            await how(chat)

    async def fail_alone(chat: Chat) -> None:
        try:
            raise before
        except KeyError:
            raise error from cause

    async def fail_in_a_group(chat: Chat) -> None:
        raise ExceptionGroup("mine", [ValueError("one"), TypeError("two")])

    async def fail_by_the_session(chat: Chat) -> None:
        network.world.node.registry.revoke_user("alice")
        await chat.history("general")

    with pytest.raises(ValueError, match="mine") as caught:
        await fail(fail_alone)
    assert caught.value is error
    assert (error.__cause__, error.__context__) == (cause, before)
    with pytest.raises(ExceptionGroup, match="mine") as caught_group:
        await fail(fail_in_a_group)
    assert [type(e) for e in caught_group.value.exceptions] == [ValueError, TypeError]
    with pytest.raises(SessionEnded):
        await fail(fail_by_the_session)


async def test_a_gateway_that_replies_for_a_lost_server_is_waited_out(network: Network) -> None:
    async with network.meet("alice") as [chat]:
        for data in (b"SSH-2.0-OpenSSH\r\n\r\n", http("502 Bad Gateway"), b""):
            network.peer = replying(data)
            network.wire.cut()
            tries = len(network.dialled)
            await trio.sleep(60)
            assert len(network.dialled) > tries + 3
        network.peer = None
        assert (await chat.send("general", "back")).seq == 1


@pytest.mark.parametrize("steps", range(25))
@pytest.mark.parametrize("cancelled", [False, True])
async def test_the_block_can_end_at_each_step_after_a_loss(
    network: Network, cancelled: bool, steps: int
) -> None:
    with trio.CancelScope() as scope:
        async with network.meet("alice"):
            network.wire.cut()
            for _ in range(steps):
                await trio.lowlevel.checkpoint()
            if cancelled:
                scope.cancel()
                await trio.sleep_forever()
    assert scope.cancelled_caught == cancelled


# ---- addresses


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("http://localhost:8000", "ws://localhost:8000/ws"),
        ("https://chat.example/", "wss://chat.example/ws"),
        ("ws://[::1]:8000/ws", "ws://[::1]:8000/ws"),
        ("wss://example/chat/ws", "wss://example/chat/ws"),
        ("https://example/chat/", "wss://example/chat/ws"),
        ("https://example/chat/ws", "wss://example/chat/ws"),
    ],
)
def test_addresses(url: str, address: str) -> None:
    assert websocket_url(url) == address


@pytest.mark.parametrize("url", ["", "localhost:8000", "ftp://localhost", "http://", "//host"])
async def test_an_invalid_address_is_an_error(url: str) -> None:
    with pytest.raises(ValueError, match="must be http://"):
        async with connect(url, "token"):
            raise AssertionError("not reached")
