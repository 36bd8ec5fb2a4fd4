"""Copies of pictures without metadata, part by part. Nothing is decoded. Pure.

Only parts that are known to belong to the picture are copied. What follows its end is not, so that
no other file hides behind a picture.
"""

import struct
from collections.abc import Callable, Iterator, Mapping
from typing import Final

_PNG_HEAD: Final = b"\x89PNG\r\n\x1a\n"
_PNG_KEPT: Final = frozenset(
    {
        *(b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"iCCP"),
        *(b"sBIT", b"bKGD", b"pHYs", b"cICP", b"acTL", b"fcTL", b"fdAT"),
    }
)
_WEBP_KEPT: Final = frozenset({b"VP8 ", b"VP8L", b"VP8X", b"ALPH", b"ANIM", b"ANMF", b"ICCP"})
_WEBP_METADATA_FLAGS: Final = 0x08 | 0x04  # Exif and XMP
ORIENTATION: Final = 0x0112
"""The tag in Exif."""
_GIF_LOOPS: Final = (b"NETSCAPE2.0", b"ANIMEXTS1.0")


def stripped(data: bytes, media_type: str) -> bytes:
    """Return a picture without metadata.

    :raises ValueError: it is not well-formed.
    """
    try:
        return b"".join(_PARTS[media_type](data))
    except (IndexError, struct.error) as error:
        raise ValueError(f"it ends early: {error}") from error


# ---- JPEG: segments that begin with a marker


def with_orientation(jpeg: bytes, orientation: int) -> bytes:
    """Return a JPEG without metadata with Exif of its orientation alone."""
    tag = struct.pack(">HHIHH", ORIENTATION, 3, 1, orientation, 0)
    content = b"Exif\0\0MM" + struct.pack(">HIH", 42, 8, 1) + tag + bytes(4)
    return jpeg[:2] + struct.pack(">HH", 0xFFE1, len(content) + 2) + content + jpeg[2:]


def _jpeg(data: bytes) -> Iterator[bytes]:
    if data[:2] != b"\xff\xd8":
        raise ValueError("no start of image")
    yield data[:2]
    at = 2
    while True:
        if data[at] != 0xFF:
            raise ValueError("no marker")
        while data[at + 1] == 0xFF:  # fill bytes
            at += 1
        marker = data[at + 1]
        if marker == 0xD9:
            yield b"\xff\xd9"
            return
        (length,) = struct.unpack_from(">H", data, at + 2)
        end = at + 2 + length
        segment = data[at:end]
        if _is_kept(marker, segment[4:]):
            yield segment
        at = end
        if marker == 0xDA:
            at = _end_of_scan(data, end)
            yield data[end:at]
            if at == len(data):  # as some programs leave it, or what arrived of it
                yield b"\xff\xd9"
                return


def _is_kept(marker: int, content: bytes) -> bool:
    if marker == 0xE2:
        return content.startswith(b"ICC_PROFILE\0")
    application, comment = 0xE0 <= marker <= 0xEF, marker == 0xFE
    return not (application or comment) or marker in (0xE0, 0xEE)  # JFIF and Adobe


def _end_of_scan(data: bytes, at: int) -> int:
    """Return where the next marker is that is not part of the compressed data; if there is none,
    the end of the data."""
    while True:
        at = data.find(b"\xff", at)
        if at < 0 or at + 1 == len(data):
            return len(data)
        following = data[at + 1]
        if following and not 0xD0 <= following <= 0xD7:
            return at
        at += 2


# ---- PNG: chunks


def _png(data: bytes) -> Iterator[bytes]:
    if not data.startswith(_PNG_HEAD):
        raise ValueError("no head")
    yield _PNG_HEAD
    at = len(_PNG_HEAD)
    while True:
        length, name = struct.unpack_from(">I4s", data, at)
        end = at + 12 + length
        if end > len(data):
            raise ValueError("a chunk ends early")
        if name in _PNG_KEPT:
            yield data[at:end]
        if name == b"IEND":
            return
        at = end


# ---- WebP: chunks of RIFF


def _webp(data: bytes) -> Iterator[bytes]:
    riff, size, webp = struct.unpack_from("<4sI4s", data)
    if (riff, webp) != (b"RIFF", b"WEBP") or size + 8 > len(data):
        raise ValueError("no head, or it ends early")
    chunks = b"".join(_webp_chunks(data[12 : size + 8]))
    yield struct.pack("<4sI4s", b"RIFF", len(chunks) + 4, b"WEBP")
    yield chunks


def _webp_chunks(data: bytes) -> Iterator[bytes]:
    at = 0
    while at + 8 <= len(data):
        name, size = struct.unpack_from("<4sI", data, at)
        end = at + 8 + size + size % 2
        if name == b"VP8X":
            flags = data[at + 8] & ~_WEBP_METADATA_FLAGS
            yield data[at : at + 8] + bytes([flags]) + data[at + 9 : end]
        elif name in _WEBP_KEPT:
            yield data[at:end]
        at = end


# ---- GIF: blocks


def _gif(data: bytes) -> Iterator[bytes]:
    if data[:6] not in (b"GIF87a", b"GIF89a"):
        raise ValueError("no head")
    at = 13 + _colours(data[10])
    yield data[:at]
    while (kind := data[at]) != 0x3B:
        if kind == 0x2C:
            end = _end_of_blocks(data, at + 11 + _colours(data[at + 9]))
            kept = True
        elif kind == 0x21:
            end = _end_of_blocks(data, at + 2)
            loops = data[at + 3 : at + 14] in _GIF_LOOPS
            kept = data[at + 1] in (0x01, 0xF9) or (data[at + 1] == 0xFF and loops)
        else:
            raise ValueError("an unknown block")
        if kept:
            yield data[at:end]
        at = end
    yield b"\x3b"


def _colours(flags: int) -> int:
    """Return the size of the table of colours."""
    return 3 * 2 ** ((flags & 7) + 1) if flags & 0x80 else 0


def _end_of_blocks(data: bytes, at: int) -> int:
    while size := data[at]:
        at += 1 + size
    return at + 1


_PARTS: Final[Mapping[str, Callable[[bytes], Iterator[bytes]]]] = {
    "image/jpeg": _jpeg,
    "image/png": _png,
    "image/webp": _webp,
    "image/gif": _gif,
}
