"""Keep the state and the server in step: events, messages to send, read cursors, queued actions.

Knows the client and the state, not keys and drawing. All waits for the server are in tasks of this
module, so the screen never blocks.
"""

from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from functools import partial
from typing import Final, TypeAlias

import trio

from ...client import CallRefused, Chat, NotFound, Room
from ...model import User, direct_pair, direct_room
from ...protocol.results import MAX_PAGE, InboxEntry
from .events import apply
from .files import Files
from .lists import read_members
from .people import People
from .refusals import sentence
from .state import State
from .types import (
    Facts,
    FollowUp,
    Open,
    Pending,
    ReadInbox,
)

MAX_QUEUED: Final = 1000
"""Maximum number of unsent messages, and of queued tasks, while there is no connection."""

Task: TypeAlias = Callable[[], Awaitable[object]]


class Sync:
    """:param changed: called to redraw the screen."""

    def __init__(self, chat: Chat, state: State, changed: Callable[[], None]) -> None:
        self._chat = chat
        self._state = state
        self._changed = changed
        self._send_line, self._lines = trio.open_memory_channel[Pending](MAX_QUEUED)
        self._send_task, self._tasks = trio.open_memory_channel[Task](MAX_QUEUED)
        self.files: Final = Files(chat, state, self.show)
        self.people: Final = People(chat, state, changed)
        self._shown_changed = trio.Event()
        self._part_requested = False

    async def run(self, room: str | None) -> None:
        """Run the tasks. ``room``: join it first.

        :raises SessionEnded: the server ended the session permanently.
        """
        self.enqueue(self._read_inbox)
        self.enqueue(partial(self._open_first, room))
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._listen)
            nursery.start_soon(self._send_lines)
            nursery.start_soon(self._do_tasks)
            nursery.start_soon(self._mark_read)
            nursery.start_soon(self._tick)
            nursery.start_soon(self.people.run)
            nursery.start_soon(self.files.run)

    def show(self) -> None:
        """Redraw after a change of the state, and mark visible messages as read."""
        window = self._state.window
        if window.newer and window.bottom is None:
            self.read_part(None)
        self._shown_changed.set()
        self.people.show()
        self._changed()

    # ---- requests, which return at once

    def enqueue(self, task: Task) -> bool:
        """Queue a task. Tasks run one after another. Returns False if the queue is full."""
        try:
            self._send_task.send_nowait(task)
        except trio.WouldBlock:
            self._state.window.notice("too many actions are waiting for the connection")
            return False
        return True

    def send(self, line: Pending) -> None:
        self._state.sending(line)
        try:
            self._send_line.send_nowait(line)
        except trio.WouldBlock:
            self._state.not_sent(line.client_id, "too many messages are waiting")

    def open_and_send(self, line: Pending) -> None:
        self._state.sending(line)
        self.enqueue(partial(self._open_and_send, line))

    def open(self, room: str | None, then: Callable[[], object] = lambda: None) -> None:
        self.enqueue(partial(self._open, room, then))

    def read_part(self, around: int | None, then: Callable[[], object] = lambda: None) -> None:
        """Load another part of the open room's log: the latest, or around a message."""
        if not self._part_requested:
            self._part_requested = self.enqueue(partial(self._read_part, around, then))

    # ---- the tasks

    async def _listen(self) -> None:
        async for event in self._chat.events():
            self._perform(apply(self._state, event, trio.current_time()))
            self._refresh_facts()
            self.show()

    def _perform(self, follow_up: FollowUp | None) -> None:
        match follow_up:
            case None:
                pass
            case ReadInbox():
                self.enqueue(self._read_inbox)
            case Open(room, why):
                told = (why,) if why is not None else ()
                self.open(room, lambda: self._state.window.notice(*told))

    async def _do_tasks(self) -> None:
        async for task in self._tasks:
            try:
                await task()
            except CallRefused as refused:
                self._state.window.notice(sentence(refused))
            self.show()

    async def _send_lines(self) -> None:
        """Send messages one at a time, so that a retried one is not overtaken."""
        async for line in self._lines:
            pair = direct_pair(line.room)
            try:
                if pair is None or line.reply_to is not None or line.thread is not None:
                    await self._chat.send(
                        line.room,
                        line.text,
                        reply_to=line.reply_to,
                        thread=line.thread,
                        client_id=line.client_id,
                    )
                else:  # the direct room may not exist yet
                    await self._chat.send_to(
                        self._partner(pair), line.text, client_id=line.client_id
                    )
            except CallRefused as refused:
                self._state.not_sent(line.client_id, sentence(refused))
            else:
                self._state.sent(line.client_id)
                if self._state.draft is not None and self._state.shown == line.room:
                    self.open(line.room)
            self.show()

    async def _mark_read(self) -> None:
        while True:
            room, seq = self._state.shown, self._state.seq_to_mark()
            if room is not None and seq is not None:
                try:
                    self._state.put_entry(await self._chat.mark_read(room, seq))
                    self._changed()
                    continue
                except CallRefused:
                    pass  # possibly no longer a member, which an event reports
            self._shown_changed = trio.Event()
            await self._shown_changed.wait()

    async def _tick(self) -> None:
        while True:
            await trio.sleep(1)
            before = self._state.typing, self._state.facts
            self._state.expire(trio.current_time())
            self._refresh_facts()
            if before != (self._state.typing, self._state.facts):
                self._changed()

    def _refresh_facts(self) -> None:
        """Copy the open room's facts from the client, which updates them, also on reconnects."""
        if self._state.shown is not None and self._state.draft is None:
            # KeyError: no longer a member; the event of that follows.
            with suppress(KeyError):
                view = self._chat.room(self._state.shown)
                self._state.facts, self._state.threads = _facts(view), view.threads
                self._state.quoted |= view.quoted

    # ---- queued tasks

    async def _read_inbox(self) -> None:
        self._state.inbox.begin_load()
        entries: list[InboxEntry] = []
        after = None
        while True:
            page = await self._chat.get_inbox(after=after)
            entries += page.rooms
            if (after := page.next) is None:
                break
        self._state.load_inbox(entries)
        self._changed()
        rooms = await self._chat.list_rooms(limit=MAX_PAGE)
        self._state.joinable = {room.room for room in rooms.rooms if not room.member}

    async def _open_first(self, room: str | None) -> None:
        """Open the requested room, else the one with the latest activity."""
        if room is None:
            latest = self._chat.inbox.rooms
            await self._open(latest[0].room if latest else None)
        elif room.startswith("@"):
            await self._open(direct_room(self._state.me, room[1:]))
        else:
            await self.join(room)

    async def join(self, room: str) -> None:
        await self._chat.join(room)
        await self._open(room)

    async def create_group(self, names: Sequence[str]) -> None:
        made = await self._chat.create_group(names)
        await self._open(made.room)

    async def _open(self, room: str | None, then: Callable[[], object] = lambda: None) -> None:
        state = self._state
        before = state.shown
        if room is None:
            room = next(iter(state.rooms), None)
            if room is None:
                then()
                return
        try:
            view = await self._chat.subscribe(room)
        except NotFound:
            pair = direct_pair(room)
            if pair is None:
                raise
            state.open(room, (), 0, Facts(), draft=self._partner(pair))
        else:
            known = state.inbox.entries.get(room)
            read_seq = max(view.read_seq, known.read_seq if known is not None else 0)
            state.open(room, view.messages.values(), read_seq, _facts(view), head_seq=view.head_seq)
        then()
        self.show()
        if before is not None and before != room:
            await self._unsubscribe(before)
        if state.draft is None:
            await self._read_members(room)

    async def _open_and_send(self, line: Pending) -> None:
        # Open first, so that a refusal is shown in the message's room.
        try:
            await self._open(line.room)
        finally:
            self.send(line)

    async def _unsubscribe(self, room: str) -> None:
        try:
            self._chat.room(room)
            await self._chat.unsubscribe(room)
        except (KeyError, CallRefused):
            pass  # unsubscribed already

    async def _read_members(self, room: str) -> None:
        members = await read_members(self._chat, room)
        if self._state.shown == room:
            self._state.members = {member.user for member in members}
            for each in members:
                self._state.users.note(User(each.user, each.display_name, each.lookalike))

    async def read_older(self) -> None:
        room, first = self._state.shown, self._state.window.first
        if room is not None and first is not None and self._state.window.older:
            page = await self._chat.history(room, before=first, limit=MAX_PAGE)
            self._state.apply_older(first, page)

    async def read_newer(self) -> None:
        room, last = self._state.shown, self._state.window.last
        if room is not None and self._state.window.newer:
            page = await self._chat.history(room, after=last, limit=MAX_PAGE)
            self._state.apply_newer(last, page)

    async def _read_part(self, around: int | None, then: Callable[[], object]) -> None:
        self._part_requested = False
        if (room := self._state.shown) is not None:
            try:
                page = await self._chat.history(room, around=around, limit=MAX_PAGE)
            except CallRefused:
                self._state.window.newer = False  # otherwise it would be requested again at once
                raise
            self._state.apply_part(page)
            then()

    def _partner(self, pair: tuple[str, str]) -> str:
        return pair[1] if pair[0] == self._state.me else pair[0]


def _facts(view: Room) -> Facts:
    return Facts(view.title, view.topic, frozenset(view.online))
