"""Pictures for tests, with secrets in their metadata, and pictures that are attacks."""

import io
import struct
import zlib
from pathlib import Path
from typing import Any, Final

from PIL import Image, PngImagePlugin

from chatroom.files.picture_process import make, strip

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


def large(content: bytes) -> bytes:
    """Return a PNG or JPEG whose head says that it has more pixels than are decoded."""
    if content[:2] == b"\xff\xd8":
        at = content.index(b"\xff\xc0") + 5
        return content[:at] + struct.pack(">HH", 12_000, 9_000) + content[at + 4 :]
    head = b"IHDR" + struct.pack(">II", 12_000, 9_000) + content[24:29]
    return content[:12] + head + struct.pack(">I", zlib.crc32(head)) + content[33:]
