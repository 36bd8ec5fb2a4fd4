"""Parse rooms, users and moments as people type them. Pure."""

import re
from datetime import datetime, timedelta
from typing import Final, Literal

import attrs

from ..model import direct_room

_DURATION: Final = re.compile(r"(\d+)([smhdw])")
_UNIT: Final = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def partner_of(place: str) -> str | None:
    """Return the user of ``@bob``. None: a room, as ``#ops``, ``ops`` and ``@alice:bob``."""
    return place[1:] if place.startswith("@") and ":" not in place else None


def room_of(place: str, me: str) -> str:
    """Return the room's name: of a room as typed, or the direct room with a user."""
    partner = partner_of(place)
    return place.removeprefix("#") if partner is None else direct_room(me, partner)


@attrs.frozen
class Moment:
    """A position in a log: a seq, or a time in ms since the epoch."""

    by: Literal["seq", "time"]
    at: int


def parse_moment(text: str, now: datetime) -> Moment:
    """Parse ``120`` (a seq), ``2026-11-24``, ``2026-11-24T06:19`` or ``2h`` (before now).

    Times without a zone are local. A date means the start of the day.

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
            f"{text}: must be a seq (120), a time (2026-11-24, 2026-11-24T06:19)"
            " or a duration before now (2h, 3d)"
        ) from None
