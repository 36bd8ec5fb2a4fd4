"""Uploads by tus 1.0: announced, sent in parts, resumed, refused."""

import hashlib
from pathlib import Path

import pytest
import trio

from chatroom.clock import boot_id
from chatroom.errors import Refused, StorageFull
from chatroom.files.disk import BLOCK_BYTES, Disk
from chatroom.files.uploads import WrongOffset
from chatroom.limit_settings import Rate, Rates

from ..client import Answer
from ..session.node_harness import World
from .conftest import on_disk, partial_in
from .tus import Sender, id_of, metadata, send_file

HELLO = b"hello, world\n"
NAME = f"blobs/{hashlib.sha256(HELLO).hexdigest()[:2]}/{hashlib.sha256(HELLO).hexdigest()}"


# ---- the good way


async def test_what_is_supported(alice: Sender) -> None:
    for path in ("/api/uploads", "/api/uploads/x"):
        answer = await alice.http("OPTIONS", path)
        assert answer.status == 204
        assert answer.headers["tus-version"] == "1.0.0"
        assert answer.headers["tus-extension"] == "creation,creation-with-upload,termination"
        assert answer.headers["tus-max-size"] == str(25 << 20)


async def test_in_parts(world: World, alice: Sender, root: Path) -> None:
    made = await alice.create(len(HELLO), "notes.txt")
    assert (made.status, made.headers["tus-resumable"]) == (201, "1.0.0")
    path = made.headers["location"]
    assert await alice.offset(path) == 0
    for start, end in ((0, 5), (5, 5), (5, 13)):
        answer = await alice.patch(path, start, HELLO[start:end])
        assert (answer.status, answer.headers["upload-offset"]) == (204, str(end))
        assert await alice.offset(path) == end
    assert on_disk(root) == {NAME: len(HELLO)}
    assert (root / NAME).read_bytes() == HELLO
    async with world.session("alice") as session:
        await session.call("joinRoom", room="general")
        message = await send_file(session, "general", id_of(made))
    assert message["attachments"] == [
        {"id": id_of(made), "name": "notes.txt", "type": "text/plain", "size": len(HELLO)}
    ]
    assert message["text"] == ""


async def test_at_once(alice: Sender, root: Path) -> None:
    await alice.upload(HELLO)
    await alice.upload(HELLO, "the same file")
    assert on_disk(root) == {NAME: len(HELLO)}


async def test_an_empty_file(alice: Sender, root: Path) -> None:
    made = await alice.create(0)
    assert (made.status, made.headers["upload-offset"]) == (201, "0")
    assert list(on_disk(root).values()) == [0]


async def test_a_large_file_is_written_in_blocks(
    alice: Sender, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    blocks = []
    append = Disk.append

    async def count(self: Disk, upload: str, offset: int, data: bytes) -> None:
        blocks.append(len(data))
        await append(self, upload, offset, data)

    monkeypatch.setattr(Disk, "append", count)
    content = bytes(range(256)) * 4096
    await alice.upload(content)
    assert sum(blocks) == len(content)
    assert max(blocks) < 2 * BLOCK_BYTES
    [name] = on_disk(root)
    assert (root / name).read_bytes() == content


async def test_a_removed_upload_is_gone(alice: Sender, root: Path) -> None:
    path = (await alice.create(len(HELLO), body=HELLO[:5])).headers["location"]
    assert (await alice.request("DELETE", path)).status == 204
    assert (await alice.request("HEAD", path)).status == 404
    assert (await alice.request("DELETE", path)).status == 404
    assert on_disk(root) == {}


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("a.txt", "a.txt"),
        ("../../etc/passwd", "passwd"),
        ("C:\\x\\y.doc", "y.doc"),
        ("a\r\nSet-Cookie: x", "aSet-Cookie: x"),
        ("exe.\u202etxt", "exe.txt"),
        ("", "file"),
        (" . ", "file"),
        ("é" * 300, "é" * 200),
        (None, "file"),
    ],
)
async def test_names(world: World, alice: Sender, sent: str | None, kept: str) -> None:
    made = await alice.create(0, sent)
    found = await world.store.upload(id_of(made))
    assert found is not None
    assert found.name == kept


# ---- refusals


async def refused(answer: Answer) -> tuple[int, str]:
    assert answer.headers["tus-resumable"] == "1.0.0"
    return answer.status, answer.reason


async def test_refusals(alice: Sender, bob: Sender, root: Path) -> None:
    path = (await alice.create(5, body=b"he")).headers["location"]
    nobody = Sender(alice.http, "nobody's")
    create, there = alice.request, f"{path[:-1]}x"
    offset = {"Upload_Offset": 2}
    for answer, status, reason in (
        (await create("POST"), 400, "invalid_request"),
        (await create("POST", Upload_Length="-1"), 400, "invalid_request"),
        (await create("POST", Upload_Length=1 << 60), 400, "invalid_request"),
        (await create("POST", Upload_Length=(25 << 20) + 1), 413, "invalid_params"),
        (
            await create("POST", Upload_Length=1, Upload_Metadata="filename ?"),
            *(400, "invalid_request"),
        ),
        (
            await create("POST", Upload_Length=1, Upload_Metadata=metadata("x" * 5000)),
            *(400, "invalid_request"),
        ),
        (
            await create("POST", body=b"x", Upload_Length=1, Content_Type="text/plain"),
            *(415, "invalid_request"),
        ),
        (await create("POST", Upload_Length=1, Tus_Resumable="0.2.2"), 412, "invalid_request"),
        (await create("PUT", Upload_Length=1), 405, "invalid_request"),
        (await create("PUT", path), 405, "invalid_request"),
        (await nobody.create(5), 401, "unauthenticated"),
        (await alice.patch(path, 0, b"hello"), 409, "conflict"),
        (await alice.patch(path, 3, b"lo"), 409, "conflict"),
        (await alice.patch(path, 2, b"llo!"), 413, "invalid_params"),
        (await create("PATCH", path, b"l", Content_Type="a/b", **offset), 415, "invalid_request"),
        (await create("PATCH", path, b"l"), 400, "invalid_request"),
        (await alice.patch(there, 0, b"x"), 404, "not_found"),
        (await alice.patch(f"{path[:-32]}{'0' * 32}", 0, b"x"), 404, "not_found"),
        # Somebody else's upload is as one that does not exist.
        (await bob.patch(path, 2, b"llo"), 404, "not_found"),
        (await bob.request("DELETE", path), 404, "not_found"),
        (await nobody.patch(path, 2, b"llo"), 401, "unauthenticated"),
    ):
        assert await refused(answer) == (status, reason)
    assert await alice.offset(path) == 2
    assert on_disk(root) == {f"partial/{boot_id()}/{path[-32:]}": 2}


async def test_a_body_of_unknown_length_is_cut_at_the_announced_one(
    world: World, alice: Sender
) -> None:
    path = (await alice.create(5)).headers["location"]
    chunked = b"6\r\nhello!\r\n0\r\n\r\n"
    stream = world.stream()
    head = (
        f"PATCH {path} HTTP/1.1\r\nHost: x\r\nTus-Resumable: 1.0.0\r\nUpload-Offset: 0\r\n"
        f"Authorization: Bearer {alice.token}\r\nTransfer-Encoding: chunked\r\n"
        "Content-Type: application/offset+octet-stream\r\n\r\n"
    )
    await stream.send_all(head.encode() + chunked)
    assert b" 413 " in await stream.receive_some(65536)
    await trio.aclose_forcefully(stream)
    assert await alice.offset(path) == 0


# One more in a minute, so that a slow machine does not give another.
@pytest.mark.config(rate_limits="on", rates=Rates(uploads=Rate(burst=3, per_minute=1)))
async def test_requests_are_limited(alice: Sender, bob: Sender) -> None:
    statuses = [(await alice.create(1)).status for _ in range(4)]
    assert statuses == [201] * 3 + [429]
    assert (await bob.create(1)).status == 201


# ---- interruptions


class Line:
    """A connection on which a client sends a part of an upload."""

    def __init__(self, stream: trio.abc.Stream) -> None:
        self.stream = stream

    async def begin(self, sender: Sender, path: str, offset: int, length: int) -> None:
        head = (
            f"PATCH {path} HTTP/1.1\r\nHost: x\r\nTus-Resumable: 1.0.0\r\n"
            f"Upload-Offset: {offset}\r\nAuthorization: Bearer {sender.token}\r\n"
            f"Content-Length: {length}\r\nContent-Type: application/offset+octet-stream\r\n\r\n"
        )
        await self.stream.send_all(head.encode())


async def test_what_has_arrived_is_kept_when_the_connection_is_lost(
    world: World, alice: Sender
) -> None:
    path = (await alice.create(13)).headers["location"]
    line = Line(world.stream(lockstep=True))
    await line.begin(alice, path, 0, 13)
    await line.stream.send_all(HELLO[:7])
    await trio.aclose_forcefully(line.stream)
    offset = await alice.offset(path)
    assert offset in (0, 7)  # 0: the server has not read it yet
    assert (await alice.patch(path, offset, HELLO[offset:])).status == 204


async def test_a_later_request_ends_an_earlier_one(world: World, alice: Sender) -> None:
    """The earlier one's connection may be lost without the server having noticed."""
    path = (await alice.create(13)).headers["location"]
    line = Line(world.stream(lockstep=True))
    await line.begin(alice, path, 0, 13)
    await line.stream.send_all(HELLO[:7])
    with trio.fail_after(5):
        while (offset := await alice.offset(path)) == 0:
            await trio.lowlevel.checkpoint()
    assert offset == 7
    assert b" 409 " in await line.stream.receive_some(65536)
    await trio.aclose_forcefully(line.stream)
    assert (await alice.patch(path, 7, HELLO[7:])).status == 204


async def test_an_upload_that_was_not_completed_is_completed_when_it_is_asked_for(
    world: World, alice: Sender, root: Path
) -> None:
    """A kill after the last byte."""
    path = (await alice.create(len(HELLO), body=HELLO[:5])).headers["location"]
    (partial_in(root) / path[-32:]).write_bytes(HELLO)
    assert await alice.offset(path) == len(HELLO)
    found = await world.store.upload(path[-32:])
    assert found is not None
    assert found.complete


async def test_a_request_that_waited_for_an_earlier_one_sees_that_it_is_complete(
    world: World, alice: Sender, root: Path
) -> None:
    """A client asks again while its last bytes are still being handled."""
    path = (await alice.create(len(HELLO), body=HELLO[:5])).headers["location"]
    uploads = world.node.uploads
    asked = await uploads.find("alice", path[-32:])
    assert (await alice.patch(path, 5, HELLO[5:])).status == 204
    assert await uploads.offset(asked) == len(HELLO)
    with pytest.raises(WrongOffset) as wrong:
        await uploads.append(asked, 0, None)
    assert wrong.value.offset == len(HELLO)
    assert await uploads.append(asked, len(HELLO), None) == len(HELLO)
    async with world.session("alice") as session:
        await session.call("joinRoom", room="general")
        await send_file(session, "general", path[-32:])
    with pytest.raises(Refused, match="no such upload"):
        await uploads.offset(asked)
    assert on_disk(root) == {NAME: len(HELLO)}


# ---- no space


async def test_a_full_disk_keeps_nothing(
    alice: Sender, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = (await alice.create(len(HELLO), body=HELLO[:5])).headers["location"]

    async def full(*_: object) -> None:
        raise StorageFull("no space is left for files")

    monkeypatch.setattr(Disk, "append", full)
    assert await refused(await alice.patch(path, 5, HELLO[5:])) == (507, "storage_full")
    assert (await alice.request("HEAD", path)).status == 404
    assert on_disk(root) == {}


async def test_uploads_leave_space_to_the_database(
    alice: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def few(_: Disk) -> int:
        return 64 << 20

    monkeypatch.setattr(Disk, "free_bytes", few)
    assert await refused(await alice.create(1)) == (507, "storage_full")


async def test_uploads_that_were_announced_before_leave_space_to_the_database(
    alice: Sender, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = (await alice.create(len(HELLO), body=HELLO[:5])).headers["location"]

    async def few(_: Disk) -> int:
        return (64 << 20) - 1

    monkeypatch.setattr(Disk, "free_bytes", few)
    assert await refused(await alice.patch(path, 5, HELLO[5:])) == (507, "storage_full")
    assert on_disk(root) == {}


@pytest.mark.config(max_file_bytes=10, max_files_bytes=10_000)
async def test_limits_of_the_server(alice: Sender) -> None:
    assert (await alice.create(11)).status == 413
    assert [(await alice.create(10)).status for _ in range(3)] == [201, 201, 507]
