"""Points at which an actor can raise because of a message. It raises for a poisonous message, but
not when that is retried."""

from collections.abc import Callable, Sequence
from typing import Any, Final

import attrs
import pytest

from chatroom.hub.channel import Channel
from chatroom.hub.hub import Hub
from chatroom.inbox.actor import InboxActor
from chatroom.inbox.mail import Forward
from chatroom.inbox.state import InboxState
from chatroom.protocol.results import Sent
from chatroom.room import actor, rules
from chatroom.room.actor import RoomActor
from chatroom.room.publisher import Publisher
from chatroom.room.state import RoomState
from chatroom.store.events import MessagePosted
from chatroom.store.sqlite import SqliteStore, apply

from .planted import POISON, PlantedFault

TEXT: Final = f"{POISON} for @{POISON}"
"""No user has that name, so it must be looked up."""


class Trap:
    """Raises up to ``times`` times."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, times: int = 1) -> None:
        self.sprung = 0
        self.times: Final = times
        self._monkeypatch = monkeypatch

    def spring(self, tripped: bool) -> None:
        if tripped and self.sprung < self.times:
            self.sprung += 1
            raise PlantedFault

    def wrap(self, owner: Any, name: str, wrapper: Callable[[Any], Any]) -> None:
        """Replace a function by ``wrapper(function)``."""
        self._monkeypatch.setattr(owner, name, wrapper(getattr(owner, name)))


@attrs.frozen
class FailurePoint:
    """A failure point.

    ``committed``: the message is in the log when the actor raises. ``answered``: its sender has got
    the reply. ``hung_up``: watchers of the room are disconnected and must resume. ``times``: 2 for
    a failure in a transaction, which is tried in a group and then alone.
    """

    name: str
    plant: Callable[[Trap], None]
    actor: str = "room north"
    committed: bool = True
    answered: bool = False
    hung_up: bool = True
    times: int = 1
    failures: int = 1


def _poisonous(entries: Sequence[Any]) -> bool:
    return any(isinstance(one, MessagePosted) and POISON in one.message.text for one in entries)


# ---- the room


def _looking_up(trap: Trap) -> None:
    def wrap(people: Any) -> Any:
        async def raising(self: Any, room: str, names: Any) -> Any:
            trap.spring(POISON in names)
            return await people(self, room, names)

        return raising

    trap.wrap(SqliteStore, "people", wrap)


def _deciding(trap: Trap) -> None:
    def wrap(decide: Any) -> Any:
        def raising(draft: Any, envelope: Any) -> Any:
            trap.spring(POISON in getattr(envelope.call, "text", ""))
            return decide(draft, envelope)

        return raising

    trap.wrap(rules, "_decide", wrap)


def _writing_rows(trap: Trap) -> None:
    def wrap(write_rows: Any) -> Any:
        def raising(connection: Any, room: str, entries: Any, *more: Any) -> Any:
            written = write_rows(connection, room, entries, *more)
            trap.spring(
                _poisonous(entries)
            )  # its rows are in the transaction, and must be rolled back
            return written

        return raising

    trap.wrap(apply, "write", wrap)


def _committed(trap: Trap) -> None:
    def wrap(follow: Any) -> Any:
        def raising(self: Any, entries: Any, *more: Any) -> None:
            trap.spring(_poisonous(entries))
            follow(self, entries, *more)

        return raising

    trap.wrap(RoomActor, "_apply_and_publish", wrap)


def _applying(trap: Trap) -> None:
    def wrap(follow: Any) -> Any:
        def raising(self: Any, entries: Any) -> None:
            follow(self, entries)
            trap.spring(_poisonous(entries))

        return raising

    trap.wrap(RoomState, "apply", wrap)


def _answering(trap: Trap) -> None:
    committed = False

    def note(follow: Any) -> Any:
        def noting(self: Any, entries: Any) -> None:
            nonlocal committed
            follow(self, entries)
            committed = committed or _poisonous(entries)

        return noting

    def wrap(answer: Any) -> Any:
        def raising(self: Any, to: Any, result: object) -> None:
            trap.spring(committed and isinstance(result, Sent))
            answer(self, to, result)

        return raising

    trap.wrap(RoomState, "apply", note)
    trap.wrap(Hub, "reply", wrap)


def _telling(trap: Trap) -> None:
    def wrap(publish: Any) -> Any:
        def raising(self: Any, kind: Any, message: Any, entry: Any) -> None:
            trap.spring(POISON in message.text)
            publish(self, kind, message, entry)

        return raising

    trap.wrap(Channel, "publish_message", wrap)


def _forwarding(trap: Trap) -> None:
    def wrap(forward: Any) -> Any:
        def raising(self: Any, from_rev: int, to_rev: int, entries: Any, by_inbox: Any) -> None:
            trap.spring(_poisonous(entries))
            forward(self, from_rev, to_rev, entries, by_inbox)

        return raising

    trap.wrap(Publisher, "forward", wrap)


def _waking_after(trap: Trap) -> None:
    """The restarted actor fails too, when it reads the room."""
    again = Trap(pytest.MonkeyPatch())

    def wrap(room: Any) -> Any:
        async def raising(self: Any, name: str) -> Any:
            again.spring(bool(trap.sprung))
            return await room(self, name)

        return raising

    _committed(trap)
    trap.wrap(SqliteStore, "room", wrap)


def _healing_after(trap: Trap) -> None:
    """The restarted actor fails too, while it resynchronises its watchers."""
    again = Trap(pytest.MonkeyPatch())

    def wrap(heal: Any) -> Any:
        async def raising(*args: Any, **more: Any) -> None:
            await heal(*args, **more)
            again.spring(True)

        return raising

    _committed(trap)
    trap.wrap(actor, "heal", wrap)


# ---- an inbox that is awake


def _folding(trap: Trap) -> None:
    def wrap(fold: Any) -> Any:
        def raising(self: Any, forward: Forward) -> None:
            fold(self, forward)
            trap.spring(self.user == "carol" and _poisonous(forward.entries or ()))

        return raising

    trap.wrap(InboxState, "fold", wrap)


def _telling_counts(trap: Trap) -> None:
    def wrap(push: Any) -> Any:
        def raising(self: Any) -> None:
            counted = any(room.rev > 1 for room in self._state.rooms.values())
            trap.spring(self._user == "carol" and self._notifier.has_news and counted)
            push(self)

        return raising

    trap.wrap(InboxActor, "_push_unread", wrap)


def _unwritten(name: str, plant: Callable[[Trap], None], times: int = 1) -> FailurePoint:
    """Return a failure point after which the room is unchanged."""
    return FailurePoint(name, plant, committed=False, hung_up=False, times=times, failures=0)


def _in_carol_s_inbox(name: str, plant: Callable[[Trap], None]) -> FailurePoint:
    return FailurePoint(name, plant, "userInbox carol", answered=True, hung_up=False)


FAILURE_POINTS: Final = (
    _unwritten("looking up", _looking_up),
    _unwritten("deciding", _deciding, times=2),
    _unwritten("writing rows", _writing_rows, times=2),
    FailurePoint("committed", _committed),
    FailurePoint("applying", _applying),
    FailurePoint("answering", _answering),
    FailurePoint("telling", _telling, answered=True),
    FailurePoint("forwarding", _forwarding, answered=True),
    FailurePoint("committed, waking", _waking_after, failures=2),
    FailurePoint("committed, healing", _healing_after, failures=2),
    _in_carol_s_inbox("folding", _folding),
    _in_carol_s_inbox("telling counts", _telling_counts),
)
