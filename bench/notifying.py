"""Notifications of one message to many devices, over HTTP to push services on loopback."""

import time
from pathlib import Path
from typing import Final

import attrs
import trio
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from chatroom.model import PushEndpoint, Token
from chatroom.push.keys import base64url
from chatroom.store.sqlite import SqliteStore

from .load import Clock, Result, close, connect
from .prepared import MAX_CONCURRENT, person, prepare, room
from .server import CHATROOM, directory, running

HOSTS: Final = 4
"""Push services. One alone would be sent to 16 at a time, not 64."""
GRACE_S: Final = 1
SERVER: Final = attrs.evolve(
    CHATROOM,
    command=(*CHATROOM.command, "--push-allow-private", "on", "--push-grace", str(GRACE_S)),
)
ANSWER: Final = b"HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n"
DEADLINE_S: Final = 600


@attrs.define(eq=False)
class PushServices:
    """Take everything. ``wanted``: requests until ``done``."""

    wanted: int
    got: int = 0
    done: trio.Event = attrs.field(factory=trio.Event)

    async def serve(self, stream: trio.SocketStream) -> None:
        waiting = b""
        while received := await stream.receive_some():
            waiting += received
            while (end := waiting.find(b"\r\n\r\n")) >= 0:
                length = int(waiting[:end].lower().partition(b"content-length: ")[2].split()[0])
                if len(waiting) < end + 4 + length:
                    break
                waiting = waiting[end + 4 + length :]
                self.got += 1
                await stream.send_all(ANSWER)
                if self.got == self.wanted:
                    self.done.set()


async def notifications(*, endpoints: int, messages: int) -> Result:
    """Send messages to a room in which each member but the sender has a device and reads nothing.
    Counted is from the end of the grace time until the last device was told of all of them."""
    services = PushServices(endpoints * messages)
    with directory() as data:
        setup_s = await prepare(
            data,
            people=endpoints + 1,
            rooms=1,
            members=lambda _: range(endpoints + 1),
            messages=0,
        )
        async with trio.open_nursery() as nursery:
            listeners = await trio.open_tcp_listeners(0, host="0.0.0.0")  # noqa: S104 (127.0.0.1 to .4)
            port = listeners[0].socket.getsockname()[1]
            nursery.start_soon(trio.serve_listeners, services.serve, listeners)
            setup_s += await _add_endpoints(data, endpoints, port)
            async with running(SERVER, data) as server:
                [sender] = await connect(server, await server.tokens([person(0)]))
                for number in range(messages):
                    await sender.call("sendMessage", room=room(0), text=f"hello {number}")
                clock = Clock(server)
                await trio.sleep(GRACE_S)
                with trio.fail_after(DEADLINE_S):
                    await services.done.wait()
                stretch = clock.stop()
                close([sender])
            nursery.cancel_scope.cancel()
    seconds = stretch.seconds - GRACE_S
    return stretch.result(
        {
            "notifications/s": services.got / seconds,
            "CPU ms each": stretch.theirs / services.got * 1000,
            "s for all": seconds,
            "setup s": setup_s,
        }
    )


async def _add_endpoints(data: Path, endpoints: int, port: int) -> float:
    began, now = time.monotonic(), time.time_ns() // 1_000_000
    point = ec.generate_private_key(ec.SECP256R1()).public_key()
    key = base64url(point.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint))
    secret = base64url(bytes(16))
    store = SqliteStore.open(data)

    async def add(number: int) -> None:
        user, host = person(number), f"127.0.0.{1 + number % HOSTS}"
        url = f"http://{host}:{port}/{user}"
        endpoint = PushEndpoint(user, url, key, secret, token_id=user, created_at=now)
        await store.add_push_endpoint(endpoint, host, maximum=1)

    try:
        async with trio.open_nursery() as writing:
            await writing.start(store.run)
            for start in range(1, endpoints + 1, MAX_CONCURRENT):
                numbers = range(start, min(start + MAX_CONCURRENT, endpoints + 1))
                names = [person(number) for number in numbers]
                await store.add_tokens(
                    [Token(name.encode(), name, now, now + 10**10, name) for name in names]
                )
                async with trio.open_nursery() as adding:
                    for number in numbers:
                        adding.start_soon(add, number)
            writing.cancel_scope.cancel()
    finally:
        store.close()
    return time.monotonic() - began
