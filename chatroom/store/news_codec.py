"""News as JSON, for other nodes. They run the same version of this program."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, TypeAlias, get_args

import orjson
from cattrs.preconf.orjson import make_converter

from .events import MemberAdded, MemberRemoved, PostedInThread, RoomEvent
from .news import InboxNews, News, RoomNews

_KINDS: Final = {kind.__name__: kind for kind in (*get_args(RoomEvent), PostedInThread)}
EncodedCommits: TypeAlias = Mapping[tuple[str, int], bytes]
"""The events of commits as JSON, by room and version."""

_NOTHING: Final[EncodedCommits] = {}
_OF_MEMBERS: Final = frozenset({MemberAdded.__name__, MemberRemoved.__name__})
_converter: Final = make_converter(detailed_validation=False, omit_if_default=True)


def encode_events(events: Sequence[RoomEvent]) -> bytes:
    return orjson.dumps([[type(each).__name__, _converter.unstructure(each)] for each in events])


def decode_events(encoded: bytes | str) -> tuple[RoomEvent, ...]:
    """:raises ValueError: it is no list of events."""
    try:
        return _events(orjson.loads(encoded))
    except Exception as error:  # whatever cattrs raises for a wrong form
        raise ValueError(f"not events: {error!r}") from error


def encode_commits(news: Iterable[News]) -> EncodedCommits:
    return {
        (each.room, each.version): encode_events(each.events)
        for each in news
        if isinstance(each, RoomNews)
    }


def encode(
    news: Iterable[News], max_bytes: int, encoded: EncodedCommits = _NOTHING
) -> Iterator[bytes]:
    """Yield messages of up to ``max_bytes``. Events that do not fit into a message are left out.

    :param encoded: commits that are encoded already.
    """
    parts: list[orjson.Fragment] = []
    size = 2
    for each in news:
        part = _part(each, encoded)
        if len(part) + 2 > max_bytes and isinstance(each, RoomNews):
            part = _part(RoomNews(each.room, each.version))
        if size + len(part) + 1 > max_bytes:
            yield orjson.dumps(parts)
            parts, size = [], 2
        parts.append(orjson.Fragment(part))
        size += len(part) + 1
    if parts:
        yield orjson.dumps(parts)


def decode(message: bytes, follows: Callable[[str], bool] = lambda room: True) -> list[News]:
    """Decode a message. Leave out the events of rooms that are not followed, unless somebody has
    joined or left: decoding events takes most of the time that a message takes at a node.

    :raises ValueError: it is no message with news.
    """
    try:
        return [_news(follows, *part) for part in orjson.loads(message)]
    except Exception as error:  # whatever cattrs raises for a wrong form
        raise ValueError(f"not news: {error!r}") from error


def _part(news: News, encoded: EncodedCommits = _NOTHING) -> bytes:
    if isinstance(news, InboxNews):
        return orjson.dumps(["", news.user, news.number, news.room])
    events = orjson.Fragment(encoded.get((news.room, news.version)) or encode_events(news.events))
    return orjson.dumps([news.room, news.version, events])


def _news(follows: Callable[[str], bool], room: str, *rest: Any) -> News:
    if not room:
        user, number, where = rest
        return InboxNews(str(user), int(number), str(where))
    version, events = rest
    if not follows(room) and _OF_MEMBERS.isdisjoint(kind for kind, _ in events):
        events = ()
    return RoomNews(room, int(version), _events(events))


def _events(parts: Sequence[Any]) -> tuple[RoomEvent, ...]:
    return tuple(_converter.structure(fields, _KINDS[kind]) for kind, fields in parts)
