"""Profiles after a change, told to the sessions to which presence is told."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from ..net.frames import text_frame
from ..protocol.codec import encode_event
from ..protocol.events import UserChanged
from .hub import Hub


class Profiles:
    def __init__(self, hub: Hub) -> None:
        self._hub = hub

    @contextmanager
    def noting_departures(self) -> Iterator[None]:
        """Note who leaves which room during the block. Only one block runs at a time."""
        self._hub.departures = set()
        try:
            yield
        finally:
            self._hub.departures = None

    def publish(self, profile: UserChanged, rooms: Iterable[str]) -> None:
        """Push a profile once to each session that watches a room of the person, except large
        rooms, and to each session of the person.

        :param rooms: the person's rooms, read in :meth:`noting_departures`. Those that the person
            has left since are skipped (I5).
        """
        hub, user = self._hub, profile.name
        sessions = {session.id: session for session in hub.sessions.of(user)}
        for room in rooms:
            channel = hub.get(room)
            if channel is None or (user, room) in (hub.departures or ()):
                continue
            if hub.online.is_shown(channel):
                sessions.update(channel.watchers)
        if sessions:
            frame = text_frame(encode_event(profile))
            for session in sessions.values():
                session.outbox.push_latest(f"profile {user}", frame)
