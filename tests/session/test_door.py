"""Admission: sessions per account, connections per address, and requests from other sites."""

from typing import Any

import pytest
import trio
import trio.lowlevel
from trio.testing import MockClock, wait_all_tasks_blocked

from ..client import http, websocket
from ..wire.clients import UPGRADE
from .node_harness import World


async def test_sessions_of_one_account_are_limited(
    nursery: trio.Nursery, autojump_clock: MockClock
) -> None:
    world = await World.start(nursery, max_sessions=2)
    async with world.sessions("alice", "alice", "bob"):
        async with world.socket() as third:
            refused = await third.refused("connect", token=await world.token("alice"))
            assert (refused.reason, refused.data["temporary"]) == ("quota_exceeded", False)
            assert await third.wait_closed() == 4504
        assert world.node.registry.count("alice") == 2
    async with world.session("alice") as again:
        await again.call("getInbox")


async def test_sessions_are_not_limited_with_rate_limits_off(
    nursery: trio.Nursery, autojump_clock: MockClock
) -> None:
    world = await World.start(nursery, max_sessions=1, rate_limits="off")
    async with world.sessions("alice", "alice", "alice"):
        assert world.node.registry.count("alice") == 3


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
    # A password that is too short is not hashed, but counts as an attempt.
    short = {"name": "mallory", "password": "short"}

    async def status(client: str) -> int:
        told = {"X-Forwarded-For": f"198.51.100.1, {client}"}
        return (await world.http("POST", "/api/signup", short, peer=proxy, headers=told)).status

    assert [await status("192.0.2.1") for _ in range(11)] == [400] * 10 + [429]
    assert await status("192.0.2.2") == 400


EVIL = {"Origin": "https://evil.example"}
OWN = {"Origin": "http://localhost"}


async def test_pages_of_other_sites_are_refused(world: World, autojump_clock: MockClock) -> None:
    body = {"name": "mallory", "password": "short"}
    answer = await world.http("POST", "/api/signup", body, headers=EVIL)
    assert (answer.status, answer.reason) == (403, "forbidden")
    assert (await world.http("POST", "/api/signup", body, headers=OWN)).status == 400
    assert (await world.http("GET", "/", headers=EVIL)).status == 200
    upgrade = await world.http("GET", "/ws", headers=UPGRADE | EVIL)
    assert (upgrade.status, upgrade.reason) == (403, "forbidden")
    async with world.socket(headers=OWN) as client:
        await client.connect(await world.token("alice"))


async def test_pages_of_other_sites_are_allowed_by_setting(
    nursery: trio.Nursery, autojump_clock: MockClock
) -> None:
    world = await World.start(nursery, allowed_origins=("https://evil.example",))
    async with world.socket(headers=EVIL) as client:
        await client.connect(await world.token("alice"))


async def test_headers_for_browsers(nursery: trio.Nursery, autojump_clock: MockClock) -> None:
    proxy = "10.0.0.1"
    world = await World.start(nursery, trusted_proxies=(proxy,))
    for told, hsts in (("https", "max-age=31536000"), ("http", None)):
        headers = {"X-Forwarded-For": "192.0.2.1", "X-Forwarded-Proto": told}
        answer = await world.http("GET", "/", peer=proxy, headers=headers)
        assert answer.headers["cross-origin-opener-policy"] == "same-origin"
        assert answer.headers["cross-origin-resource-policy"] == "same-origin"
        assert answer.headers.get("strict-transport-security") == hsts


# ---- connections


async def test_idle_handshakes_of_one_address_keep_nobody_out_for_long(
    nursery: trio.Nursery, autojump_clock: MockClock
) -> None:
    world = await World.start(nursery, max_unauthenticated_per_address=3)
    flood = []
    for _ in range(3):  # in this order
        flood.append(world.stream())
        await wait_all_tasks_blocked()
    answer = await world.http("GET", "/healthz")
    assert (answer.status, answer.reason) == (429, "rate_limited")
    assert answer.headers["retry-after"] == "3"
    # Other addresses are admitted, and this one too when the oldest connection has not logged in.
    assert (await world.http("GET", "/healthz", peer="192.0.2.2")).status == 200
    await trio.sleep(3)
    async with world.session("alice") as alice:
        assert await flood[0].receive_some() == b""
        await alice.call("getInbox")
        assert len(world.node.admission.connections) == 3
        assert world.node.admission.connections.unauthenticated == 2


async def test_more_people_than_the_limit_at_one_address(
    nursery: trio.Nursery, autojump_clock: MockClock
) -> None:
    world = await World.start(nursery, max_unauthenticated_per_address=1)
    async with world.sessions("alice", "bob", "carol") as sessions:
        for session in sessions:
            await session.call("getInbox")


async def test_all_places_are_taken(nursery: trio.Nursery, autojump_clock: MockClock) -> None:
    world = await World.start(nursery, max_connections=2, rate_limits="off")
    async with world.sessions("alice", "bob") as (alice, bob):
        answer = await world.http("GET", "/healthz", peer="192.0.2.2")
        assert (answer.status, answer.reason) == (503, "busy")
        assert answer.headers["retry-after"] == "5"
        await alice.cut()
        assert (await world.http("GET", "/healthz", peer="192.0.2.2")).status == 200
        await bob.call("getInbox")


async def test_a_websocket_that_has_not_connected_is_not_idle(
    nursery: trio.Nursery, autojump_clock: MockClock
) -> None:
    world = await World.start(nursery, max_unauthenticated_per_address=1)
    async with world.socket() as client:
        assert (await world.http("GET", "/healthz")).status == 429
        await client.connect(await world.token("alice"))
        assert (await world.http("GET", "/healthz")).status == 200


async def test_clients_behind_a_proxy_are_counted_one_by_one(
    nursery: trio.Nursery, autojump_clock: MockClock
) -> None:
    proxy = "10.0.0.1"
    world = await World.start(nursery, max_unauthenticated_per_address=1, trusted_proxies=(proxy,))

    def via(client: str) -> dict[str, str]:
        return {"X-Forwarded-For": client}

    def stream() -> trio.abc.Stream:
        return world.stream(peer=proxy)

    async with websocket(stream(), headers=via("192.0.2.1")) as one:
        answer = await http(stream(), "GET", "/healthz", headers=via("192.0.2.1"))
        assert answer.status == 429
        assert (await http(stream(), "GET", "/healthz", headers=via("192.0.2.2"))).status == 200
        await one.connect(await world.token("alice"))
        answer = await http(stream(), "GET", "/healthz", headers=via("192.0.2.1"))
        assert answer.status == 200


async def test_a_flood_of_refusals_is_one_line_in_the_log(
    nursery: trio.Nursery, autojump_clock: MockClock, caplog: pytest.LogCaptureFixture
) -> None:
    world = await World.start(nursery, max_unauthenticated_per_address=1)
    stream = world.stream()
    await wait_all_tasks_blocked()
    for _ in range(50):
        assert (await world.http("GET", "/healthz")).status == 429
    await trio.sleep(1)
    assert [record.refused for record in over_limit(caplog)] == [{"of_address": 1}]
    await trio.sleep(61)
    assert [record.refused for record in over_limit(caplog)[1:]] == [{"of_address": 49}]
    await stream.aclose()


def over_limit(caplog: pytest.LogCaptureFixture) -> list[Any]:
    return [record for record in caplog.records if "over a limit" in record.message]


async def test_sessions_are_logged(
    world: World, autojump_clock: MockClock, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    async with world.session("alice") as alice:
        session = alice.connected["sessionId"]
    await trio.sleep(1)
    told: list[Any] = [record for record in caplog.records if "session" in record.message]
    assert [record.message for record in told] == ["session began", "session ended"]
    assert {(r.user, r.session, r.address) for r in told} == {("alice", session, "192.0.2.1")}
    assert told[1].code == 1000
