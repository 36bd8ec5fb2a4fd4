"""Sanitize text of other users for terminals, so that it cannot contain control sequences. Pure.

Used for every name, title and text that goes to a screen or to standard output.
"""

import re
from datetime import datetime
from typing import Final

from ..model import Attachment, Message, Preview, Quoted

CONTROL_REPLACEMENT: Final = "\N{REPLACEMENT CHARACTER}"
_KINDS: Final = {"image": "a picture", "video": "a video", "audio": "a sound"}

_NEW_LINE: Final = " \N{DOWNWARDS ARROW WITH CORNER LEFTWARDS} "

# C0 and C1 controls and DEL start control sequences. Bidirectional controls and line separators
# change how text reads. Joiners are allowed: emoji need them.
_CONTROL: Final = re.compile(
    "[\0-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]"
)
_RAW_IN_JSON: Final = re.compile(
    "[\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]"
)


def plain(text: str) -> str:
    """Return one line, with controls replaced."""
    return _CONTROL.sub(CONTROL_REPLACEMENT, text.replace("\t", " "))


def plain_lines(text: str) -> list[str]:
    """Split a text into lines and sanitize each."""
    return [plain(line) for line in text.replace("\r\n", "\n").split("\n")]


def plain_json(line: bytes) -> str:
    """Escape all controls in JSON. JSON itself escapes only those below space."""
    return _RAW_IN_JSON.sub(lambda match: f"\\u{ord(match.group()):04x}", line.decode())


def local_time(timestamp: int) -> datetime:
    """Convert ms since the epoch to local time."""
    return datetime.fromtimestamp(timestamp / 1000).astimezone()


def file_of(attachment: Attachment) -> str:
    """Return a file's name and size in one line."""
    size = attachment.size
    unit, divisor = ("MB", 1e6) if size >= 1e6 else ("KB", 1e3)
    number = f"{size} B" if size < 1000 else f"{size / divisor:.1f} {unit}"
    return f"[{plain(attachment.name)}, {number}]"


def files_of(message: Message | Quoted) -> list[str]:
    """Return what is shown of a message's files: each in one line, or of a preview their number."""
    if not isinstance(message, Preview | Quoted):
        return [*map(file_of, message.attachments)]
    if message.files > 1:
        return [f"[{message.files} files]"]
    kind = (message.file_type or "").partition("/")[0]
    return [f"[{_KINDS.get(kind, 'a file')}]"] if message.files else []


def line_of(message: Message) -> str:
    """Format a message in one line: ``2026-11-24 06:19:34 #12 alice: hello [notes.txt, 5 B]``."""
    text = "(deleted)" if message.deleted else _NEW_LINE.join(plain_lines(message.text))
    text = " ".join([*([text] if text else []), *files_of(message)])
    edited = " (edited)" if message.edited_at is not None and not message.deleted else ""
    when = f"{local_time(message.timestamp):%Y-%m-%d %H:%M:%S}"
    return f"{when} #{message.seq} {plain(message.sender)}: {text}{edited}"
