"""Downloads by links: for whom, in which parts, and as what a browser takes them."""

from pathlib import Path
from typing import Any

import pytest

from chatroom.http.download_routes import disposition, requested_range

from ..client import Client
from ..session.node_harness import World
from .conftest import Hours, on_disk
from .tus import Sender, links, send_file

WORDS = b"one two three"
PASSWORD = "a long one to guess"  # noqa: S105 - of a test


@pytest.fixture
async def shared(world: World, alice: Sender, bob: Sender) -> Any:
    """A message with a file in a private room of alice and bob."""
    async with world.session("alice") as session:
        await session.call("createRoom", room="den", visibility="private")
        await session.call("invite", room="den", user="bob")
        return await send_file(session, "den", await alice.upload(WORDS, "words.txt"))


async def link(world: World, user: str, message: Any) -> str:
    async with world.session(user) as session:
        return str((await links(session, message))["url"])


async def test_a_member_downloads(world: World, bob: Sender, shared: Any) -> None:
    answer = await bob.get(await link(world, "bob", shared))
    assert (answer.status, answer.body) == (200, WORDS)
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert answer.headers["content-disposition"].startswith('attachment; filename="words.txt"')
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-security-policy"].startswith("sandbox; default-src 'none'")
    assert answer.headers["cross-origin-resource-policy"] == "same-origin"
    assert answer.headers["cache-control"] == "private, no-cache"


async def test_a_link_is_for_five_minutes(
    world: World, bob: Sender, shared: Any, hours: Hours
) -> None:
    url = await link(world, "bob", shared)
    hours.now += 5 * 60 * 1000 - 1
    assert (await bob.get(url)).status == 200
    hours.now += 1
    answer = await bob.get(url)
    assert (answer.status, answer.reason) == (403, "forbidden")


async def test_a_link_cannot_be_changed(world: World, bob: Sender, shared: Any) -> None:
    url = await link(world, "bob", shared)
    path, _, query = url.partition("?")
    for other in (
        path,
        f"{path}?{query}0",
        url.replace("login=", "login=0"),
        url.replace("/file?", "/small?"),
        url.replace("until=", "until=9"),
        url.replace("until=", "until=x"),
        f"/files/?{query}",
        f"{url}&x={'y' * 500}",
        url.replace("login=", "log="),
    ):
        assert (await bob.get(other)).status == 403, other
    assert (await bob.http("POST", url)).status == 405


async def test_membership_is_checked_at_each_request(
    world: World, bob: Sender, shared: Any
) -> None:
    url = await link(world, "bob", shared)
    async with world.session("alice") as session:
        await session.call("removeMember", room="den", user="bob")
        answer = await bob.get(url)
        assert (answer.status, answer.reason) == (404, "not_found")
        await session.call("invite", room="den", user="bob")
        assert (await bob.get(url)).status == 200
        await session.call("deleteMessage", room="den", seq=shared["seq"])
        assert (await bob.get(url)).status == 404


@pytest.mark.parametrize("how", ["log out", "revoke", "other password", "disable"])
async def test_a_link_ends_with_the_log_in(
    world: World, alice: Sender, bob: Sender, shared: Any, how: str
) -> None:
    accounts = world.node.accounts
    await accounts.set_password("bob", PASSWORD)
    _, token = await accounts.log_in("bob", PASSWORD)
    identity = await accounts.authenticate(token)
    another = await accounts.create_token(identity)
    async with world.socket() as session:
        await session.connect(token)
        url = (await links(session, shared))["url"]
        renewed = await accounts.renew(identity)
        assert (await bob.get(url)).status == 200
        match how:
            case "log out":
                await accounts.log_out(renewed.token)
            case "revoke":
                other = await accounts.authenticate(another.token)
                await accounts.revoke_token(other, identity.token.id)
            case "other password":
                other = await accounts.authenticate(another.token)
                await accounts.change_password(other, PASSWORD, f"another {PASSWORD}")
            case _:
                await accounts.disable("bob")
        answer = await bob.get(url)
    assert (answer.status, answer.reason) == (403, "forbidden")


async def test_a_deleted_room_has_no_files(world: World, bob: Sender, shared: Any) -> None:
    url = await link(world, "bob", shared)
    async with world.session("alice") as session:
        await session.call("deleteRoom", room="den")
    assert (await bob.get(url)).status == 404


async def test_a_file_that_is_missing_on_disk(
    world: World, bob: Sender, shared: Any, root: Path
) -> None:
    url = await link(world, "bob", shared)
    for name in on_disk(root):
        (root / name).unlink()
    answer = await bob.get(url)
    assert (answer.status, answer.reason) == (404, "not_found")


async def test_an_outsider_learns_nothing(world: World, shared: Any) -> None:
    async with world.session("carol") as carol:
        real = await refusal(carol, shared["attachments"][0]["id"])
        assert real == await refusal(carol, "0" * 32)
        [another] = (await send_to_myself(world, carol))["attachments"]
        assert (await refusal(carol, another["id"])) == real


async def send_to_myself(world: World, carol: Client) -> Any:
    sender = Sender(world.http, await world.token("carol"))
    await carol.call("joinRoom", room="mine")
    return await send_file(carol, "mine", await sender.upload(WORDS))


async def refusal(client: Client, file: str) -> tuple[str, str]:
    failed = await client.refused("getFile", room="den", seq=1, id=file)
    return failed.reason, failed.message


@pytest.mark.parametrize(
    ("asked", "span"),
    [
        ("bytes=0-2", (0, 3)),
        ("bytes=4-", (4, 13)),
        ("bytes=-5", (8, 13)),
        ("bytes=-99", (0, 13)),
        ("bytes=0-99", (0, 13)),
        ("bytes=12-12", (12, 13)),
    ],
)
async def test_ranges(
    world: World, bob: Sender, shared: Any, asked: str, span: tuple[int, int]
) -> None:
    answer = await bob.get(await link(world, "bob", shared), Range=asked)
    start, end = span
    assert (answer.status, answer.body) == (206, WORDS[start:end])
    assert answer.headers["content-range"] == f"bytes {start}-{end - 1}/13"


@pytest.mark.parametrize("asked", ["bytes=13-", "bytes=-0", "bytes=99-100"])
async def test_ranges_after_the_end(world: World, bob: Sender, shared: Any, asked: str) -> None:
    answer = await bob.get(await link(world, "bob", shared), Range=asked)
    assert (answer.status, answer.headers["content-range"]) == (416, "bytes */13")


@pytest.mark.parametrize("asked", ["", "bytes=-", "bytes=2-1", "bytes=0-1,3-4", "lines=1-2"])
def test_other_ranges_are_ignored(asked: str) -> None:
    assert requested_range(asked, 13) is None


async def test_a_browser_asks_whether_its_copy_is_good(
    world: World, bob: Sender, shared: Any
) -> None:
    url = await link(world, "bob", shared)
    etag = (await bob.get(url)).headers["etag"]
    answer = await bob.get(url, **{"If-None-Match": f'"x", {etag}'})
    assert (answer.status, answer.body, answer.headers["etag"]) == (304, b"", etag)
    for same, status in ((etag, 206), ('"x"', 200)):
        answer = await bob.get(url, **{"If-Range": same, "Range": "bytes=1-"})
        assert answer.status == status


@pytest.mark.parametrize(
    "content",
    [
        b"<html><script>alert(1)</script></html>",
        b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
        b"<?xml version='1.0'?><svg xmlns='http://www.w3.org/2000/svg'/>",
        b"\x00<script>alert(1)</script>",
        b"%PDF-1.4\n<script>",
    ],
)
async def test_nothing_active_is_served(world: World, alice: Sender, content: bytes) -> None:
    async with world.session("alice") as session:
        await session.call("joinRoom", room="general")
        message = await send_file(session, "general", await alice.upload(content, "x.html"))
        answer = await alice.get((await links(session, message))["url"])
    kind = answer.headers["content-type"].partition(";")[0]
    assert kind in ("text/plain", "application/octet-stream", "application/pdf")
    assert answer.headers["content-disposition"].startswith("attachment;")
    assert answer.headers["content-security-policy"].startswith("sandbox;")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.body == content


def test_names_in_headers() -> None:
    assert disposition('ä"\\;.png', "image/png") == (
        "inline; filename=\"____.png\"; filename*=UTF-8''%C3%A4%22%5C%3B.png"
    )
