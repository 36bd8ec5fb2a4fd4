"""The page's cookie over time, and behind a proxy that speaks TLS."""

from http.cookies import Morsel
from typing import Any

import pytest
import trio
from trio.testing import MockClock

from chatroom.clock import DAY_MS

from ..browser import Browser
from ..push.devices import Device
from .node_harness import World
from .test_account_api import Wall

PROXY = "192.0.2.1"


@pytest.fixture
def wall() -> Wall:
    return Wall()


@pytest.fixture
async def world(nursery: trio.Nursery, wall: Wall, settings_of_the_node: dict[str, Any]) -> World:
    return await World.start(nursery, clock=wall, token_days=10, **settings_of_the_node)


async def logged_in(world: World, name: str, prefix: str = "") -> Browser:
    morsel: Morsel[str] = Morsel()
    token = await world.token(name)
    morsel.set("token", token, token)
    return Browser({f"{prefix}chatroom-{world.store.data_set}": morsel})


async def test_cookie_lives_and_is_renewed_with_the_token(
    world: World, wall: Wall, autojump_clock: MockClock
) -> None:
    browser = await logged_in(world, "alice")
    async with world.socket(**browser.upgrade()) as client:
        await client.connect()
        await wall.skip(9)
        await client.event("tokenExpiring")
        answer = await browser.request(world.http, "POST", "/api/renew")
        assert answer.json["expiresAt"] == wall() + 10 * DAY_MS
        [(_, cookie)] = browser.jar.items()
        assert int(cookie["max-age"]) == 10 * 86_400
        await wall.skip(9)
        assert client.closed_code is None
        await wall.skip(1, seconds=1)
        assert await client.wait_closed() == 4500
    async with world.socket(**browser.upgrade()) as client:
        assert (await client.refused("connect")).reason == "unauthenticated"
        assert await client.wait_closed() == 4500
    answer = await browser.request(world.http, "GET", "/api/tokens")
    assert (answer.status, answer.reason) == (401, "unauthenticated")


async def test_revoked_token_ends_the_sessions_of_the_cookie(
    world: World, autojump_clock: MockClock
) -> None:
    browser, other = await logged_in(world, "alice"), await logged_in(world, "alice")
    answer = await browser.request(world.http, "GET", "/api/tokens")
    [lost] = [token["id"] for token in answer.json["tokens"] if not token["current"]]
    async with world.socket(**other.upgrade()) as client:
        await client.connect()
        answer = await browser.request(world.http, "POST", "/api/tokens/revoke", {"id": lost})
        assert answer.status == 204
        assert await client.wait_closed() == 4501


@pytest.mark.config(trusted_proxies=(PROXY,))
async def test_cookie_is_secure_behind_a_proxy_that_speaks_tls(world: World) -> None:
    tls = {"X_Forwarded_For": "198.51.100.1", "X_Forwarded_Proto": "https"}
    origin = "https://localhost"
    browser = await logged_in(world, "alice", "__Host-")
    answer = await browser.request(world.http, "POST", "/api/renew", None, origin, **tls)
    assert answer.status == 200
    [(name, cookie)] = browser.jar.items()
    assert name.startswith("__Host-chatroom-")
    assert cookie["secure"]
    # A cookie without the prefix may come from another host below or above this one.
    plain = Browser({name.removeprefix("__Host-"): cookie})
    answer = await plain.request(world.http, "GET", "/api/tokens", **tls)
    assert (answer.status, answer.reason) == (401, "unauthenticated")
    # The page of the same name without TLS is another one.
    answer = await browser.request(
        world.http, "POST", "/api/renew", None, "http://localhost", **tls
    )
    assert (answer.status, answer.reason) == (403, "forbidden")


async def test_endpoint_of_a_page_with_a_cookie(
    world: World, wall: Wall, autojump_clock: MockClock
) -> None:
    """It is added over a WebSocket alone, as a service worker can, and outlasts a renewal."""
    browser, device = await logged_in(world, "alice"), Device("https://push.example/page")
    async with world.socket(**browser.upgrade()) as worker:
        await worker.connect()
        assert (await worker.call("getPushKey"))["key"]
        await worker.call("addPushEndpoint", **device.params)
    assert (await browser.request(world.http, "POST", "/api/renew")).status == 200
    await wall.skip(1)  # the token before is not valid any more
    async with world.socket(**browser.upgrade()) as page:
        await page.connect()
        [endpoint] = (await page.call("listPushEndpoints"))["endpoints"]
        assert (endpoint["endpoint"], endpoint["current"]) == (device.params["endpoint"], True)
    await browser.request(world.http, "POST", "/api/logout")
    again = await logged_in(world, "alice")
    async with world.socket(**again.upgrade()) as page:
        await page.connect()
        assert (await page.call("listPushEndpoints"))["endpoints"] == []
