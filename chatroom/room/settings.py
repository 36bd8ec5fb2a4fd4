"""The settings of a room: the rule that changes them, and how they are shown. Pure."""

from typing import Final, Protocol, TypeVar

from ..errors import Refused
from ..model import Member, Room, RoomPolicy, Visibility, is_group
from ..protocol import results
from ..protocol.calls import SetRoom
from ..protocol.declaration import camel
from ..store.events import RoomConfigured
from .deciding import Rules
from .draft import Draft
from .permissions import SETTINGS, require_least

RULES: Final = Rules()
decides = RULES.decides


class Configured(Protocol):
    """A room, or the event that sets its settings."""

    @property
    def title(self) -> str: ...
    @property
    def topic(self) -> str: ...
    @property
    def visibility(self) -> Visibility: ...
    @property
    def policy(self) -> RoomPolicy: ...


S = TypeVar("S", bound=results.RoomSettings)


def settings_of(kind: type[S], name: str, room: Configured) -> S:
    policy = room.policy
    return kind(
        room=name,
        title=room.title,
        topic=room.topic,
        visibility=room.visibility,
        posting=policy.posting,
        inviting=policy.inviting,
        slow_mode_s=policy.slow_mode_s,
        archived=policy.archived,
    )


@decides(SetRoom)
def set_room(draft: Draft, room: Room, member: Member, call: SetRoom) -> results.RoomSettings:
    was, policy = settings_of(results.RoomSettings, room.name, room), room.policy
    for name, least in SETTINGS.items():
        value = getattr(call, name)
        if value is not None and value != getattr(was, name):
            require_least(least, member, name)
    configured = RoomConfigured(
        title=_given(call.title, room.title),
        topic=_given(call.topic, room.topic),
        visibility=_given(call.visibility, room.visibility),
        policy=RoomPolicy(
            posting=_given(call.posting, policy.posting),
            inviting=_given(call.inviting, policy.inviting),
            slow_mode_s=_given(call.slow_mode_s, policy.slow_mode_s),
            archived=_given(call.archived, policy.archived),
        ),
        version=room.version + 1,
    )
    if is_group(room.name) and configured.visibility == "public":
        raise Refused("forbidden", "visibility: a group stays private")
    settings = settings_of(results.RoomSettings, room.name, configured)
    if settings != was:
        draft.entries.append(configured)
        draft.audit(member.user, "setRoom", details=_changes(was, settings))
    return settings


def _changes(was: results.RoomSettings, settings: results.RoomSettings) -> dict[str, object]:
    """Return the new values of the settings that differ, by their names on the wire."""
    return {
        camel(name): getattr(settings, name)
        for name in SETTINGS
        if getattr(settings, name) != getattr(was, name)
    }


G = TypeVar("G")


def _given(value: G | None, default: G) -> G:
    return default if value is None else value
