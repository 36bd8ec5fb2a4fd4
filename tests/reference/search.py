"""A search that reads all messages. It knows no index, but has the same tokens."""

from collections.abc import Iterable
from typing import Any

import attrs

from chatroom.model import Message
from chatroom.search.documents import has, matched
from chatroom.search.query import Range, parse

from .room import RoomModel


@attrs.frozen
class FoundModel:
    message: Message
    ranges: tuple[Range, ...]


def found(rooms: Iterable[RoomModel], user: str, params: dict[str, Any]) -> list[FoundModel]:
    """Return all that a search finds, in order.

    :param params: as on the wire. The limit and the cursor are ignored.
    """
    phrases = parse(params["query"])
    hits = []
    for room in rooms:
        if user not in room.members or params.get("room") not in (None, room.name):
            continue
        for message in room.log.values():
            parts = matched(message, phrases)
            if parts is not None and phrases and not message.deleted and _meets(message, params):
                hits.append(FoundModel(message, parts))
    return sorted(hits, key=_place)


def _meets(message: Message, params: dict[str, Any]) -> bool:
    sender, before, after = (params.get(name) for name in ("sender", "before", "after"))
    return (
        sender in (None, message.sender)
        and (before is None or message.timestamp < before)
        and (after is None or message.timestamp > after)
        and (params.get("has") is None or has(message, params["has"]))
    )


def _place(hit: FoundModel) -> tuple[int, str, int]:
    return -hit.message.timestamp, hit.message.room, -hit.message.seq
