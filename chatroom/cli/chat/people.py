"""Ask for what is known of people: profiles of those who are shown, and names for completion.

Tasks wait for the server; the screen never does.
"""

from collections.abc import Callable
from typing import Final

import trio

from ...client import CallRefused, Chat
from ...model import User
from .completion import typed_name
from .state import State

PAUSE_S: Final = 0.15
"""A name is asked for when nothing more was typed for this time."""
MAX_COMPLETED: Final = 20
"""Names to ask for at once."""


class People:
    """:param changed: called to redraw the screen."""

    def __init__(self, chat: Chat, state: State, changed: Callable[[], None]) -> None:
        self._chat = chat
        self._state = state
        self._changed = changed
        self._shown = trio.Event()
        self._typed = trio.Event()
        self._before = ""

    async def run(self) -> None:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._load_profiles)
            nursery.start_soon(self._find_names)

    def show(self) -> None:
        """Note that other people may be shown."""
        self._shown.set()

    def typed(self, before: str) -> None:
        """Note a change of the input line. ``before`` is its text before the cursor."""
        self._before = before
        self._typed.set()

    async def _load_profiles(self) -> None:
        """Load the profiles of people who are shown, each once for a room."""
        asked: set[tuple[str | None, str]] = set()
        while True:
            self._shown = trio.Event()
            room = self._state.shown
            wanted = {name for name in self._state.to_show() if (room, name) not in asked}
            if wanted:
                asked |= {(room, name) for name in wanted}
                try:
                    await self._chat.load_users(wanted)
                except CallRefused:
                    continue  # names are shown instead
                self._changed()
            else:
                await self._shown.wait()

    async def _find_names(self) -> None:
        """Ask for people whose names begin with what is typed."""
        asked = None
        while True:
            await self._typed.wait()
            while self._typed.is_set():
                self._typed = trio.Event()
                with trio.move_on_after(PAUSE_S):
                    await self._typed.wait()
            room, wanted = self._state.shown, typed_name(self._before)
            if wanted is None or (room, wanted) == asked:
                continue
            asked = (room, wanted)
            try:
                await self._find(room, *wanted)
            except CallRefused:
                continue  # known names are completed nevertheless
            self._changed()

    async def _find(self, room: str | None, start: str, in_room: bool) -> None:
        found: list[User]
        if not in_room:
            found = [*(await self._chat.list_users(start, limit=MAX_COMPLETED)).users]
        elif room is None or self._state.draft is not None:
            return
        else:
            page = await self._chat.list_members(room, start, limit=MAX_COMPLETED)
            found = [User(each.user, each.display_name, each.lookalike) for each in page.members]
        for user in found:
            self._state.users.note(user)
        self._state.found.update(user.name for user in found)
