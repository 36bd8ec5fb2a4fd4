"""What the client's events change in the state of the terminal chat. Pure."""

from typing import Final

from ...client import (
    ConnectionChanged,
    Event,
    MemberChanged,
    Message,
    MessageChanged,
    MuteChanged,
    NewMessage,
    Presence,
    ReactionsChanged,
    Resynced,
    RoomChanged,
    ServerChanged,
    SettingsChanged,
    ThreadUnread,
    TokenExpiring,
    Typing,
    Unread,
    UserChanged,
)
from ..sanitize import line_of, local_time
from .notices import A_ROLE, described_mute, described_settings
from .state import State, more_before
from .types import FollowUp, Open, ReadInbox

TYPING_S: Final = 6
"""How long a typing notification is valid, by the protocol."""


def apply(state: State, event: Event, now: float) -> FollowUp | None:
    """Apply an event to the state. ``now`` is in seconds, by any clock."""
    match event:
        case NewMessage(message):
            _apply_message(state, message)
        case MessageChanged(message):
            if message.room == state.shown:
                state.recent.append(message)
                state.window.apply(message)
                state.quote(message)
        case ReactionsChanged(room=state.shown):
            state.recent.append(event)
            state.window.apply_reaction(event)
        case Resynced(room=room, reason=reason, messages=messages):
            if room == state.shown:
                _resync(state, reason, messages)
        case Unread(entry):
            state.put_entry(entry)
            if entry.room == state.shown and state.draft is not None:
                return Open(entry.room)  # the partner has created the room
        case Typing(room=state.shown, user=user, typing=typing, thread=None):
            if typing:
                state.typing[user] = now + TYPING_S
            else:
                state.typing.pop(user, None)
        case MemberChanged():
            return _apply_member(state, event)
        case MuteChanged() if event.room == state.shown:
            state.window.note(described_mute(event, state.me))
        case RoomChanged() if event.room == state.shown:
            state.window.note(described_settings(event))
        case ConnectionChanged(connected=connected):
            state.connected = connected
            state.typing.clear()
            return ReadInbox() if connected else None
        case TokenExpiring(expires_at):
            state.window.notice(
                f"this log-in ends on {local_time(expires_at):%Y-%m-%d %H:%M};"
                " renew it with `chatroom sessions renew`"
            )
        case ServerChanged():
            state.server_state = event
        case UserChanged() | SettingsChanged():
            pass  # names are looked up when they are drawn
        case ThreadUnread():
            pass
        case Typing() | Presence() | MuteChanged() | RoomChanged() | ReactionsChanged():
            pass  # presence comes with the facts, the rest is of another room or a thread
    return None


def _apply_message(state: State, message: Message) -> None:
    if message.client_id is not None and message.sender == state.me:
        state.pending.pop(message.client_id, None)
    if message.room == state.shown:
        state.typing.pop(message.sender, None)
        state.recent.append(message)
        state.window.apply(message)
    if message.thread is None:
        state.inbox.count(message)
    elif message.room == state.shown:
        state.window.note(f"in thread {message.thread}: {line_of(message)}")


def _apply_member(state: State, event: MemberChanged) -> FollowUp | None:
    room, user = event.room, event.user
    if user == state.me:
        if event.role is not None:
            if room == state.shown:
                state.window.note(f"you are {A_ROLE[event.role]} now")
            return ReadInbox()
        why = f"you are no longer a member of {state.label(room)}"
        state.inbox.drop(room)
        if room != state.shown:
            state.window.note(why)
            return None
        state.close()
        return Open(None, why)
    if room == state.shown:
        if event.role is None:
            state.members.discard(user)
            state.window.note(f"{user} is no longer a member")
        elif user not in state.members:
            state.members.add(user)
            state.window.note(f"{user} is a member now")
        else:
            state.window.note(f"{user} is {A_ROLE[event.role]} now")
    return None


def _resync(state: State, reason: str, messages: tuple[Message, ...]) -> None:
    state.recent.clear()
    state.drop_stored()
    state.window.replace(messages, older=more_before(messages), newer=False)
    state.window.divider = None
    state.window.notice(
        "the missed messages were pruned; these are the latest ones"
        if reason == "pruned"
        else "the server was restored; these are the latest messages"
    )
