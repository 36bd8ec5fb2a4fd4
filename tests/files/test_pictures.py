"""Pictures: what is served of them, without metadata and upright."""

import io
from pathlib import Path
from typing import Any, Final

import pytest
from PIL import Image

from chatroom.files.metadata import stripped
from chatroom.files.sniffing import HEAD_BYTES, type_of

from ..session.node_harness import World
from .pictures import SECRET, animated, exif, opened, picture, png, run
from .tus import Sender, links, send_file

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
