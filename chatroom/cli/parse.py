"""What people type for a room, a person or a moment, turned into what the protocol takes. Pure."""

import re
from datetime import datetime, timedelta
from typing import Final, Literal

import attrs

from ..model import direct_room

_DURATION: Final = re.compile(r"(\d+)([smhdw])")
_UNIT: Final = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def partner_of(place: str) -> str | None:
    """``@bob`` is a person; ``#ops``, ``ops`` and ``@alice:bob`` are rooms (None)."""
    return place[1:] if place.startswith("@") and ":" not in place else None


def room_of(place: str, me: str) -> str:
    """The room's name, of the talk with a person too."""
    partner = partner_of(place)
    return place.removeprefix("#") if partner is None else direct_room(me, partner)


@attrs.frozen
class Moment:
    """Somewhere in a log: at a message's number, or at a time in ms since the epoch."""

    by: Literal["seq", "time"]
    at: int


def parse_moment(text: str, now: datetime) -> Moment:
    """``120`` (a seq), ``2026-11-24``, ``2026-11-24T06:19``, ``2h`` (ago); times without a zone
    are local, a day is its beginning.

    :raises ValueError: for anything else.
    """
    if text.isascii() and text.isdecimal():
        return Moment("seq", int(text))
    try:
        if (ago := _DURATION.fullmatch(text)) is not None:
            when = now - timedelta(**{_UNIT[ago[2]]: int(ago[1])})
        else:
            when = datetime.fromisoformat(text)
        return Moment("time", max(0, int(when.timestamp() * 1000)))
    except (ValueError, OverflowError):
        raise ValueError(
            f"{text}: a seq (120), a time (2026-11-24, 2026-11-24T06:19) or how long ago (2h, 3d)"
        ) from None
