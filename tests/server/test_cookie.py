"""The page's cookie on the real server: log-in, restart, other pages, two servers on one host."""

from pathlib import Path

import pytest

from ..browser import ORIGIN, Browser
from ..client import Client
from ..files.tus import OFFSET
from .process import PASSWORD, Server, running
from .shared_server import Site


async def signed_up(server: Server, name: str, browser: Browser | None = None) -> Browser:
    browser = browser or Browser()
    body = {"name": name, "password": PASSWORD}
    answer = await browser.request(server.http, "POST", "/api/signup", body)
    assert (answer.status, answer.json) == (201, {"user": {"name": name, "displayName": name}})
    return browser


async def who(server: Server, browser: Browser, **options: str) -> str:
    """Return who the browser is for the server, on a new WebSocket."""
    async with server.socket(**browser.upgrade(**options)) as client:
        return str((await client.connect())["user"]["name"])


async def is_nobody(client: Client) -> None:
    assert (await client.refused("connect")).reason == "unauthenticated"
    assert await client.wait_closed() == 4500


async def test_log_in_sets_a_cookie_that_no_script_reads_and_log_out_removes_it(
    site: Site,
) -> None:
    server, name = site.server, site.name("alice")
    browser = await signed_up(server, name)
    [(cookie, morsel)] = browser.jar.items()
    assert cookie.startswith("chatroom-")
    assert (morsel["path"], morsel["samesite"], morsel["domain"]) == ("/", "Strict", "")
    assert morsel["httponly"]
    assert not morsel["secure"]
    assert 90 * 86_400 - 60 < int(morsel["max-age"]) <= 90 * 86_400
    assert await who(server, browser) == name

    async with server.socket(**browser.upgrade()) as client:
        await client.connect()
        answer = await browser.request(server.http, "POST", "/api/logout")
        assert (answer.status, answer.headers["set-cookie"].split("; ")[1]) == (204, "Max-Age=0")
        assert await client.wait_closed() == 4501
    assert not browser.jar
    stolen = Browser({cookie: morsel})
    async with server.socket(**stolen.upgrade()) as client:
        await is_nobody(client)
    # Once more, with a token that is not valid any more: the cookie goes as well.
    assert (await stolen.request(server.http, "POST", "/api/logout")).status == 204
    assert not stolen.jar

    body = {"name": name, "password": PASSWORD}
    answer = await browser.request(server.http, "POST", "/api/login", body)
    assert (answer.status, list(answer.json)) == (200, ["user"])
    assert await who(server, browser) == name


async def test_page_stays_logged_in_over_restarts(server: Server) -> None:
    browser = await signed_up(server, "alice")
    for how in (server.stop, server.kill):
        await how()
        server.start()
        assert await who(server, browser) == "alice"


async def test_servers_on_one_host_do_not_disturb_each_other(
    server: Server, tmp_path: Path
) -> None:
    browser = await signed_up(server, "alice")
    (tmp_path / "second").mkdir()
    with running(tmp_path / "second") as second:
        async with second.socket(**browser.upgrade()) as client:
            await is_nobody(client)
        await signed_up(second, "bob", browser)
        assert len(browser.jar) == 2
        assert (await who(server, browser), await who(second, browser)) == ("alice", "bob")
        await browser.request(second.http, "POST", "/api/logout")
        assert await who(server, browser) == "alice"


@pytest.mark.parametrize("origin", ["http://localhost:9000", "http://evil.example", "null"])
async def test_other_pages_cannot_use_the_cookie(site: Site, origin: str) -> None:
    """A page on another port of the host is of the same site, so ``SameSite`` lets it pass."""
    server, browser = site.server, await signed_up(site.server, site.name("alice"))
    for path in ("/api/logout", "/api/renew", "/api/uploads", "/api/login"):
        answer = await browser.request(server.http, "POST", path, {}, origin)
        assert (answer.status, answer.reason) == (403, "forbidden"), path
    for headers in ({"Origin": origin}, {"Sec-Fetch-Site": "same-site"}):
        answer = await browser.request(server.http, "GET", "/api/tokens", **headers)
        assert (answer.status, answer.reason) == (403, "forbidden")
    upgrade = {"Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "13"}
    key = {"Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ=="}
    refused = {**upgrade, **key, **browser.upgrade(origin)["headers"]}
    assert (await server.http("GET", "/ws", headers=refused)).status == 403
    assert await who(server, browser) == site.name("alice")


async def test_cookie_does_not_count_without_origin_or_header(site: Site) -> None:
    server, browser = site.server, await signed_up(site.server, site.name("alice"))
    async with server.socket(**browser.upgrade(None)) as client:
        await is_nobody(client)
    answer = await browser.request(server.http, "POST", "/api/logout", origin=None)
    assert (answer.status, answer.reason) == (403, "forbidden")
    # A form or a script of another origin can make a browser send these, but not the header.
    for method, path in (("POST", "/api/logout"), ("POST", "/api/renew"), ("GET", "/api/tokens")):
        headers = {**browser.cookie, "Origin": ORIGIN}
        answer = await server.http(method, path, headers=headers)
        assert (answer.status, answer.reason) == (401, "unauthenticated"), path
    assert (await browser.request(server.http, "GET", "/api/tokens")).status == 200
    assert await who(server, browser) == site.name("alice")


async def test_origin_that_is_allowed_by_name_may_use_the_cookie(tmp_path: Path) -> None:
    allowed = ("--allowed-origins", "*,http://localhost:3000")
    with running(tmp_path, *allowed) as server:
        browser = await signed_up(server, "alice")
        assert await who(server, browser, origin="http://localhost:3000") == "alice"
        # `*` allows all pages to connect, but not with the cookie.
        async with server.socket(**browser.upgrade("http://localhost:9000")) as client:
            await is_nobody(client)


async def test_bearer_token_has_precedence(site: Site) -> None:
    server, alice = site.server, await signed_up(site.server, site.name("alice"))
    bob = await site.token("bob")
    bearer = {"Authorization": f"Bearer {bob}"}
    assert await who(server, alice, **bearer) == site.name("bob")
    async with server.socket(**alice.upgrade()) as client:
        assert (await client.connect(bob))["user"]["name"] == site.name("bob")
    answer = await alice.request(server.http, "POST", "/api/renew", **bearer)
    assert "set-cookie" not in answer.headers
    renewed = {"Authorization": f"Bearer {answer.json['token']}"}
    assert (await alice.request(server.http, "POST", "/api/logout", **renewed)).status == 204
    assert await who(server, alice) == site.name("alice")
    answer = await alice.request(server.http, "POST", "/api/logout", **bearer)
    assert (answer.status, answer.reason) == (401, "unauthenticated")


async def test_scripts_of_the_page_get_no_token(site: Site) -> None:
    server, browser = site.server, await signed_up(site.server, site.name("alice"))
    answer = await browser.request(server.http, "POST", "/api/tokens", {})
    assert (answer.status, answer.reason) == (403, "forbidden")
    [(_, first)] = browser.jar.items()
    for path, body in (
        ("/api/renew", {}),
        ("/api/password", {"old": PASSWORD, "new": "battery staple"}),
    ):
        answer = await browser.request(server.http, "POST", path, body)
        assert (answer.status, set(answer.json)) == (200, {"id", "label", "expiresAt"})
        [(_, second)] = browser.jar.items()
        assert first.value != second.value
        assert await who(server, browser) == site.name("alice")


async def test_uploads_with_the_cookie(site: Site) -> None:
    server, browser = site.server, await signed_up(site.server, site.name("alice"))
    tus = {"Tus_Resumable": "1.0.0"}
    about = {**tus, "Upload_Length": "5", "Content_Type": "text/plain"}
    answer = await browser.request(server.http, "POST", "/api/uploads", b"", **about)
    assert answer.status == 201
    path = answer.headers["location"]
    offset = {"Upload_Offset": "0", "Content_Type": OFFSET["Content-Type"]}
    answer = await browser.request(server.http, "PATCH", path, b"hello", **tus, **offset)
    assert (answer.status, answer.headers["upload-offset"]) == (204, "5")
    answer = await browser.request(server.http, "GET", path, **tus)
    assert answer.headers["upload-offset"] == "5"


async def test_log_out_everywhere_ends_all_sessions(site: Site) -> None:
    server, name = site.server, site.name("alice")
    here = await signed_up(server, name)
    there = Browser()
    body = {"name": name, "password": PASSWORD}
    await there.request(server.http, "POST", "/api/login", body)
    token = (await server.http("POST", "/api/login", body)).json["token"]
    async with (
        server.socket(**here.upgrade()) as one,
        server.socket(**there.upgrade()) as two,
        server.session(token) as three,
    ):
        await one.connect()
        await two.connect()
        answer = await here.request(server.http, "POST", "/api/logout", {"everywhere": True})
        assert answer.status == 204
        for client in (one, two, three):
            assert await client.wait_closed() == 4501
    for browser in (here, there):
        async with server.socket(**browser.upgrade()) as client:
            await is_nobody(client)
    assert (await server.http("GET", "/api/tokens", token=token)).status == 401
