"""Names that are valid here, for the names of an export. Pure.

A name depends on the export alone, so that each run of an import finds the same ones.
"""

import hashlib
import re
import unicodedata
from collections.abc import Collection, Mapping, Set
from typing import Final

from ..model import MAX_NAME_CHARS, RESERVED, direct_room, group_room, is_group, is_name
from .export import Export
from .records import ImportFailed, RoomRecord

_OTHERS: Final = re.compile(r"[^a-z0-9._-]+")
_PUNCTUATION: Final = "._-"
_HASH_CHARS: Final = 6


def account_names(export: Export) -> dict[str, str]:
    """Return the name of each account by the id of the user."""
    wanted = {user.id: user.name for user in export.users.values()}
    return _valid(wanted, RESERVED, "user")


def room_names(export: Export, accounts: Mapping[str, str], prefix: str) -> dict[str, str]:
    """Return the name of each room by its id.

    :raises ImportFailed: two direct rooms have the same members.
    """
    plain = {room.id: prefix + room.name for room in export.rooms.values() if room.kind == "room"}
    names = _valid(plain, frozenset(), "room")
    directs: dict[str, str] = {}
    for room in export.rooms.values():
        if room.kind == "direct":
            name = names[room.id] = _direct_name(room, accounts)
            if (other := directs.setdefault(name, room.id)) != room.id:
                raise ImportFailed(
                    f"{export.path}: rooms {other} and {room.id} have the same members"
                )
        elif room.kind == "group":
            names[room.id] = group_name(room, prefix)
    return names


def _direct_name(room: RoomRecord, accounts: Mapping[str, str]) -> str:
    members = [accounts[member] for member in room.members]
    return direct_room(members[0], members[-1])


def group_name(room: RoomRecord, prefix: str) -> str:
    """Return the name of a group. A group of another server keeps its name."""
    if is_group(room.id) and not prefix:
        return room.id
    # No account has such a name, so nobody else makes a group of this name.
    return group_room(f"import {prefix}", room.id)


def _valid(wanted: Mapping[str, str], reserved: Set[str], base: str) -> dict[str, str]:
    """Return a valid name for each id. A valid name is kept."""
    names: dict[str, str] = {}
    taken: set[str] = set()
    for key, name in wanted.items():
        if is_name(name) and name not in reserved and name not in taken:
            names[key] = name
            taken.add(name)
    for key, name in wanted.items():
        if key not in names:
            names[key] = _similar(name, key, taken | reserved, base)
            taken.add(names[key])
    return {key: names[key] for key in wanted}


def _similar(name: str, key: str, taken: Collection[str], base: str) -> str:
    plain = unicodedata.normalize("NFKD", name.casefold())
    plain = "".join(char for char in plain if not unicodedata.combining(char))
    found = _OTHERS.sub("-", plain).lstrip(_PUNCTUATION)[:MAX_NAME_CHARS].rstrip(_PUNCTUATION)
    if found and found not in taken:
        return found
    end = hashlib.blake2b(key.encode(), digest_size=_HASH_CHARS // 2).hexdigest()
    return f"{(found or base)[: MAX_NAME_CHARS - _HASH_CHARS - 1]}-{end}"


def client_id(room: str, message: str) -> str:
    """Return the clientId of an imported message, by which the next run finds it (I3).

    :param room: its name here.
    :param message: its id in the export.
    """
    key = f"{room}\0{message}".encode()
    return f"import-{hashlib.blake2b(key, digest_size=16).hexdigest()}"
