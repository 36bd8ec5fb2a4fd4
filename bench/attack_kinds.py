"""The hostile clients of ``python -m bench attack``, one process per kind.

A process reads an :class:`Order` as one line of JSON and attacks for its duration or until the end
of input. It prints a line at the server's first answer, and at the end a JSON object with the
number of each kind of answer. Clients obey retryAfterMs, like an attacker who wants to stay
connected.
"""

import os
import sys
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from itertools import count
from typing import Any, Final

import attrs
import orjson
import trio

from .attack_links import Ended, Link, Target, read_response, receive, send
from .server import allow_files

RECONNECT_PAUSE_S: Final = 1.0
"""Pause before reconnecting."""
TALK: Final = "talk"
"""The room of the people."""
PILE: Final = "pile"
"""A public room with pages of 1 MiB."""
LONG: Final = "\U0001f600" * 4000
"""16 KB in the maximum number of characters of a message."""
_MARKS: Final = "a" + "\u0344" * 16000 + "\u0334" * 16000
_PINGS: Final = b"\x89\x80\0\0\0\0" * 256
_BEGIN: Final = b"\x01\x81\0\0\0\0x"
_FRAGMENTS: Final = b"\x00\x80\0\0\0\0" * 256


@attrs.frozen
class Order:
    """``addresses``: of the attackers; ``names``: of the people; ``tokens``: of the attackers."""

    kind: str
    count: int
    seconds: float
    host: str
    port: int
    forwarded: bool
    addresses: Sequence[str]
    names: Sequence[str]
    tokens: Sequence[str]


class Attack:
    """Shared by all kinds of attack."""

    def __init__(self, order: Order) -> None:
        self.order = order
        self.target = Target(order.host, order.port, order.forwarded)
        self.tally: Counter[str] = Counter()

    def address(self, number: int) -> str:
        return self.order.addresses[number % len(self.order.addresses)]

    def token(self, number: int) -> str:
        return self.order.tokens[number % len(self.order.tokens)]

    async def open(self, number: int, token: str | None = None) -> Link:
        link = await Link.open(self.target, self.address(number), token)
        self.tally["open"] += 1
        return link

    async def join(self, number: int, *rooms: str) -> Link:
        """Connect with an account and join rooms, which may refuse."""
        link = await self.open(number, self.token(number))
        for method, params in (("connect", {}), *(("joinRoom", {"room": room}) for room in rooms)):
            while await self.note(method, await link.call(method, **params)):
                pass
        return link

    async def note(self, method: str, reply: Any) -> bool:
        """Count the reply. If the call should be retried, wait and return True."""
        data = reply.get("error", {}).get("data", {})
        self.tally[f"{method} {data.get('reason', 'ok')}"] += 1
        if "retryAfterMs" in data:
            await trio.sleep(data["retryAfterMs"] / 1000)
        return "retryAfterMs" in data

    async def repeat(self, one: Callable[[int], Awaitable[None]]) -> None:
        """Run ``one`` concurrently; restart each when its connection has ended."""

        async def keep_on(number: int) -> None:
            await trio.sleep(number / self.order.count)  # all start within a second
            while True:
                try:
                    await one(number)
                except Ended as ended:
                    self.tally[f"ended {ended.how}"] += 1
                await trio.sleep(RECONNECT_PAUSE_S)

        async with trio.open_nursery() as nursery:
            for number in range(self.order.count):
                nursery.start_soon(keep_on, number)


# ---- without a log-in


async def idle(attack: Attack) -> None:
    """Idle connections: half stop within the HTTP head, half after the upgrade."""

    async def one(number: int) -> None:
        if number % 2:
            link = await attack.open(number)
            try:
                raise Ended(await link.until_ended())
            finally:
                link.close()
        sock = await attack.target.dial(attack.address(number))
        with sock:
            await send(sock, b"GET /ws HTTP/1.1\r\n")
            attack.tally["open"] += 1
            while True:
                await receive(sock)

    await attack.repeat(one)


def _flood(begin: bytes, frames: bytes) -> Callable[[Attack], Awaitable[None]]:
    """Send frames as fast as the server reads them."""

    async def flood(attack: Attack) -> None:
        async def one(number: int) -> None:
            link = await attack.open(number)
            with link.socket:
                async with trio.open_nursery() as nursery:

                    async def write() -> None:
                        await link.send(begin)
                        while True:
                            await link.send(frames)
                            attack.tally["frames"] += 256
                            await trio.lowlevel.checkpoint()

                    nursery.start_soon(_until_ended, write)
                    how = await link.until_ended()
                    nursery.cancel_scope.cancel()
            raise Ended(how)

        await attack.repeat(one)

    return flood


async def _until_ended(write: Callable[[], Awaitable[None]]) -> None:
    with suppress(Ended):  # the reader reports how
        await write()


async def log_in(attack: Attack) -> None:
    """Try wrong passwords for people's accounts; one in four has maximum cost of normalization."""
    tries = count()

    async def one(number: int) -> None:
        sock = await attack.target.dial(attack.address(number))
        with sock:
            while True:
                turn = next(tries)
                name = attack.order.names[turn % len(attack.order.names)]
                password = _MARKS if turn % 4 == 0 else f"wrong password {turn}"
                body = orjson.dumps({"name": name, "password": password})
                lines = ("Content-Type: application/json", f"Content-Length: {len(body)}")
                head = attack.target.head("POST /api/login", attack.address(number), *lines)
                await send(sock, head + body)
                attack.tally[f"HTTP {await read_response(sock)}"] += 1
                await trio.sleep(0.05)

    await attack.repeat(one)


# ---- with accounts


async def sessions(attack: Attack) -> None:
    """One account reads three pages of 1 MiB in each session, at 16 KB per second."""
    for number in range(1, len(attack.order.tokens)):  # they fill the room
        try:
            link = await attack.join(number, PILE)
            with link.socket:
                for _ in range(20):
                    sent = await link.call("sendMessage", room=PILE, text=LONG)
                    await attack.note("sendMessage", sent)
        except Ended as ended:  # beside other attacks
            attack.tally[f"ended {ended.how}"] += 1

    async def one(number: int) -> None:
        link = await attack.open(number, attack.order.tokens[0])
        with link.socket:
            for method, params in (("connect", {}), ("joinRoom", {"room": PILE})):
                await attack.note(method, await link.call(method, **params))
            for _ in range(3):
                await link.begin("getHistory", room=PILE, limit=200)
            while True:
                attack.tally["KB read"] += len(await receive(link.socket, 1638)) // 1024
                await trio.sleep(0.1)

    await attack.repeat(one)


async def editors(attack: Attack) -> None:
    """Members of the people's room edit a message of 16 KB repeatedly."""

    async def one(number: int) -> None:
        link = await attack.join(number, TALK)
        with link.socket:
            sent = await link.call("sendMessage", room=TALK, text=LONG)
            await attack.note("sendMessage", sent)
            if "result" not in sent:
                return
            seq = sent["result"]["seq"]
            for turn in count():
                text = LONG[:-1] + str(turn % 10)
                reply = await link.call("editMessage", room=TALK, seq=seq, text=text)
                await attack.note("editMessage", reply)

    await attack.repeat(one)


async def listers(attack: Attack) -> None:
    """Make every call that lists something, as often as the limits allow."""

    async def one(number: int) -> None:
        link = await attack.join(number, TALK)
        asked: Sequence[tuple[str, Mapping[str, Any]]] = (
            ("listRooms", {"query": "zz", "limit": 200}),
            ("listRooms", {"limit": 200}),
            ("listMembers", {"room": TALK, "limit": 200}),
            ("getHistory", {"room": TALK, "limit": 200}),
            ("getInbox", {}),
            ("subscribe", {"room": TALK}),
            ("unsubscribe", {"room": TALK}),
        )
        with link.socket:
            for turn in count():
                method, params = asked[turn % len(asked)]
                await attack.note(method, await link.call(method, **params))

    await attack.repeat(one)


@attrs.frozen
class Kind:
    """``count``: connections at full scale; ``accounts``: accounts required."""

    count: int
    accounts: int
    run: Callable[[Attack], Awaitable[None]]


KINDS: Final[Mapping[str, Kind]] = {
    "idle": Kind(2000, 0, idle),
    "pings": Kind(200, 0, _flood(b"", _PINGS)),
    "fragments": Kind(50, 0, _flood(_BEGIN, _FRAGMENTS)),
    "log-ins": Kind(100, 0, log_in),
    "sessions": Kind(600, 5, sessions),
    "editors": Kind(4, 4, editors),
    "listers": Kind(20, 20, listers),
}


async def attack() -> Mapping[str, int]:
    """Return counts of the server's answers: `open`, `ended CODE`, `CALL REASON`, `HTTP STATUS`."""
    order, ends = b"", trio.lowlevel.FdStream(os.dup(sys.stdin.fileno()))
    while not order.endswith(b"\n"):
        order += await ends.receive_some()
    attack = Attack(Order(**orjson.loads(order)))
    with trio.move_on_after(attack.order.seconds):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(KINDS[attack.order.kind].run, attack)
            while not attack.tally:  # noqa: ASYNC110 - a Counter has no event
                await trio.sleep(0.05)
            print("begun", flush=True)
            await ends.receive_some()
            nursery.cancel_scope.cancel()
    return dict(attack.tally)


def main() -> None:
    # The people's process must not wait for this one.
    os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
    allow_files(4096)
    print(orjson.dumps(trio.run(attack)).decode())


if __name__ == "__main__":
    main()
