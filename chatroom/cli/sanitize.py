"""What others wrote, made fit for a terminal: nothing of it may act there.

Used for every name, title and text on its way to a screen or to standard output. Pure.
"""

import re
from datetime import datetime
from typing import Final

from ..model import Message

SHOWN_FOR_CONTROL: Final = "\N{REPLACEMENT CHARACTER}"

_NEW_LINE: Final = " \N{DOWNWARDS ARROW WITH CORNER LEFTWARDS} "

# C0 and C1 controls and DEL begin what a terminal obeys; the bidirectional controls and line
# separators make text read as something else than it is. Joiners stay: emoji need them.
_CONTROL: Final = re.compile(
    "[\0-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]"
)
_RAW_IN_JSON: Final = re.compile(
    "[\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]"
)


def plain(text: str) -> str:
    """One line, with controls shown as replacement characters."""
    return _CONTROL.sub(SHOWN_FOR_CONTROL, text.replace("\t", " "))


def plain_lines(text: str) -> list[str]:
    """The same for what may have several lines."""
    return [plain(line) for line in text.replace("\r\n", "\n").split("\n")]


def plain_json(line: bytes) -> str:
    """JSON as JSON that is safe to look at: JSON itself escapes only the controls below space."""
    return _RAW_IN_JSON.sub(lambda match: f"\\u{ord(match.group()):04x}", line.decode())


def local_time(timestamp: int) -> datetime:
    """A message's timestamp where the reader is."""
    return datetime.fromtimestamp(timestamp / 1000).astimezone()


def line_of(message: Message) -> str:
    """A message in one line, for pipes: ``2026-11-24 06:19:34 #12 alice: hello``."""
    text = "(deleted)" if message.deleted else _NEW_LINE.join(plain_lines(message.text))
    edited = " (edited)" if message.edited_at is not None and not message.deleted else ""
    when = f"{local_time(message.timestamp):%Y-%m-%d %H:%M:%S}"
    return f"{when} #{message.seq} {plain(message.sender)}: {text}{edited}"
