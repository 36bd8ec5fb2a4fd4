"""Sentences about what has changed in a room."""

from typing import Final

from ...client import MuteChanged, RoomChanged
from ..sanitize import local_time

A_ROLE: Final = {"owner": "an owner", "moderator": "a moderator", "member": "a member"}


def described_mute(event: MuteChanged, me: str) -> str:
    who = "you are" if event.user == me else f"{event.user} is"
    if not event.muted:
        return f"{who} no longer muted"
    until = f" until {local_time(event.until):%Y-%m-%d %H:%M}" if event.until else ""
    return f"{who} muted{until}" + (f": {event.reason}" if event.reason else "")


def described_settings(event: RoomChanged) -> str:
    parts = [event.title, event.topic, event.visibility]
    if event.archived:
        parts.append("archived")
    if event.posting == "moderators":
        parts.append("only moderators write")
    if event.inviting == "all":
        parts.append("all may invite")
    if event.slow_mode_s:
        parts.append(f"one message in {event.slow_mode_s} s")
    return f"the room is now: {', '.join(part for part in parts if part)}"
