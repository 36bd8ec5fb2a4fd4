"""What a file is, by its first bytes. What its sender says of it is ignored.

Only types of a short list are told: those that browsers show or play without running anything of
them, and a few that people know. Everything else is data.
"""

from pathlib import Path
from typing import Final

HEAD_BYTES: Final = 16 * 1024
DATA: Final = "application/octet-stream"
TEXT: Final = "text/plain"
PICTURES: Final = frozenset({"image/jpeg", "image/png", "image/gif", "image/webp"})
PLAYED: Final = frozenset(
    {
        *("audio/mpeg", "audio/ogg", "audio/wav", "audio/flac", "audio/mp4", "audio/webm"),
        *("video/mp4", "video/webm", "video/ogg"),
    }
)
SHOWN: Final = PICTURES | PLAYED
"""Types that a browser may show in a page. All others are only downloaded."""
_TOLD: Final = SHOWN | {"application/pdf", "application/zip"}
_ALIASES: Final = {
    "application/ogg": "audio/ogg",
    "audio/wave": "audio/wav",
    "audio/x-wav": "audio/wav",
    "audio/x-flac": "audio/flac",
    "audio/x-m4a": "audio/mp4",
    "audio/mp3": "audio/mpeg",
}


def sniff(path: Path) -> str:
    """Return the media type of a file."""
    with path.open("rb") as file:
        return type_of(file.read(HEAD_BYTES))


def type_of(head: bytes) -> str:
    """Return the media type of what begins with these bytes."""
    import puremagic  # a lazy import: it takes 40 ms, and few servers need it at their start

    try:
        matches = puremagic.magic_string(head)
    except (puremagic.PureError, ValueError):
        matches = []
    if matches and matches[0].mime_type.startswith(("text/html", "image/svg")):
        return TEXT if _is_text(head) else DATA
    for match in matches:
        found = _ALIASES.get(match.mime_type) or str(match.mime_type)
        if found in _TOLD:
            return found
    return TEXT if _is_text(head) else DATA


def _is_text(head: bytes) -> bool:
    try:
        text = head.decode()
    except UnicodeDecodeError as error:
        if len(head) < HEAD_BYTES or error.start < len(head) - 3:
            return False
        text = head[: error.start].decode()  # a character was cut in two
    return bool(text) and all(char.isprintable() or char in "\t\n\r\f" for char in text)
