"""Names of accounts and rooms, and mentions of them in texts."""

import hashlib
import re

EVERYONE = "room"
"""The name that ``@room`` mentions."""
RESERVED = frozenset({EVERYONE, "here", "all", "everyone", "channel", "admin", "system"})
"""Names that accounts cannot have, since they seem to mean everyone or the server."""

MAX_NAME_CHARS = 64
NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
GROUP = re.compile(r"~[0-9a-f]{24}")
"""Names of groups, which the server gives."""
_PUNCTUATION = "._-"
MAX_MENTIONS = 50
"""Per text; further mentions are ignored."""
# No character of a name may precede the @: `a@bob` is an address, not a mention.
_MENTION = re.compile(r"(?<![a-z0-9._-])@([a-z0-9][a-z0-9._-]*)")


def is_name(name: str) -> bool:
    """Whether this is a valid name of an account or of a room that is not direct."""
    return NAME.fullmatch(name) is not None


def direct_room(one: str, other: str) -> str:
    """Return the name of the direct room of two users, in either order."""
    first, second = sorted((one, other))
    return f"@{first}:{second}"


def group_room(user: str, client_id: str) -> str:
    """Return the name of the group that a user makes with this clientId."""
    key = f"{user}\0{client_id}".encode()
    return f"~{hashlib.blake2b(key, digest_size=12).hexdigest()}"


def is_group(room: str) -> bool:
    return GROUP.fullmatch(room) is not None


def direct_pair(room: str) -> tuple[str, str] | None:
    """Return the two users of a direct room; None if the name is not that of a direct room."""
    if not room.startswith("@"):
        return None
    one, colon, other = room[1:].partition(":")
    if not colon or not is_name(one) or not is_name(other) or one > other:
        return None
    return one, other


def mention_candidates(text: str) -> list[tuple[str, ...]]:
    """Return the possible names for each of the first MAX_MENTIONS words after an ``@``, the longer
    first.

    Trailing punctuation may belong to the name: ``@bob..`` means ``bob..`` if there is such a
    member, else ``bob``.
    """
    if "@" not in text:
        return []
    words: dict[str, None] = {}
    for match in _MENTION.finditer(text):
        words[match.group(1)] = None
        if len(words) == MAX_MENTIONS:
            break
    return [_names(word) for word in words]


def _names(word: str) -> tuple[str, ...]:
    both = dict.fromkeys((word, word.rstrip(_PUNCTUATION)))
    return tuple(name for name in both if len(name) <= MAX_NAME_CHARS)
