"""Admission: sessions per account, connections per address, and requests from other sites."""

from typing import Any

import pytest
import trio
from trio.testing import MockClock, wait_all_tasks_blocked

from ..client import websocket
from ..wire.clients import UPGRADE
from .node_harness import World


@pytest.mark.parametrize("rate_limits", ["on", "off"])
async def test_sessions_of_one_account_are_limited(
    nursery: trio.Nursery, autojump_clock: MockClock, rate_limits: str
) -> None:
    world = await World.start(nursery, max_sessions=2, rate_limits=rate_limits)
    token = await world.token("alice")
    async with world.sessions("alice", "alice", "bob"), world.socket() as third:
        if rate_limits == "off":
            await third.connect(token)
            return
        refused = await third.refused("connect", token=token)
        assert (refused.reason, refused.data["temporary"]) == ("quota_exceeded", False)
        assert await third.wait_closed() == 4504
        assert world.node.registry.count("alice") == 2
    async with world.session("alice") as again:
        await again.call("getInbox")


async def test_bodies_are_limited_in_size_and_type(world: World, autojump_clock: MockClock) -> None:
    for request_line, body, content_type, status in (
        ("POST /api/login", b"{}", "text/plain", 415),
        ("POST /api/login", b"{}", "application/x-www-form-urlencoded", 415),
        ("POST /api/logout", b"", "text/plain", 415),
        ("POST /api/login", b"{}", "Application/JSON; charset=utf-8", 400),
        ("POST /api/login", b" " * 4096, "application/json", 400),
        ("POST /api/login", b" " * 4097, "application/json", 413),
        ("POST /healthz", b"x", "application/json", 413),
        ("GET /healthz", b"x", "application/json", 413),
    ):
        method, path = request_line.split()
        answer = await world.http(method, path, body, headers={"Content-Type": content_type})
        assert (answer.status, answer.reason == "invalid_request") == (status, status != 400)


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
    allowing = await World.start(world.nursery, allowed_origins=("https://evil.example",))
    assert (await allowing.http("GET", "/ws", headers=UPGRADE | EVIL)).status == 101


@pytest.mark.config(trusted_proxies=("10.0.0.1",))
async def test_headers_for_browsers(world: World, autojump_clock: MockClock) -> None:
    proxy = "10.0.0.1"
    for scheme, hsts in (("https", "max-age=31536000"), ("http", None)):
        headers = {"X-Forwarded-For": "192.0.2.1", "X-Forwarded-Proto": scheme}
        answer = await world.http("GET", "/", peer=proxy, headers=headers)
        assert answer.headers.get("strict-transport-security") == hsts


@pytest.mark.config(max_unauthenticated_per_address=3)
async def test_idle_connections_make_room(world: World, autojump_clock: MockClock) -> None:
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


@pytest.mark.config(max_connections=2, rate_limits="off")
async def test_connections_in_all_are_limited(world: World, autojump_clock: MockClock) -> None:
    async with world.sessions("alice", "bob") as (alice, bob):
        answer = await world.http("GET", "/healthz", peer="192.0.2.2")
        assert (answer.status, answer.reason) == (503, "busy")
        assert answer.headers["retry-after"] == "5"
        await alice.cut()
        assert (await world.http("GET", "/healthz", peer="192.0.2.2")).status == 200
        await bob.call("getInbox")


@pytest.mark.config(max_unauthenticated_per_address=1, trusted_proxies=("10.0.0.1",))
async def test_clients_behind_a_proxy_count_apart(world: World, autojump_clock: MockClock) -> None:
    proxy = "10.0.0.1"

    async def status(client: str) -> int:
        headers = {"X-Forwarded-For": client}
        return (await world.http("GET", "/healthz", peer=proxy, headers=headers)).status

    # A connection that was upgraded is not idle, so it makes no room before it has connected.
    headers = {"X-Forwarded-For": "192.0.2.1"}
    async with websocket(world.stream(peer=proxy), headers=headers) as one:
        assert [await status("192.0.2.1"), await status("192.0.2.2")] == [429, 200]
        await one.connect(await world.token("alice"))
        assert await status("192.0.2.1") == 200


@pytest.mark.config(max_unauthenticated_per_address=1)
async def test_many_refusals_are_one_line_in_the_log(
    world: World, autojump_clock: MockClock, caplog: pytest.LogCaptureFixture
) -> None:
    stream = world.stream()
    await wait_all_tasks_blocked()

    def counts() -> list[Any]:
        return [vars(r)["refused"] for r in caplog.records if "over a limit" in r.message]

    for _ in range(50):
        assert (await world.http("GET", "/healthz")).status == 429
    await trio.sleep(1)
    assert counts() == [{"of_address": 1}]
    await trio.sleep(61)
    assert counts()[1:] == [{"of_address": 49}]
    await stream.aclose()
