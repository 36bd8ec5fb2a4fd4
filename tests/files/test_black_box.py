"""Files by a real server: resumed after a kill, in the Python client, on a disk that is full."""

import hashlib
import io
import os
from collections.abc import Callable
from pathlib import Path

import pytest
import trio

from chatroom.client import NotFound, connect
from chatroom.config import FILES_DIRECTORY

from ..server.process import Server, reserved_address, running
from ..storage.disks import small_disk
from ..storage.failing_server import FailingServer
from .conftest import partial_in
from .tus import Sender, id_of, links, send_file

CONTENT = bytes(range(256)) * 20_000  # 5 MB


async def until(condition: Callable[[], bool]) -> None:
    """Wait for something that only the disk shows."""
    with trio.fail_after(20):
        while not condition():  # noqa: ASYNC110
            await trio.sleep(0.005)


def sender(server: Server, token: str) -> Sender:
    return Sender(server.http, token)


async def test_an_upload_goes_on_after_a_kill(tmp_path: Path) -> None:
    with running(tmp_path) as server:
        alice = sender(server, await server.sign_up("alice"))
        made = await alice.create(len(CONTENT), "big", CONTENT[:1_000_000])
        path = made.headers["location"]
        # The second part is on its way when the server is killed.
        stream = await trio.open_tcp_stream(*server.address)
        head = (
            f"PATCH {path} HTTP/1.1\r\nHost: x\r\nTus-Resumable: 1.0.0\r\n"
            f"Upload-Offset: 1000000\r\nAuthorization: Bearer {alice.token}\r\n"
            f"Content-Length: {len(CONTENT) - 1_000_000}\r\n"
            "Content-Type: application/offset+octet-stream\r\n\r\n"
        )
        await stream.send_all(head.encode() + CONTENT[1_000_000:3_000_000])
        partial = partial_in(server.data / FILES_DIRECTORY) / id_of(made)
        await until(lambda: partial.stat().st_size > 1_000_000)
        await server.kill()
        await trio.aclose_forcefully(stream)
        server.start()
        alice = sender(server, alice.token)
        offset = await alice.offset(path)
        assert 1_000_000 < offset <= 3_000_000
        assert (await alice.patch(path, offset, CONTENT[offset:])).status == 204
        async with server.session(alice.token) as session:
            await session.call("joinRoom", room="general")
            message = await send_file(session, "general", id_of(made))
            url = (await links(session, message))["url"]
        # Acknowledged files are there after another kill, by the same link.
        await server.kill()
        server.start()
        alice = sender(server, alice.token)
        answer = await alice.get(url)
        assert hashlib.sha256(answer.body).digest() == hashlib.sha256(CONTENT).digest()


async def test_the_client_uploads_across_restarts_and_downloads(tmp_path: Path) -> None:
    source, target = tmp_path / "source.bin", tmp_path / "target.bin"
    source.write_bytes(CONTENT)
    server = Server(tmp_path, "--rate-limits", "off", "--listen", reserved_address())
    with server.running():
        host, port = server.address
        token = await server.sign_up("alice")
        async with connect(f"http://{host}:{port}", token) as chat:
            await chat.join("general")
            ids: list[str] = []

            async def upload() -> None:
                ids.append(await chat.upload(source))

            async with trio.open_nursery() as nursery:
                nursery.start_soon(upload)
                partial = partial_in(server.data / FILES_DIRECTORY)
                await until(lambda: any(partial.glob("*")))
                await server.kill()
                server.start()
            ids.append(await chat.upload(io.BytesIO(b"small"), "small.txt"))
            sent = await chat.send("general", "", attachments=ids)
            message = await chat.get_message("general", sent.seq)
            assert [each.name for each in message.attachments] == ["source.bin", "small.txt"]
            await chat.download("general", sent.seq, ids[0], target)
            assert target.read_bytes() == CONTENT
            small = io.BytesIO()
            await chat.download("general", sent.seq, ids[1], small)
            assert small.getvalue() == b"small"
            with pytest.raises(NotFound):
                await chat.download("general", sent.seq, ids[1], target, part="small")
            found = await chat.get_file("general", sent.seq, ids[1])
            assert found.url.startswith(f"http://{host}:{port}/files/")
        assert not target.with_name("target.bin.part").exists()
        assert await server.command("check") == "ok\n"


async def test_a_full_disk_refuses_files_and_keeps_nothing_of_them(tmp_path: Path) -> None:
    megabyte = 1 << 20
    with (
        small_disk(tmp_path / "data", 80 * 1024) as disk,
        FailingServer(disk.path.parent, inside=disk.inside).running() as server,
    ):
        alice = sender(server, await server.sign_up("alice"))
        made = await alice.create(8 * megabyte, body=bytes(megabyte))
        path = made.headers["location"]
        full = server.data / "filler"
        with full.open("wb") as file:
            while True:
                try:
                    os.write(file.fileno(), bytes(megabyte))
                except OSError:
                    break
        answer = await alice.patch(path, megabyte, bytes(7 * megabyte))
        assert (answer.status, answer.reason) == (507, "storage_full")
        assert (await alice.create(megabyte)).status == 507
        assert not any(partial_in(server.data / FILES_DIRECTORY).iterdir())
        full.unlink()
        assert (await alice.request("HEAD", path)).status in (200, 404)
        await alice.upload(bytes(megabyte))
