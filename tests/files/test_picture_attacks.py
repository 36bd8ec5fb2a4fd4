"""Pictures that are attacks, or that cannot be read."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import orjson
import pytest
import trio
from PIL import Image

from chatroom.files import picture_process
from chatroom.files.disk import Disk
from chatroom.files.picture_process import UNREADABLE, BadPicture, strip
from chatroom.files.pictures import MadePart, Pictures, command
from chatroom.files.sniffing import DATA

from ..session.node_harness import World
from .conftest import on_disk
from .pictures import SECRET, bomb, exif, large, opened, picture, png, run
from .tus import Sender, links, send_file

BAD: Final[dict[str, tuple[str, Callable[[], bytes]]]] = {
    "bomb": ("image/png", lambda: bomb(60_000, 60_000)),
    "wide": ("image/png", lambda: bomb(1 << 30, 1)),
    "empty": ("image/png", lambda: bomb(0, 0)),
    "truncated jpeg": ("image/jpeg", lambda: picture("JPEG", (400, 400))[:-300]),
    "wrong pixels": ("image/png", lambda: bomb(400, 400).replace(b"IDAT\x78", b"IDAT\x00")),
}
UNREAD: Final[dict[str, tuple[str, Callable[[], bytes]]]] = {
    "truncated jpeg": ("image/jpeg", lambda: picture("JPEG", (400, 400), exif=exif())[:40]),
    "truncated png": ("image/png", lambda: picture("PNG", (400, 400))[:200]),
    "truncated gif": ("image/gif", lambda: picture("GIF", (400, 400))[:50]),
    "truncated webp": ("image/webp", lambda: picture("WEBP", (400, 400))[:60]),
    "polyglot": ("image/gif", lambda: b"GIF89a/*<svg/onload=alert(1)>*/=1;"),
    "script": ("image/jpeg", lambda: b"\xff\xd8\xff\xe0<script>alert(1)</script>"),
    "another kind": ("image/png", lambda: picture("GIF")),
    "postscript": ("image/jpeg", lambda: b"%!PS-Adobe-3.0 EPSF-3.0\n"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_pictures_are_not_read(tmp_path: Path, name: str) -> None:
    kind, content = BAD[name]
    with pytest.raises(BadPicture):
        run(tmp_path, content(), kind)


@pytest.mark.parametrize("name", UNREAD)
def test_what_is_no_picture_has_no_copy(tmp_path: Path, name: str) -> None:
    kind, content = UNREAD[name]
    (tmp_path / "source").write_bytes(content())
    with pytest.raises(ValueError, match=r"ends early|no head|no start|unknown block"):
        strip(tmp_path / "source", tmp_path, kind)


LIMITED: Final = """
import sys
from chatroom.files.picture_process import limit
limit()
{}
"""


@pytest.mark.parametrize(
    ("work", "ends"),
    [
        ("x = bytearray(2 << 30)", "MemoryError"),
        ("open(sys.argv[1], 'wb').write(bytes(129 << 20))", "File too large"),
        ("[open('/dev/null') for _ in range(99)]", "Too many open files"),
    ],
)
def test_the_process_is_limited(tmp_path: Path, work: str, ends: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", LIMITED.format(work), str(tmp_path / "out")],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode != 0
    assert ends in done.stderr


def run_command(tmp_path: Path, content: bytes) -> "subprocess.CompletedProcess[str]":
    (tmp_path / "source").write_bytes(content)
    arguments = ["picture", str(tmp_path / "source"), str(tmp_path), "image/png"]
    return subprocess.run(
        [*command(), *arguments], capture_output=True, text=True, check=False, timeout=60
    )


def test_the_process_tells_that_it_decodes_no_bombs(tmp_path: Path) -> None:
    done = run_command(tmp_path, bomb(60_000, 60_000))
    assert done.returncode == 1
    assert f"more than {picture_process.MAX_PIXELS} pixels" in done.stderr
    [part] = orjson.loads(done.stdout)
    assert (part["name"], part["type"], part["width"]) == ("plain", DATA, None)


def test_the_process_tells_by_its_status_that_there_is_no_picture(tmp_path: Path) -> None:
    done = run_command(tmp_path, picture("PNG", (400, 400))[:200])
    assert (done.returncode, done.stdout) == (UNREADABLE, "")


UNDECODED: Final[dict[str, Callable[[], bytes]]] = {
    "truncated jpeg": lambda: picture("JPEG", (400, 400), exif=exif(), comment=SECRET)[:-300],
    "large jpeg": lambda: large(picture("JPEG", exif=exif(), comment=SECRET)),
    "large png": lambda: large(png(exif=exif())),
    "wrong webp": lambda: picture("WEBP", exif=exif().tobytes()).replace(b"VP8 ", b"VP8L", 1),
}


@pytest.mark.parametrize("name", UNDECODED)
async def test_a_picture_that_is_not_decoded_is_data_without_metadata(
    world: World, alice: Sender, name: str
) -> None:
    content = UNDECODED[name]()
    assert SECRET in content
    async with world.session("alice") as session:
        await session.call("joinRoom", room="general")
        message = await send_file(session, "general", await alice.upload(content, "a.jpg"))
        [shown] = message["attachments"]
        assert shown.keys() == {"id", "name", "type", "size"}
        answer = await alice.get((await links(session, message))["url"])
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["content-disposition"].startswith("attachment;")
    assert SECRET not in answer.body
    assert answer.body[:4] == content[:4]
    assert world.node.pictures.failed == 1


@pytest.mark.parametrize("orientation", [1, 6])
def test_a_large_photo_keeps_its_orientation_alone(tmp_path: Path, orientation: int) -> None:
    (tmp_path / "source").write_bytes(large(picture("JPEG", exif=exif(orientation))))
    strip(tmp_path / "source", tmp_path, "image/jpeg")
    with Image.open(tmp_path / "plain") as image:
        assert image.size == (9_000, 12_000)
        assert dict(image.getexif()) == ({} if orientation == 1 else {0x0112: orientation})


@pytest.mark.parametrize("name", ["truncated png", "polyglot", "script"])
async def test_what_only_claims_to_be_a_picture_is_refused(
    alice: Sender, root: Path, name: str
) -> None:
    content = UNREAD[name][1]()
    created = await alice.create(len(content), "a.png")
    path = created.headers["location"]
    answer = await alice.patch(path, 0, content)
    assert (answer.status, answer.reason) == (400, "invalid_params")
    assert on_disk(root) == {}
    assert (await alice.request("HEAD", path)).status == 404


async def test_a_process_that_is_killed_leaves_the_copy_without_metadata(
    world: World, alice: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_process = trio.run_process

    async def killed(arguments: list[str], **options: Any) -> Any:
        done = await run_process(arguments, **options)
        first, *_ = done.stdout.splitlines(keepends=True)
        return subprocess.CompletedProcess(arguments, -24, first + b'[{"part', b"")

    monkeypatch.setattr(trio, "run_process", killed)
    content = picture("JPEG", (400, 200), exif=exif(6))
    async with world.session("alice") as session:
        await session.call("joinRoom", room="general")
        message = await send_file(session, "general", await alice.upload(content, "a.jpg"))
        answer = await alice.get((await links(session, message))["url"])
    assert message["attachments"][0]["type"] == DATA
    assert SECRET not in answer.body
    assert opened(answer.body).size == (400, 200)


async def test_a_picture_that_finds_no_space_is_not_kept_with_its_metadata(
    alice: Sender, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = picture("JPEG", exif=exif().tobytes())
    free = [1 << 30, 1 << 30, 0]  # announced, received, and not read

    async def free_bytes(_: Disk) -> int:
        return free.pop(0)

    async def fail(*_: object) -> list[MadePart]:
        return []

    monkeypatch.setattr(Disk, "free_bytes", free_bytes)
    monkeypatch.setattr(Pictures, "make", fail)
    answer = await alice.create(len(content), "a.jpg", content)
    assert (answer.status, answer.reason) == (507, "storage_full")
    assert on_disk(root) == {}


@pytest.mark.parametrize("error", [OSError("no process"), trio.TooSlowError()])
async def test_a_picture_is_read_again_if_there_was_no_process_or_no_time(
    world: World, alice: Sender, root: Path, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    """It is not kept with its metadata. The directory of the first process is not used again."""
    content = picture("JPEG", exif=exif().tobytes())
    run_process = trio.run_process
    directories = []

    async def fail_first(arguments: list[str], **options: Any) -> Any:
        directories.append(arguments[-2])
        if len(directories) == 1:
            raise error
        return await run_process(arguments, **options)

    monkeypatch.setattr(trio, "run_process", fail_first)
    answer = await alice.create(len(content), "a.jpg")
    path = answer.headers["location"]
    answer = await alice.patch(path, 0, content)
    assert (answer.status, answer.reason) == (503, "busy")
    assert await alice.offset(path) == len(content)
    assert len(set(directories)) == 2
    [name] = on_disk(root)
    assert SECRET not in (root / name).read_bytes()
