"""What the person does, by keys and commands, and what follows from it. Waits for nothing.

Knows the state and the link to the server, nothing of drawing: ``size`` tells how large the pane
of messages is.
"""

from collections.abc import Callable
from functools import partial
from typing import Final

import trio
from uuid_utils import uuid7

from ...client import Chat
from ...model import direct_room
from . import commands
from .commands import Command
from .layout import page_down, page_up, show_divider
from .state import State
from .sync import Sync, Task
from .types import Pending

TYPING_AGAIN_S: Final = 2.5
"""The server repeats a sign only once the last one is 6 s old, and only when told again."""


class Controller:
    def __init__(
        self, chat: Chat, state: State, link: Sync, size: Callable[[], tuple[int, int]]
    ) -> None:
        self.quitted = trio.Event()
        self._chat = chat
        self._state = state
        self._link = link
        self._size = size
        self._typing_told: tuple[str, float] | None = None  # where and when

    def enter(self, typed: str) -> None:
        command = commands.parse(typed)
        if self._state.editing is not None and not isinstance(command, commands.Quit):
            command = commands.Edit(typed.strip()) if typed.strip() else None
        self.typed("")
        if command is not None:
            self._obey(command)
        if not isinstance(command, commands.Quit):
            self._state.quitting = False
        self._state.editing = None
        self._link.show()

    def _obey(self, command: Command) -> None:
        state, link, room = self._state, self._link, self._state.shown
        match command:
            case commands.Wrong(why):
                state.window.notice(why)
            case commands.ShowHelp():
                state.window.notice(*commands.help_lines())
            case commands.Quit():
                self.quit()
            case commands.Join(name):
                link.soon(partial(link.join, name))
            case commands.Direct(name, text):
                self._direct(direct_room(state.me, name), text)
            case commands.JumpToUnread():
                self._jump_to_unread()
            case commands.ShowRooms():
                link.soon(link.list_rooms)
            case commands.Block(name):
                link.soon(partial(link.block, name))
            case commands.Unblock(name):
                link.soon(partial(link.unblock, name))
            case commands.ShowBlocked():
                link.soon(link.list_blocked)
            case _ if room is None:
                state.window.notice("no room is open: /join ROOM")
            case commands.Say(text):
                link.send(Pending(str(uuid7()), room, text))
            case commands.Edit(text):
                self._change(lambda seq: partial(self._chat.edit, room, seq, text))
            case commands.Delete():
                self._change(lambda seq: partial(self._chat.delete, room, seq))
            case commands.Invite(name):
                link.soon(partial(self._chat.invite, room, name))
            case commands.Leave():
                link.soon(partial(self._chat.leave, room))
            case commands.ShowMembers():
                link.soon(partial(link.list_members, room))

    def _direct(self, room: str, text: str | None) -> None:
        if text is None:
            self._link.open(room)
        else:
            self._link.open_and_send(Pending(str(uuid7()), room, text))

    def _change(self, call: Callable[[int], Task]) -> None:
        """Edit or delete the message that was brought back, else my last one."""
        seq = self._state.editing
        if seq is None and (message := self._state.my_last()) is not None:
            seq = message.seq
        if seq is None:
            self._state.window.notice("no message of yours is at hand")
        else:
            self._link.soon(call(seq))

    def _jump_to_unread(self) -> None:
        """Here; else in the next room that has some."""
        state, divider = self._state, self._state.window.divider
        if divider is not None:
            if not self._show_divider():
                self._link.read_part(divider + 1, self._show_divider)
        elif (room := state.next_unread()) is not None:
            self._link.open(room, self._jump_to_unread)
        else:
            state.window.notice("nothing is unread")

    def _show_divider(self) -> bool:
        return show_divider(self._state, *self._size())

    # ---- keys

    def quit(self) -> None:
        """At once, or when asked a second time if something is not sent yet."""
        state = self._state
        if state.unsent and not state.quitting:
            state.quitting = True
            waiting = len(state.unsent)
            what = "message is" if waiting == 1 else "messages are"
            state.window.notice(f"{waiting} {what} not sent yet; quit once more to drop them")
            self._link.show()
        else:
            self.quitted.set()

    def edit_last(self) -> str | None:
        """The text of my last message, which Enter will then change."""
        message = self._state.my_last()
        if message is None:
            return None
        self._state.editing = message.seq
        self._link.show()
        return message.text

    def stop_editing(self) -> None:
        self._state.editing = None
        self._link.show()

    def page_up(self) -> None:
        if page_up(self._state, *self._size()):
            self._link.soon(self._link.read_older)
        self._link.show()

    def page_down(self) -> None:
        if page_down(self._state, *self._size()):
            self._link.soon(self._link.read_newer)
        self._link.show()

    def to_end(self) -> None:
        self._state.window.bottom = None
        self._link.show()

    def go(self, step: int) -> None:
        """To the room so many below in the list."""
        room = self._state.neighbour(step)
        if room is not None and room != self._state.shown:
            self._link.open(room)

    def typed(self, text: str) -> None:
        """The input line has changed."""
        state, told, now = self._state, self._typing_told, trio.current_time()
        if state.shown is None or state.draft is not None or not state.connected:
            return
        writing = bool(text.strip()) and state.editing is None
        writing = writing and (not text.startswith("/") or text.startswith("//"))
        news = told is None or told[0] != state.shown or now - told[1] >= TYPING_AGAIN_S
        if writing and news:
            self._typing_told = (state.shown, now)
            self._link.soon(partial(self._chat.set_typing, state.shown, True))
        elif not writing and told is not None:
            self._typing_told = None
            self._link.soon(partial(self._chat.set_typing, told[0], False))
