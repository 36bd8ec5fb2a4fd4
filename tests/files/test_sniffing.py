"""Types of files, by their first bytes."""

import pytest

from chatroom.files.sniffing import HEAD_BYTES, type_of

MP4, M4A = (
    b"\0\0\0\x20ftyp%b\0\0\2\0isomiso2mp41" % brand + b"\0" * 40 for brand in (b"isom", b"M4A ")
)
WEBM = b"\x1aE\xdf\xa3\x9fB\x86\x81\1B\xf7\x81\1B\xf2\x81\4B\xf3\x81\x08B\x82\x84webm"
DATA = "application/octet-stream"


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (MP4, "video/mp4"),
        (M4A, "audio/mp4"),
        (
            b"\x1aE\xdf\xa3\x9fB\x86\x81\1B\xf7\x81\1B\xf2\x81\4B\xf3\x81\x08B\x82\x84webm",
            "video/webm",
        ),
        (b"OggS\0\2" + b"\0" * 22 + b"\1vorbis" + b"\0" * 30, "audio/ogg"),
        (b"ID3\3\0\0\0\0\0\x21" + b"\0" * 40, "audio/mpeg"),
        (b"RIFF\x24\0\0\0WAVEfmt " + b"\0" * 40, "audio/wav"),
        (b"fLaC\0\0\0\x22" + b"\0" * 40, "audio/flac"),
        (b"%PDF-1.4\n", "application/pdf"),
        (b"MZ" + b"\0" * 80, DATA),
        (b"#!/bin/sh\necho hello\n", "text/plain"),
        (b"", DATA),
        (b"hello", "text/plain"),
        ("grüße".encode(), "text/plain"),
        ("ü".encode() * HEAD_BYTES, "text/plain"),
        (b"x" + "ü".encode() * HEAD_BYTES, "text/plain"),  # cut within a character
        (b"gr\xfc\xdfe", DATA),
        (b"\x1b[31mred", DATA),
        (b"<!doctype html><p>hello", "text/plain"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "text/plain"),
    ],
)
def test_types(head: bytes, expected: str) -> None:
    assert type_of(head[:HEAD_BYTES]) == expected
