"""A server below a path of its address, behind a proxy that leaves the path there or strips it."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from ..browser import Browser
from ..files.tus import Sender
from .process import PASSWORD, Server, reserved_address, running

PREFIX = "/chat"
BOTH = pytest.mark.parametrize("prefix", [PREFIX, ""])


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    directory: Path = tmp_path_factory.mktemp("prefix")
    address = reserved_address()
    url = f"http://{address}{PREFIX}/"
    with running(
        directory, "--listen", address, "--public-url", url, "--rate-limits", "off"
    ) as server:
        yield server


@BOTH
async def test_all_addresses_of_the_page_are_below_the_path(server: Server, prefix: str) -> None:
    for page in ("/", "/login", "/r/general"):
        answer = await server.http("GET", prefix + page)
        addresses = re.findall(r'(?:href|src)="([^"]+)"', answer.body.decode())
        assert len(addresses) > 10
        assert all(address.startswith(f"{PREFIX}/") for address in addresses)
    for address in addresses:
        assert (await server.http("GET", address)).status == 200
    manifest = (await server.http("GET", f"{prefix}/manifest.webmanifest")).json
    assert (manifest["start_url"], manifest["scope"]) == ("./", "./")
    assert all(icon["src"].startswith(f"{PREFIX}/assets/") for icon in manifest["icons"])
    worker = (await server.http("GET", f"{prefix}/sw.js")).body.decode()
    [files] = re.findall(r"const FILES = '([^']+)'", worker)
    listed = (await server.http("GET", f"{files}files.json")).json
    assert listed
    assert all(address.startswith(files) for address in listed)
    docs = (await server.http("GET", f"{prefix}/docs/operating")).body.decode()
    for address in re.findall(r'href="(/[^"#]*)', docs):
        assert address.startswith(f"{PREFIX}/docs")
        assert (await server.http("GET", address)).status == 200


async def test_the_path_itself_leads_to_the_page(server: Server) -> None:
    answer = await server.http("GET", PREFIX)
    assert (answer.status, answer.headers["location"]) == (308, "/chat/")
    assert (await server.http("GET", "/chatter/")).status == 404


@BOTH
async def test_accounts_sockets_and_files_are_below_the_path(server: Server, prefix: str) -> None:
    name = "alice" if prefix else "bob"
    browser = Browser()
    body = {"name": name, "password": PASSWORD}
    answer = await browser.request(server.http, "POST", f"{prefix}/api/signup", body)
    assert answer.status == 201
    [morsel] = browser.jar.values()
    assert morsel["path"] == "/chat/"
    login = await server.http("POST", f"{prefix}/api/login", body)
    token = login.json["token"]
    headers = {"Tus-Resumable": "1.0.0", "Upload-Length": "5"}
    made = await server.http("POST", f"{prefix}/api/uploads", token=token, headers={**headers})
    assert made.headers["location"].startswith("/chat/api/uploads/")
    assert await Sender(server.http, token).upload(b"hello", "hello.txt")


async def test_links_are_below_the_path(server: Server) -> None:
    made = await server.command("admin", "invitation", "add", "--max-uses", "1")
    host, port = server.address
    for link in (made, server.said[server.said.index("once: ") + 6 :]):
        assert link.startswith(f"http://{host}:{port}/chat/?invitation=")
