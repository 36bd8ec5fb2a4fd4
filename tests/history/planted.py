"""The server with bugs in it, as a process: ``python -m tests.history.planted BUG,BUG serve ...``

The bugs are patched into this process before it starts to serve. ``sound`` has none, and
``sound_on_a_full_disk`` only a disk that is full at times. Here are the bugs in what people are
shown, in :mod:`.planted_in_store` the others.
"""

import sqlite3
import sys
from collections.abc import Collection
from itertools import count
from typing import Any, Final

import attrs
import orjson

from chatroom import housekeeping
from chatroom.hub.channel import Channel
from chatroom.hub.hub import Hub
from chatroom.inbox.mail import Forward
from chatroom.inbox.searching import Searcher
from chatroom.inbox.state import InboxState
from chatroom.inbox.threads import Threads
from chatroom.model import Message
from chatroom.push.sender import Attempted
from chatroom.push.service import Push
from chatroom.room.draft import Draft
from chatroom.room.log_reader import LogReader
from chatroom.store.events import MessageChanged, MessagePosted
from chatroom.store.people import PeoplePage
from chatroom.store.room_log import Changes
from chatroom.store.search import Search
from chatroom.store.sql import log, people, search
from chatroom.store.sql.rows import json_array

from ..following.served import serve_from_two_nodes
from ..quick_hasher import main
from . import planted_in_store
from .planted_in_store import put

PRUNING_INTERVAL_S: Final = 0.5
"""In place of a minute, since a run takes some seconds."""


def sound() -> None:
    pass


def sound_on_two_nodes() -> None:
    """Two nodes on one store, and news that is lost, doubled and late."""
    serve_from_two_nodes()


def forwards_no_messages() -> None:
    """An inbox that is awake gets the revs, but not the messages."""
    fold = InboxState.fold

    def fold_without(self: InboxState, forward: Forward) -> None:
        entries = forward.entries or ()
        rest = tuple(entry for entry in entries if not isinstance(entry, MessagePosted))
        fold(self, attrs.evolve(forward, entries=rest if entries else forward.entries))
        if entries and (room := self.rooms.get(forward.room)) and room.rev < forward.to_rev:
            self.rooms[forward.room] = attrs.evolve(room, rev=forward.to_rev)

    put(InboxState, "fold", fold_without)


def counts_a_thread_message_twice() -> None:
    """An inbox that is awake counts each message of a followed thread twice."""
    post = Threads.post

    def post_twice(self: Threads, message: Message) -> None:
        post(self, message)
        post(self, message)

    put(Threads, "post", post_twice)


def shows_profiles_to_strangers() -> None:
    known_people = people.known_people

    def all_people(
        connection: sqlite3.Connection, user: str, rooms: Collection[str], names: Collection[str]
    ) -> PeoplePage:
        everywhere = [room for (room,) in connection.execute("SELECT name FROM rooms")]
        found = known_people(connection, user, everywhere, names).people
        others = [known_people(connection, name, (), [name]).people for name in names]
        shown = {profile.name: profile for some in (found, *others) for profile in some}
        return PeoplePage(tuple(shown[name] for name in sorted(shown)))

    put(people, "known_people", all_people)


def drops_notifications() -> None:
    """Each third one is noted as sent, and is not."""
    attempt, numbers = Push._attempt, count(1)

    async def attempt_or_not(self: Push, *args: Any) -> Attempted | None:
        if next(numbers) % 3 == 0:
            return Attempted("sent")
        return await attempt(self, *args)

    put(Push, "_attempt", attempt_or_not)


def doubles_notifications() -> None:
    attempt = Push._attempt

    async def attempt_twice(self: Push, *args: Any) -> Attempted | None:
        await attempt(self, *args)
        return await attempt(self, *args)

    put(Push, "_attempt", attempt_twice)


def counts_a_reaction_twice() -> None:
    """The second user who reacts with an emoji is counted twice."""
    react = Draft.react

    def react_twice(self: Draft, was: Message, emoji: str, user: str, *, added: bool) -> Message:
        message = react(self, was, emoji, user, added=added)
        counted = tuple(
            attrs.evolve(each, count=3) if each.count == 2 else each for each in message.reactions
        )
        entry = self.entries.pop()
        assert isinstance(entry, MessageChanged)
        self.change(attrs.evolve(entry, message=attrs.evolve(message, reactions=counted)))
        return message

    put(Draft, "react", react_twice)


def loses_reactions_in_a_resume() -> None:
    """A resume leaves out messages of which only the reactions have changed."""

    def window(connection: Any, room: str, revs: Any, seqs: Any) -> list[Message]:
        found = read(connection, room, revs, seqs)
        reacted = connection.execute(
            "SELECT rev FROM changes WHERE room = ? AND kind = 'react'", (room,)
        )
        revs_of_reactions = {rev for (rev,) in reacted}
        return [message for message in found if message.rev not in revs_of_reactions]

    read = log._window
    put(log, "_window", window)
    put(LogReader, "changes", _changes_of_the_store)


async def _changes_of_the_store(self: LogReader, since: int, limit: int, *, asker: str) -> Changes:
    return await self._store.changes(self._state.name, since, limit, asker=asker)


def searches_everywhere() -> None:
    """A search covers the rooms of all users."""
    searched_rooms = search.searched_rooms

    def all_rooms(connection: sqlite3.Connection, wanted: Search) -> search.SearchedRooms:
        names = set[str]()
        messages = pending = 0
        for (user,) in connection.execute("SELECT DISTINCT user FROM members"):
            rooms = searched_rooms(connection, attrs.evolve(wanted, user=user))
            names.update(orjson.loads(rooms.names))
            messages += rooms.messages
            pending += rooms.pending
        return search.SearchedRooms(len(names), json_array(names), messages, pending)

    put(search, "searched_rooms", all_rooms)
    put(Searcher, "_follows", lambda *_: True)


def tells_nobody_of_a_deletion() -> None:
    detach_all = Hub.detach_all

    def detach_silently(self: Hub, channel: Channel) -> list[str]:
        detach_all(self, channel)
        return []

    put(Hub, "detach_all", detach_silently)


if __name__ == "__main__":
    bugs = vars(planted_in_store) | globals()
    put(housekeeping, "INTERVAL_S", PRUNING_INTERVAL_S)
    for bug in sys.argv.pop(1).split(","):
        bugs[bug]()
    main()
