"""Parse rooms, users and moments as people type them. Pure."""

import re
from datetime import UTC, datetime, timedelta
from typing import Final, Literal

import attrs

from ..model import direct_room

MAX_DURATION_S: Final = 100 * 366 * 86_400
_DURATION: Final = re.compile(r"(\d+)([smhdw])", re.ASCII)
_UNIT_S: Final = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}


def partner_of(place: str) -> str | None:
    """Return the user of ``@bob``. None: a room, as ``#ops``, ``ops`` and ``@alice:bob``."""
    return place[1:] if place.startswith("@") and ":" not in place else None


def room_of(place: str, me: str) -> str:
    """Return the room's name: of a room as typed, or the direct room with a user."""
    partner = partner_of(place)
    return place.removeprefix("#") if partner is None else direct_room(me, partner)


def parse_duration(text: str) -> int:
    """Parse ``30m``, ``2h`` or ``3d``, in seconds. :raises ValueError: for anything else."""
    found = _DURATION.fullmatch(text)
    if found is None or not 0 < (seconds := _seconds(found)) <= MAX_DURATION_S:
        raise ValueError(f"{text}: must be a time, such as 30m, 2h or 3d")
    return seconds


def _seconds(duration: "re.Match[str]") -> int:
    return int(duration[1]) * _UNIT_S[duration[2]]


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
        return Moment("time", parse_time(text, now))
    except ValueError as error:
        raise ValueError(str(error).replace("must be", "must be a seq (120),")) from None


def parse_time(text: str, now: datetime, *, utc: bool = False) -> int:
    """Parse a time as :func:`parse_moment`, in ms since the epoch.

    :param utc: times without a zone are of UTC, not local.
    :raises ValueError: for anything else.
    """
    try:
        if (ago := _DURATION.fullmatch(text)) is not None:
            when = now - timedelta(seconds=_seconds(ago))
        else:
            when = datetime.fromisoformat(text)
            if utc and when.tzinfo is None:
                when = when.replace(tzinfo=UTC)
        return max(0, int(when.timestamp() * 1000))
    except (ValueError, OverflowError):
        raise ValueError(
            f"{text}: must be a time (2026-11-24, 2026-11-24T06:19)"
            " or a duration before now (2h, 3d)"
        ) from None
