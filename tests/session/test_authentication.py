"""Logging in over HTTP, with limits per address and per account."""

from collections import Counter
from typing import Any, Final

import attrs
import pytest
import trio
from trio.testing import MockClock, wait_all_tasks_blocked

from chatroom.accounts.accounts import Accounts
from chatroom.accounts.passwords import PasswordHashing
from chatroom.config import Config
from chatroom.errors import Refused
from chatroom.session.authentication import Authentication

from ..client import Answer
from ..memory_store import MemoryStore
from ..quick_hasher import QuickHasher
from ..wire.clients import UPGRADE
from .node_harness import World

RIGHT: Final = "correct horse"
WRONG: Final = "battery staple"
EXTRAS: Final = ("address", "reason", "user", "left_out")


@pytest.mark.parametrize("proxy", [None, "10.0.0.1"])
async def test_log_ins_and_sign_ups_of_one_address_are_limited(
    nursery: trio.Nursery, autojump_clock: MockClock, proxy: str | None
) -> None:
    world = await World.start(nursery, trusted_proxies=(proxy,) if proxy else ())

    async def attempt(path: str = "/api/signup", client: str = "192.0.2.1") -> Answer:
        # A password that is too short needs no hash and no thread, but counts as an attempt.
        short = {"name": "mallory", "password": "short"}
        headers = {"X-Forwarded-For": f"198.51.100.1, {client}"} if proxy else {}
        return await world.http("POST", path, short, peer=proxy or client, headers=headers)

    assert [(await attempt()).status for _ in range(10)] == [400] * 10
    for path in ("/api/signup", "/api/login"):
        answer = await attempt(path)
        assert (answer.status, answer.reason) == (429, "rate_limited")
        assert answer.headers["retry-after"] in ("6", "7")
        assert 6000 <= answer.json["error"]["retryAfterMs"] <= 6001
    # Other addresses are not affected, nor are requests without a password.
    assert (await attempt(client="192.0.2.2")).status == 400
    assert (await world.http("GET", "/healthz")).status == 200
    await trio.sleep(7)
    assert [(await attempt()).status for _ in range(2)] == [400, 429]


@attrs.define
class LogInAttempts:
    """Makes log-ins and counts their outcomes."""

    _authentication: Authentication
    ends: Counter[str] = attrs.Factory(Counter)

    async def log_in(self, name: str, password: str, address: str) -> str:
        end = "in"
        try:
            await self._authentication.log_in(name, password, address)
        except Refused as refused:
            end = refused.reason
        self.ends[f"{name}: {end}"] += 1
        return end


@pytest.fixture
async def attempts() -> LogInAttempts:
    """alice and bob have accounts, and alice has logged in from 192.0.2.1."""
    accounts = Accounts(MemoryStore(), Config(), passwords=PasswordHashing(QuickHasher()))
    for name in ("alice", "bob"):
        await accounts.add(name, RIGHT)
    authentication = Authentication(accounts, Config())
    await authentication.log_in("alice", RIGHT, "192.0.2.1")
    return LogInAttempts(authentication)


async def test_a_crowd_from_elsewhere_does_not_keep_the_owner_out(attempts: LogInAttempts) -> None:
    """140 strangers fill only their part of the queue for hashes, whatever names they use."""
    async with trio.open_nursery() as nursery:
        for number in range(140):
            nursery.start_soon(attempts.log_in, "bob", WRONG, f"10.0.0.{number}")
            nursery.start_soon(attempts.log_in, f"user{number}", WRONG, f"10.0.1.{number}")
        await wait_all_tasks_blocked()
        nursery.start_soon(attempts.log_in, "alice", RIGHT, "192.0.2.1")
    assert attempts.ends["alice: in"] == 1
    assert sum(count for end, count in attempts.ends.items() if end.endswith(": busy")) > 20
    assert attempts.ends["bob: rate_limited"] == 120


async def test_an_attempt_that_was_not_answered_is_not_charged(
    attempts: LogInAttempts, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def busy(*_: object, **__: object) -> None:
        raise Refused("busy", "too many log-ins at once")

    with monkeypatch.context() as patched:
        patched.setattr(PasswordHashing, "verify", busy)
        for _ in range(30):
            assert await attempts.log_in("bob", RIGHT, "192.0.2.9") == "busy"
    assert await attempts.log_in("bob", RIGHT, "192.0.2.9") == "in"


async def test_unknown_tokens_are_limited_before_the_look_up(
    world: World, autojump_clock: MockClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = await world.token("alice")
    looked_up, look_up = list[bytes](), world.store.token

    async def counting(digest: bytes) -> Any:
        looked_up.append(digest)
        return await look_up(digest)

    monkeypatch.setattr(world.store, "token", counting)
    async with world.socket() as client:
        await client.connect(token)
    for number in range(70):
        headers = {"Authorization": f"Bearer {number}"}
        answer = await world.http("POST", "/api/logout", headers=headers)
        assert answer.status == (401 if number < 60 else 429)
    assert len(looked_up) == 61
    upgrade = UPGRADE | {"Authorization": "Bearer nonsense"}
    assert (await world.http("GET", "/ws", headers=upgrade)).status == 429
    async with world.socket() as client:
        assert (await client.refused("connect", token="nonsense")).reason == "rate_limited"
    # Other people's tokens do not keep out a person who connected recently.
    async with world.socket() as client:
        await client.connect(token)
    assert len(looked_up) == 61


def lines(caplog: pytest.LogCaptureFixture) -> list[str]:
    """Return the lines as in a log file, without the time."""
    return [
        " ".join(
            [record.getMessage()]
            + [f"{key}={vars(record)[key]}" for key in EXTRAS if key in vars(record)]
        )
        for record in caplog.records
        if record.name.endswith(".failed_log_ins")
    ]


async def test_a_failed_log_in_is_one_line(
    attempts: LogInAttempts, caplog: pytest.LogCaptureFixture
) -> None:
    await attempts.log_in("alice", WRONG, "192.0.2.1")
    await attempts.log_in("Bob", WRONG, "2001:db8::1")
    await attempts.log_in("x\n2026-01-01 log-in failed address=192.0.2.2", WRONG, "192.0.2.1")
    await attempts.log_in("alice", RIGHT, "192.0.2.1")
    assert lines(caplog) == [
        "log-in failed address=192.0.2.1 reason=unauthenticated user=alice",
        "log-in failed address=2001:db8::1 reason=unauthenticated user=bob",
        "log-in failed address=192.0.2.1 reason=unauthenticated",
    ]


async def test_a_flood_of_failures_does_not_fill_the_log(
    attempts: LogInAttempts, caplog: pytest.LogCaptureFixture, autojump_clock: MockClock
) -> None:
    for _ in range(50):
        await attempts.log_in("alice", WRONG, "192.0.2.9")
    assert len(lines(caplog)) == 10  # from one address
    for number in range(400):
        await attempts.log_in("bob", WRONG, f"10.0.{number // 256}.{number % 256}")
    assert lines(caplog)[10].endswith("user=bob left_out=40")
    assert len(lines(caplog)) == 200
    await trio.sleep(60)
    await attempts.log_in("alice", WRONG, "198.51.100.1")
    assert lines(caplog)[-1].endswith("user=alice left_out=210")
