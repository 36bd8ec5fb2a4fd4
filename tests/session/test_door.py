"""Who is let in: sessions of one account, requests that no browser of another site can make."""

import pytest
import trio
from trio.testing import MockClock

from .world import World


async def test_sessions_of_one_account_are_limited(
    nursery: trio.Nursery, autojump_clock: MockClock
) -> None:
    world = await World.start(nursery, max_sessions=2)
    async with world.sessions("alice", "alice", "bob"):
        async with world.socket() as third:
            refused = await third.refused("connect", token=await world.token("alice"))
            assert (refused.reason, refused.data["temporary"]) == ("quota_exceeded", False)
            assert await third.wait_closed() == 4504
        assert world.node.lines.count("alice") == 2
    async with world.session("alice") as again:
        await again.call("getInbox")


async def test_sessions_are_not_limited_with_rate_limits_off(
    nursery: trio.Nursery, autojump_clock: MockClock
) -> None:
    world = await World.start(nursery, max_sessions=1, rate_limits="off")
    async with world.sessions("alice", "alice", "alice"):
        assert world.node.lines.count("alice") == 3


@pytest.mark.parametrize(
    ("path", "body", "content_type", "status"),
    [
        ("/api/login", b"{}", "text/plain", 415),
        ("/api/login", b"{}", "application/x-www-form-urlencoded", 415),
        ("/api/logout", b"", "text/plain", 415),
        ("/api/login", b"{}", "Application/JSON; charset=utf-8", 400),
        ("/api/login", b" " * 4096, "application/json", 400),
        ("/api/login", b" " * 4097, "application/json", 413),
        ("/healthz", b"x", "application/json", 413),
    ],
)
async def test_bodies_that_are_too_long_or_of_another_type(
    world: World,
    autojump_clock: MockClock,
    path: str,
    body: bytes,
    content_type: str,
    status: int,
) -> None:
    answer = await world.http("POST", path, body, headers={"Content-Type": content_type})
    assert (answer.status, answer.reason == "invalid_request") == (status, status != 400)


async def test_a_get_has_no_body(world: World, autojump_clock: MockClock) -> None:
    assert (await world.http("GET", "/healthz", b"x")).status == 413
    assert (await world.http("GET", "/healthz")).status == 200


async def test_log_ins_behind_a_proxy_are_counted_by_client(
    nursery: trio.Nursery, autojump_clock: MockClock
) -> None:
    proxy = "10.0.0.1"
    world = await World.start(nursery, trusted_proxies=(proxy,))
    # Too short a password costs no hash; it is an attempt all the same.
    short = {"name": "mallory", "password": "short"}

    async def status(client: str) -> int:
        told = {"X-Forwarded-For": f"198.51.100.1, {client}"}
        return (await world.http("POST", "/api/signup", short, peer=proxy, headers=told)).status

    assert [await status("192.0.2.1") for _ in range(11)] == [400] * 10 + [429]
    assert await status("192.0.2.2") == 400
