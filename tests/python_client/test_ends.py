"""Begin and end of a session: which exceptions are raised, and where."""

import socket
from collections.abc import Awaitable, Callable, Iterator

import pytest
import trio
from trio.testing import MockClock, wait_all_tasks_blocked

from chatroom.client import CannotConnect, Chat, SessionEnded, TooManySessions, connect
from chatroom.client.transport import websocket_url
from chatroom.config import Rate, Rates

from .network import Network, messages, next_of

Answer = Callable[[trio.abc.Stream], Awaitable[None]]


def saying(words: bytes) -> Answer:
    """Return a server that replies to any request with these bytes, and closes."""

    async def answer(stream: trio.abc.Stream) -> None:
        if words:
            await stream.receive_some()
            await stream.send_all(words)
        await stream.aclose()

    return answer


async def silence(stream: trio.abc.Stream) -> None:
    await trio.sleep_forever()


def http(status: str, body: str = "") -> bytes:
    return f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode()


# ---- the beginning


async def test_no_way_there(network: Network, autojump_clock: MockClock) -> None:
    network.down = True
    with pytest.raises(CannotConnect, match=r"^memory: no way there$"):
        async with network.chat():
            raise AssertionError("not reached")
    assert len(network.dialled) == 1


@pytest.mark.parametrize(
    "words", [b"", http("503 Service Unavailable", "{}"), http("404 Not Found"), b"SSH-2.0\r\n\r\n"]
)
async def test_no_server_of_ours(network: Network, autojump_clock: MockClock, words: bytes) -> None:
    network.answer = saying(words)
    with pytest.raises(CannotConnect):
        async with network.chat():
            raise AssertionError("not reached")
    assert trio.current_time() == 0, "said at once"


@pytest.mark.parametrize("heard", [True, False])
async def test_cut_off_in_the_handshake(
    network: Network, autojump_clock: MockClock, heard: bool
) -> None:
    async def cut(stream: trio.abc.Stream) -> None:
        if heard:
            await stream.receive_some()
        network.wire.cut()

    network.answer = cut
    with pytest.raises(CannotConnect, match="closed during"):
        async with network.chat():
            raise AssertionError("not reached")
    assert trio.current_time() == 0, "said at once"


async def test_a_server_that_says_nothing(network: Network, autojump_clock: MockClock) -> None:
    network.answer = silence
    with pytest.raises(CannotConnect, match="no answer within 10 s"):
        async with network.chat():
            raise AssertionError("not reached")


async def test_lost_before_the_first_reply(network: Network, autojump_clock: MockClock) -> None:
    token = await network.world.token("alice")
    network.world.node.sessions.draining = True
    with pytest.raises(CannotConnect):
        async with network.chat(token=token):
            raise AssertionError("not reached")


async def test_refused_on_the_network(unused_port: int) -> None:
    with pytest.raises(CannotConnect, match=f"^ws://127.0.0.1:{unused_port}/ws: .*refused"):
        async with connect(f"http://127.0.0.1:{unused_port}", "token"):
            raise AssertionError("not reached")


@pytest.fixture
def unused_port() -> Iterator[int]:
    """A port without a listener, which no other process gets meanwhile."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield taken.getsockname()[1]


async def test_a_bad_token(network: Network, autojump_clock: MockClock) -> None:
    with pytest.raises(SessionEnded) as caught:
        async with network.chat(token="bad"):
            raise AssertionError("not reached")
    assert caught.value.code == 4500
    assert len(network.dialled) == 1


async def test_too_many_sessions(nursery: trio.Nursery, autojump_clock: MockClock) -> None:
    network = await Network.start(nursery, max_sessions=1)
    token = await network.world.token("alice")
    async with network.chat(token=token):
        with pytest.raises(TooManySessions) as caught:
            async with network.chat(token=token):
                raise AssertionError("not reached")
        assert caught.value.code == 4504
    assert len(network.dialled) == 2


@pytest.mark.parametrize("words", [http("401 Unauthorized"), http("401 Unauthorized", "{}")])
async def test_a_proxy_that_lets_nobody_in(
    network: Network, autojump_clock: MockClock, words: bytes
) -> None:
    network.answer = saying(words)
    with pytest.raises(SessionEnded) as caught:
        async with network.chat():
            raise AssertionError("not reached")
    assert caught.value.code == 4500


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


async def test_revoked(network: Network, autojump_clock: MockClock) -> None:
    token = await network.world.token("alice")
    async with network.chat(token=token) as chat:
        await chat.join("general")
        await chat.send("general", "hello")
        waiting = list[int]()

        async def call() -> None:
            with pytest.raises(SessionEnded) as caught:
                await chat.send("general", "is it?")
            waiting.append(caught.value.code)

        network.world.store.commit_delay = 5
        async with trio.open_nursery() as nursery:
            network.wire.mute()
            nursery.start_soon(call)
            await wait_all_tasks_blocked()
            await network.world.node.accounts.log_out(token)
            network.wire.unmute()
        assert waiting == [4501]
        # Events received before the end are still delivered.
        assert [m.seq for m in await messages(chat, 1)] == [1]
        await expect_end(chat, 4501)
        await trio.sleep(3600)
        assert len(network.dialled) == 1


async def test_revoked_while_away(network: Network, autojump_clock: MockClock) -> None:
    token = await network.world.token("alice")
    async with network.chat(token=token) as chat:
        await chat.join("general")
        network.down = True
        network.wire.cut()
        await network.world.node.accounts.log_out(token)
        network.down = False
        await expect_end(chat, 4500)


async def test_too_many_violations(nursery: trio.Nursery, autojump_clock: MockClock) -> None:
    rates = Rates(joins=Rate(1, 1), violations_per_minute=3)
    network = await Network.start(nursery, rates=rates)
    async with network.chat() as chat:
        await chat.join("general")
        async with trio.open_nursery() as calls:
            for _ in range(5):

                async def refused() -> None:
                    with pytest.raises(Exception, match=r"too many requests|4502"):
                        await chat.join("general")

                calls.start_soon(refused)
        await expect_end(chat, 4502)


# ---- exceptions that leave the block


async def test_the_body_s_own_exceptions_come_out_as_they_are(
    network: Network, autojump_clock: MockClock
) -> None:
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


async def test_a_lost_server_that_became_another(
    network: Network, autojump_clock: MockClock
) -> None:
    """While the server is away, a gateway replies in its place. The client waits for its return."""
    async with network.chat() as chat:
        await chat.join("general")
        for words in (b"SSH-2.0-OpenSSH\r\n\r\n", http("502 Bad Gateway"), b""):
            network.answer = saying(words)
            network.wire.cut()
            tries = len(network.dialled)
            await trio.sleep(60)
            assert len(network.dialled) > tries + 3
        network.answer = None
        assert (await chat.send("general", "back")).seq == 1


@pytest.mark.parametrize("steps", range(25))
async def test_leaving_in_the_moment_of_a_loss(
    network: Network, autojump_clock: MockClock, steps: int
) -> None:
    """At each step of the handling of the loss."""
    async with network.chat() as chat:
        await chat.join("general")
        network.wire.cut()
        for _ in range(steps):
            await trio.lowlevel.checkpoint()


@pytest.mark.parametrize("steps", range(25))
async def test_cancelled_in_the_moment_of_a_loss(
    network: Network, autojump_clock: MockClock, steps: int
) -> None:
    with trio.CancelScope() as scope:
        async with network.chat() as chat:
            await chat.join("general")
            network.wire.cut()
            for _ in range(steps):
                await trio.lowlevel.checkpoint()
            scope.cancel()
            await trio.sleep_forever()
    assert scope.cancelled_caught


async def test_leaving_closes_the_connection(network: Network, autojump_clock: MockClock) -> None:
    async with network.chat():
        assert len(network.world.node.sessions) == 1
    await wait_all_tasks_blocked()
    assert len(network.world.node.sessions) == 0


# ---- addresses


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("http://localhost:8000", "ws://localhost:8000/ws"),
        ("https://chat.example/", "wss://chat.example/ws"),
        ("ws://[::1]:8000/ws", "ws://[::1]:8000/ws"),
        ("wss://example/chat/ws", "wss://example/chat/ws"),
    ],
)
def test_addresses(url: str, address: str) -> None:
    assert websocket_url(url) == address


@pytest.mark.parametrize("url", ["", "localhost:8000", "ftp://localhost", "http://", "//host"])
async def test_what_is_no_address(url: str) -> None:
    with pytest.raises(ValueError, match="must be http://"):
        async with connect(url, "token"):
            raise AssertionError("not reached")
