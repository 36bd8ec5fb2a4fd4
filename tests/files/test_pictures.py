"""Pictures: what is served of them, without metadata and upright, and pictures that are attacks."""

import io
import struct
import subprocess
import sys
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import orjson
import pytest
import trio
from PIL import Image, PngImagePlugin

from chatroom.files import picture_process
from chatroom.files.disk import Disk
from chatroom.files.metadata import stripped
from chatroom.files.picture_process import UNREADABLE, BadPicture, make, strip
from chatroom.files.pictures import MadePart, Pictures, command
from chatroom.files.sniffing import DATA, HEAD_BYTES, type_of

from ..session.node_harness import World
from .conftest import on_disk
from .tus import Sender, links, send_file

SECRET: Final = b"at home"
RED, BLUE = (255, 0, 0), (0, 0, 255)


def picture(kind: str, size: tuple[int, int] = (40, 20), **options: Any) -> bytes:
    """Return a picture whose left half is red, the other one blue."""
    image = Image.new("RGB", size, BLUE)
    image.paste(RED, (0, 0, size[0] // 2, size[1]))
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def exif(orientation: int = 1) -> Image.Exif:
    data = Image.Exif()
    data[0x0112] = orientation
    data[0x010E] = SECRET.decode()
    return data


def png(size: tuple[int, int] = (40, 20), **options: Any) -> bytes:
    info = PngImagePlugin.PngInfo()
    info.add_text("Comment", SECRET.decode())
    info.add_itxt("Where", SECRET.decode())
    return picture("PNG", size, pnginfo=info, **options)


def animated(kind: str, **options: Any) -> bytes:
    frames = [Image.new("RGB", (40, 20), (n * 60, 0, 0)) for n in range(3)]
    file = io.BytesIO()
    frames[0].save(file, kind, save_all=True, append_images=frames[1:], duration=50, **options)
    return file.getvalue()


def run(tmp_path: Path, content: bytes, kind: str) -> tuple[list[dict[str, Any]], bytes]:
    source = tmp_path / "source"
    source.write_bytes(content)
    strip(source, tmp_path, kind)
    made = make(source, tmp_path, kind)
    return made, (tmp_path / made[0]["name"]).read_bytes()


def opened(content: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(content))
    image.load()
    return image


WITH_METADATA: Final = {
    "image/jpeg": lambda: picture("JPEG", exif=exif(), comment=SECRET, quality=90),
    "progressive": lambda: picture("JPEG", exif=exif(), progressive=True),
    "image/png": lambda: png(exif=exif()),
    "image/webp": lambda: picture("WEBP", exif=exif().tobytes(), xmp=SECRET, lossless=True),
    "image/gif": lambda: picture("GIF", comment=SECRET),
    "animated gif": lambda: animated("GIF", comment=SECRET, loop=0),
    "animated webp": lambda: animated("WEBP", exif=exif().tobytes(), lossless=True),
    "animated png": lambda: animated("PNG"),
}


def kind_of(name: str) -> str:
    return {
        "progressive": "image/jpeg",
        "animated gif": "image/gif",
        "animated webp": "image/webp",
        "animated png": "image/png",
    }.get(name, name)


@pytest.mark.parametrize("name", WITH_METADATA)
def test_metadata_is_removed_and_all_else_is_the_same(tmp_path: Path, name: str) -> None:
    hidden = b"<script>alert(1)</script>PK\x03\x04"
    content = WITH_METADATA[name]() + hidden
    kind = kind_of(name)
    assert type_of(content[:HEAD_BYTES]) == kind
    assert SECRET in content or name == "animated png"
    made, served = run(tmp_path, content, kind)
    assert [(each["part"], each["width"], each["height"]) for each in made] == [("file", 40, 20)]
    assert SECRET not in served
    assert hidden not in served
    before, after = opened(content), opened(served)
    assert after.format == before.format
    assert not dict(after.getexif())
    frames = getattr(before, "n_frames", 1)
    assert getattr(after, "n_frames", 1) == frames
    for number in range(frames):
        before.seek(number)
        after.seek(number)
        assert after.convert("RGBA").tobytes() == before.convert("RGBA").tobytes()
    assert after.info.get("loop") == before.info.get("loop")
    assert stripped(served, kind) == served


def test_colour_profiles_are_kept(tmp_path: Path) -> None:
    profile = b"a profile" * 9000  # several segments in JPEG
    for kind in ("JPEG", "PNG", "WEBP"):
        _, served = run(tmp_path, picture(kind, icc_profile=profile), f"image/{kind.lower()}")
        assert opened(served).info["icc_profile"] == profile


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_pictures_are_turned_upright(tmp_path: Path, kind: str, orientation: int) -> None:
    content = picture(kind, (400, 200), exif=exif(orientation).tobytes())
    made, served = run(tmp_path, content, f"image/{kind.lower()}")
    upright = opened(served)
    assert SECRET not in served
    assert not dict(upright.getexif())
    size = (400, 200) if orientation < 5 else (200, 400)
    assert upright.size == (made[0]["width"], made[0]["height"]) == size
    corners = {
        1: (0, 0),
        2: (1, 0),
        3: (1, 0),
        4: (0, 0),
        5: (0, 0),
        6: (0, 0),
        7: (0, 1),
        8: (0, 1),
    }
    x, y = corners[orientation]  # where the red half is
    red = upright.convert("RGB").getpixel((x * (size[0] - 1), y * (size[1] - 1)))
    assert isinstance(red, tuple)
    assert red[0] > 200
    assert red[2] < 60
    small = opened((tmp_path / "small").read_bytes())
    assert small.size == ((320, 160) if orientation < 5 else (160, 320))


@pytest.mark.parametrize(
    ("size", "parts"),
    [
        ((320, 10), {"file": (320, 10)}),
        ((321, 100), {"file": (321, 100), "small": (320, 100)}),
        ((100, 1280), {"file": (100, 1280), "small": (25, 320)}),
        ((2000, 1000), {"file": (2000, 1000), "small": (320, 160), "large": (1280, 640)}),
    ],
)
def test_thumbnails(tmp_path: Path, size: tuple[int, int], parts: dict[str, Any]) -> None:
    made, _ = run(tmp_path, picture("PNG", size), "image/png")
    assert {each["part"]: (each["width"], each["height"]) for each in made} == parts
    for each in made[1:]:
        thumbnail = opened((tmp_path / each["part"]).read_bytes())
        assert (thumbnail.format, thumbnail.size) == ("WEBP", parts[each["part"]])
        assert each["type"] == "image/webp"


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "CMYK", "I;16"])
def test_modes(tmp_path: Path, mode: str) -> None:
    kind = "JPEG" if mode == "CMYK" else "PNG"
    file = io.BytesIO()
    Image.new(mode, (400, 200)).save(file, kind)
    made, _ = run(tmp_path, file.getvalue(), f"image/{kind.lower()}")
    assert [each["part"] for each in made] == ["file", "small"]


# ---- attacks


def bomb(width: int, height: int) -> bytes:
    """Return a small PNG with many pixels."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        )

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    pixels = zlib.compress(b"\0" * 1_000_000, 9)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")
    )


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


async def test_a_picture_is_served(world: World, alice: Sender) -> None:
    content = picture("JPEG", (400, 200), exif=exif(6).tobytes())
    async with world.session("alice") as session:
        await session.call("joinRoom", room="general")
        message = await send_file(session, "general", await alice.upload(content, "a.jpg"))
        [shown] = message["attachments"]
        assert (shown["type"], shown["width"], shown["height"]) == ("image/jpeg", 200, 400)
        assert shown["thumbnails"] == [{"part": "small", "width": 160, "height": 320}]
        found = await links(session, message)
    for url, kind in ((found["url"], "JPEG"), (found["thumbnails"][0]["url"], "WEBP")):
        answer = await alice.get(url)
        assert answer.headers["content-disposition"].startswith("inline;")
        assert answer.headers["content-type"] == f"image/{kind.lower()}"
        assert opened(answer.body).format == kind
        assert SECRET not in answer.body
    assert world.node.pictures.failed == 0


def large(content: bytes) -> bytes:
    """Return a PNG or JPEG whose head says that it has more pixels than are decoded."""
    if content[:2] == b"\xff\xd8":
        at = content.index(b"\xff\xc0") + 5
        return content[:at] + struct.pack(">HH", 12_000, 9_000) + content[at + 4 :]
    head = b"IHDR" + struct.pack(">II", 12_000, 9_000) + content[24:29]
    return content[:12] + head + struct.pack(">I", zlib.crc32(head)) + content[33:]


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
