"""Pages of a room according to protocol.md, and the comparison of replies.

The end of a page of a resume, and who is online, are taken from the server's reply. Everything else
follows from them.
"""

import itertools
from collections.abc import Mapping, Sequence
from typing import Any, Final

from ..client import Json
from .book import Book, as_shown

PAGE: Final = 50
MAX_PAGE: Final = 200


def expect(actual: object, expected: object, what: object) -> None:
    if expected != actual:
        raise AssertionError(f"{what}\n    should be {expected!r}\n    but is    {actual!r}")


def history(book: Book, epoch: str, params: Json) -> Json:
    limit, messages = params.get("limit", PAGE), book.messages()
    start, end = 0, len(messages)
    if "after" in params:
        start = sum(message["seq"] <= params["after"] for message in messages)
        end = min(start + limit, len(messages))
    else:
        if "before" in params:
            end = sum(message["seq"] < params["before"] for message in messages)
        start = max(end - limit, 0)
    return {
        "room": book.name,
        "epoch": epoch,
        "firstSeq": book.first_seq,
        "headSeq": book.head_seq,
        "messages": messages[start:end],
        "hasMoreBefore": start > 0,
        "hasMoreAfter": end < len(messages),
    }


def subscribed(book: Book, epochs: Sequence[str], user: str, params: Json, actual: Json) -> Json:
    online = actual["online"]
    expect(online["count"], len(online["users"]), "online")
    expect({user} <= set(online["users"]) <= set(book.seats), True, f"online are {online}")
    expected: dict[str, Any] = {
        "room": book.name,
        "title": book.name,
        "topic": "",
        "visibility": book.visibility,
        "role": book.seats[user].role,
        "epoch": epochs[-1],
        "firstSeq": book.first_seq,
        "headSeq": book.head_seq,
        "headRev": book.head_rev,
        "readSeq": book.seats[user].cursor,
        "recovered": False,
        "hasMore": False,
        "nextRev": book.head_rev,
        "messages": book.messages()[-params.get("limit", PAGE) :],
        "online": online,
    }
    since = params.get("sinceRev")
    if since is None:
        return expected
    reason = _no_resume(book, epochs, params["epoch"], since)
    if reason is not None:
        return expected | {"reason": reason}
    end = actual["nextRev"]
    expect(since <= end <= book.head_rev, True, f"nextRev {end} after {since}")
    missed = [message for message in book.changed_since(since) if message["rev"] <= end]
    return expected | {
        "recovered": True,
        "hasMore": end < book.head_rev,
        "nextRev": end,
        "messages": missed[: params.get("limit", MAX_PAGE)],
    }


def _no_resume(book: Book, epochs: Sequence[str], epoch: str, since: int) -> str | None:
    if since > book.last_valid_rev(epochs, epoch):
        return "ahead" if epoch == epochs[-1] else "epoch_changed"
    return "pruned" if book.lost_since(since) else None


def members(book: Book, actual: Json) -> Json:
    online = {member["user"]: member["online"] for member in actual["members"]}
    return {
        "members": [
            {"user": user, "displayName": user, "role": seat.role, "online": online.get(user)}
            for user, seat in sorted(book.seats.items())
        ],
        "next": None,
    }


def joined(book: Book, user: str, *, created: bool) -> Json:
    return {
        "room": book.name,
        "title": book.name,
        "topic": "",
        "visibility": book.visibility,
        "role": book.seats[user].role,
        "headSeq": book.head_seq,
        "headRev": book.head_rev,
        "readSeq": book.seats[user].cursor,
        "created": created,
    }


def check_inbox(user: str, books: Mapping[str, Book], actual: Json) -> None:
    rooms = [entry["room"] for entry in actual["rooms"]]
    expect(sorted(rooms), sorted(books), f"the rooms of {user}'s inbox")
    expected = [books[room].entry(user) for room in rooms]
    expect([as_entry(entry) for entry in actual["rooms"]], expected, f"{user}'s inbox")
    for sum_of in ("unread", "mentions"):
        total = sum(entry[sum_of] for entry in expected)
        expect(actual[sum_of], total, f"{sum_of} of {user}'s inbox")
    times = [books[room].last_time for room in rooms]
    for newer, older in itertools.pairwise(times):
        expect(newer.high >= older.low, True, f"{user}'s inbox is by activity: {rooms}")


def as_entry(entry: Json) -> Json:
    last = entry.get("lastMessage")
    return entry if last is None else entry | {"lastMessage": as_shown(last)}


def as_result(result: Json) -> Json:
    normal = as_entry(dict(result))
    if "messages" in normal:
        normal["messages"] = [as_shown(message) for message in normal["messages"]]
    return normal
