"""Handle the user's keys and commands. Never blocks. Knows nothing of drawing."""

import time
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any, Final

import trio
from uuid_utils import uuid7

from ...client import Chat, Status
from ...model import direct_room
from . import commands, parsing
from .administering import Administering
from .commands import Command
from .files import Avatar, Upload
from .layout import page_down, page_up, show_divider
from .lists import Lists
from .server_commands import ServerCommand
from .state import State
from .sync import Sync, Task
from .types import Pending

NO_ROOM: Final = "no room is open: /join ROOM"
TYPING_INTERVAL_S: Final = 2.5
"""Interval of setTyping calls while the user types. Other clients drop one after 6 s."""


class Controller:
    """:param size: returns width and height of the pane of messages."""

    def __init__(
        self, chat: Chat, state: State, sync: Sync, size: Callable[[], tuple[int, int]]
    ) -> None:
        self.quit_requested = trio.Event()
        self._chat = chat
        self._state = state
        self._sync = sync
        self._lists = Lists(chat, state)
        self._administering = Administering(chat, state)
        self._size = size
        self._typing_sent: tuple[str, float] | None = None  # room and time
        self._cleared: str | None = None

    def enter(self, typed: str) -> str:
        """Handle a line. Returns what stays in the input line: a message without a room."""
        command = parsing.parse(typed)
        if isinstance(command, commands.Say) and self._state.shown is None:
            self._state.window.notice(NO_ROOM)
            self._sync.show()
            return typed
        if self._state.editing is not None and not isinstance(command, commands.Quit):
            command = commands.Edit(typed.strip()) if typed.strip() else None
        self.typed("")
        if command is not None:
            self._execute(command)
        if not isinstance(command, commands.Quit):
            self._state.quitting = False
        self._state.editing = None
        self._sync.show()
        return ""

    def _execute(self, command: Command) -> None:
        state, sync, room = self._state, self._sync, self._state.shown
        match command:
            case commands.Invalid(why):
                state.window.notice(why)
            case commands.ShowHelp():
                state.window.notice(*parsing.help_lines())
            case commands.Quit():
                self.quit()
            case ServerCommand():
                sync.enqueue(partial(self._administering.run, command, room))
            case commands.Join(name):
                sync.enqueue(partial(sync.join, name))
            case commands.Direct(name, text):
                self._direct(direct_room(state.me, name), text)
            case commands.CreateGroup(names):
                sync.enqueue(partial(sync.create_group, names))
            case commands.JumpToUnread():
                self._jump_to_unread()
            case commands.ShowRooms():
                sync.enqueue(self._lists.rooms)
            case commands.Search(query):
                sync.enqueue(partial(self._lists.search, query))
            case commands.Block(name):
                sync.enqueue(partial(self._lists.block, name))
            case commands.Unblock(name):
                sync.enqueue(partial(self._lists.unblock, name))
            case commands.SetName(name):
                sync.enqueue(partial(self._lists.set_name, name))
            case commands.SetStatus(text, emoji, for_s):
                status = Status(text, emoji, _end(for_s))
                sync.enqueue(partial(self._lists.set_status, status))
            case commands.SetAvatar(str(picture)):
                sync.files.upload(Avatar(Path(picture)))
            case commands.SetAvatar():
                sync.enqueue(sync.files.remove_avatar)
            case commands.ShowWho(str(name)):
                sync.enqueue(partial(self._lists.person, name))
            case commands.ShowThreads():
                sync.enqueue(self._lists.threads)
            case commands.ShowMentions():
                sync.enqueue(self._lists.mentions)
            case commands.ShowBlocked():
                sync.enqueue(self._lists.blocked)
            case commands.TryPush():
                sync.enqueue(self._lists.test_push)
            case _ if room is None:
                state.window.notice(NO_ROOM)
            case commands.Say(text):
                sync.send(Pending(str(uuid7()), room, text))
            case commands.Reply(answer, name):
                self._answer(name, lambda seq: Pending(str(uuid7()), room, answer, reply_to=seq))
            case commands.SayInThread(answer, int(root)):
                sync.send(Pending(str(uuid7()), room, answer, thread=root))
            case commands.SayInThread(answer, name=name):
                self._answer(name, lambda seq: Pending(str(uuid7()), room, answer, thread=seq))
            case commands.ShowThread(root):
                sync.enqueue(partial(self._lists.thread, room, root))
            case commands.Edit(text):
                self._change(lambda seq: partial(self._chat.edit, room, seq, text))
            case commands.Delete():
                self._change(lambda seq: partial(self._chat.delete, room, seq))
            case commands.React(emoji, name):
                self._react(room, emoji, name)
            case commands.Pin(name, pinned):
                call = self._chat.pin if pinned else self._chat.unpin
                self._do_to_last(name, lambda seq: partial(call, room, seq))
            case commands.SendFile(path, said):
                sync.files.upload(Upload(room, Path(path), said))
            case commands.ShowFiles():
                sync.enqueue(partial(sync.files.show_links, room))
            case commands.ShowPins():
                sync.enqueue(partial(self._lists.pins, room))
            case commands.Invite(name):
                sync.enqueue(partial(self._chat.invite, room, name))
            case commands.Remove(name):
                sync.enqueue(partial(self._chat.remove_member, room, name))
            case commands.SetRole(name, role):
                sync.enqueue(partial(self._chat.set_role, room, name, role))
            case commands.DeleteRoom(name) if name == room:
                sync.enqueue(partial(self._chat.delete_room, room))
            case commands.DeleteRoom(name):
                state.window.notice(f"#{name} is not the open room")
            case commands.SetRoom(settings):
                sync.enqueue(partial(self._set_room, room, settings))
            case commands.Mute(name, for_s, why):
                sync.enqueue(partial(self._chat.mute, room, name, until=_end(for_s), reason=why))
            case commands.Unmute(name):
                sync.enqueue(partial(self._chat.unmute, room, name))
            case commands.Ban(name, for_s, why):
                sync.enqueue(partial(self._chat.ban, room, name, until=_end(for_s), reason=why))
            case commands.Unban(name):
                sync.enqueue(partial(self._chat.unban, room, name))
            case commands.DeleteAllOf(name, for_s):
                sync.enqueue(partial(self._lists.delete_all_of, room, name, _now() - for_s * 1000))
            case commands.Leave():
                sync.enqueue(partial(self._chat.leave, room))
            case commands.ShowMembers():
                sync.enqueue(partial(self._lists.members, room))
            case commands.ShowWho():
                sync.enqueue(partial(self._lists.who, room))

    def _direct(self, room: str, text: str | None) -> None:
        if text is None:
            self._sync.open(room)
        else:
            self._sync.open_and_send(Pending(str(uuid7()), room, text))

    async def _set_room(self, room: str, settings: Mapping[str, Any]) -> None:
        await self._chat.set_room(room, **settings)

    def _change(self, call: Callable[[int], Task]) -> None:
        """Edit or delete the recalled message, else the user's last one."""
        seq = self._state.editing
        if seq is None and (message := self._state.my_last()) is not None:
            seq = message.seq
        if seq is None:
            self._state.window.notice("none of your messages is loaded")
        else:
            self._sync.enqueue(call(seq))

    def _react(self, room: str, emoji: str, name: str | None) -> None:
        mine = self._chat.room(room).my_reactions

        def react(seq: int) -> Task:
            call = self._chat.unreact if emoji in mine.get(seq, ()) else self._chat.react
            return partial(call, room, seq, emoji)

        self._do_to_last(name, react)

    def _do_to_last(self, sender: str | None, call: Callable[[int], Task]) -> None:
        """Make a call about the last message, or the last one by this sender."""
        message = self._state.last_of(sender)
        if message is None:
            self._state.window.notice("there is no such message")
        else:
            self._sync.enqueue(call(message.seq))

    def _answer(self, name: str | None, line: Callable[[int], Pending]) -> None:
        """Send a message about the last one, or the last one by ``name``."""
        message = self._state.last_of(name)
        if message is None:
            self._state.window.notice("there is no such message")
        else:
            self._sync.send(line(message.seq))

    def _jump_to_unread(self) -> None:
        """Go to the first unread message of this room, else of the next room with some."""
        state, divider = self._state, self._state.window.divider
        if divider is not None:
            if not self._show_divider():
                self._sync.read_part(divider + 1, self._show_divider)
        elif (room := state.inbox.next_unread(state.shown)) is not None:
            self._sync.open(room, self._jump_to_unread)
        else:
            state.window.notice("nothing is unread")

    def _show_divider(self) -> bool:
        return show_divider(self._state, *self._size())

    # ---- keys

    def quit(self) -> None:
        """Quit. If messages are unsent, quit only at the second request."""
        state = self._state
        if state.unsent and not state.quitting:
            state.quitting = True
            waiting = len(state.unsent)
            what = "message is" if waiting == 1 else "messages are"
            state.window.notice(f"{waiting} {what} not sent yet; quit once more to discard them")
            self._sync.show()
        else:
            self.quit_requested.set()

    def clear(self, typed: str) -> None:
        """Keep a text that is cleared from the input line."""
        self._cleared = typed
        self._state.editing = None
        self._sync.show()

    def take_cleared(self) -> str | None:
        """Return the text that was cleared last, once."""
        cleared, self._cleared = self._cleared, None
        return cleared

    def edit_last(self) -> str | None:
        """Start editing the user's last message. Returns its text."""
        message = self._state.my_last()
        if message is None:
            return None
        self._state.editing = message.seq
        self._sync.show()
        return message.text

    def stop_editing(self) -> None:
        self._state.editing = None
        self._sync.show()

    def page_up(self) -> None:
        if page_up(self._state, *self._size()):
            self._sync.enqueue(self._sync.read_older)
        self._sync.show()

    def page_down(self) -> None:
        if page_down(self._state, *self._size()):
            self._sync.enqueue(self._sync.read_newer)
        self._sync.show()

    def to_end(self) -> None:
        self._state.window.bottom = None
        self._sync.show()

    def go(self, step: int) -> None:
        """Open the room ``step`` places below in the list."""
        room = self._state.neighbour(step)
        if room is not None and room != self._state.shown:
            self._sync.open(room)

    def typed(self, text: str, before: str = "") -> None:
        """Handle a change of the input line: send typing notifications, and look for names.

        :param before: the text before the cursor.
        """
        self._sync.people.typed(before)
        state, sent, now = self._state, self._typing_sent, trio.current_time()
        if state.shown is None or state.draft is not None or not state.connected:
            return
        typing_text = bool(text.strip()) and state.editing is None
        typing_text = typing_text and (not text.startswith("/") or text.startswith("//"))
        due = sent is None or sent[0] != state.shown or now - sent[1] >= TYPING_INTERVAL_S
        if typing_text and due:
            self._typing_sent = (state.shown, now)
            self._sync.enqueue(partial(self._chat.set_typing, state.shown, True))
        elif not typing_text and sent is not None:
            self._typing_sent = None
            self._sync.enqueue(partial(self._chat.set_typing, sent[0], False))


def _now() -> int:
    """Return the time in ms since the epoch."""
    return int(time.time() * 1000)


def _end(for_s: int | None) -> int | None:
    return None if for_s is None else _now() + for_s * 1000
