"""Log-in with name and password, also at addresses where another kind of server answers."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import trio

from chatroom.client import CallRefused, CannotConnect, Conflict, Forbidden, Unauthenticated
from chatroom.client.accounts import log_in, sign_up

from .servers import DEADLINE_S, open_site

PASSWORD = "correct horse"  # noqa: S105


@asynccontextmanager
async def answering(answer: bytes) -> AsyncIterator[tuple[str, list[bytes]]]:
    """Yield the address of a server that always replies with ``answer``, and the list of first
    lines of its requests.
    """
    asked = list[bytes]()

    async def handle(stream: trio.SocketStream) -> None:
        async with stream:
            request = b""
            while b"}" not in request and not request.startswith(b"GET"):
                request += await stream.receive_some()
            asked.append(request.split(b"\r\n")[0])
            await stream.send_all(answer)

    listeners = await trio.open_tcp_listeners(0, host="127.0.0.1")
    host, port = listeners[0].socket.getsockname()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(trio.serve_listeners, handle, listeners)
        with trio.fail_after(DEADLINE_S):
            yield f"http://{host}:{port}", asked
        nursery.cancel_scope.cancel()


async def test_log_in_and_sign_up_return_a_token_or_raise() -> None:
    async with open_site() as site:
        assert await sign_up(site.url, "alice", PASSWORD, display_name="Alice")
        assert await log_in(site.url, "alice", PASSWORD)
        for name, password in (("alice", "wrong horse"), ("nobody", PASSWORD)):
            with pytest.raises(Unauthenticated):
                await log_in(site.url, name, password)
        with pytest.raises(Conflict):
            await sign_up(site.url, "alice", PASSWORD)
        with pytest.raises(CallRefused, match="password") as refused:
            await sign_up(site.url, "bob", "short")
        assert refused.value.reason == "invalid_params"


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirection_is_not_followed(status: int) -> None:
    """Its target may belong to anybody."""
    answer = b"HTTP/1.1 %d Moved\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n" % status
    async with answering(answer) as (url, asked):
        with pytest.raises(CannotConnect, match=f"HTTP {status}"):
            await log_in(url, "alice", PASSWORD)
        assert asked == [b"POST /api/login HTTP/1.1"]


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n<html>",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{}",
        b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 2\r\n\r\n[]",
        b"HTTP/1.1 400 Bad\r\nContent-Length: 13\r\n\r\n" + b'{"error": {}}',
        b"SSH-2.0-OpenSSH\r\n",
        b"",
    ],
    ids=range(8),
)
async def test_an_unknown_answer_is_an_error(answer: bytes) -> None:
    async with answering(answer) as (url, _):
        with pytest.raises((CannotConnect, CallRefused)) as caught:
            await log_in(url, "alice", PASSWORD)
        assert not isinstance(caught.value, Forbidden)
