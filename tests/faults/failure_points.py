"""Points at which an actor can raise because of a message. It raises for a poisonous message, but
not when that is retried."""

import inspect
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final

import attrs
import pytest

from chatroom.hub.channel import Channel
from chatroom.hub.hub import Hub
from chatroom.inbox.actor import InboxActor
from chatroom.inbox.state import InboxState
from chatroom.protocol.results import Sent
from chatroom.room import replica, rules
from chatroom.room.publisher import Publisher
from chatroom.room.replica import Replica
from chatroom.room.state import RoomState
from chatroom.store.events import MessagePosted
from chatroom.store.sql.messages import Posts
from chatroom.store.sqlite import SqliteStore

from .planted import POISON, PlantedFault

TEXT: Final = f"{POISON} for @{POISON}"
"""No user has that name, so it must be looked up."""


def _always(*_: Any, **__: Any) -> bool:
    return True


@attrs.define
class Trap:
    """Raises up to ``times`` times. ``tripped`` is called with a function's arguments, and returns
    whether to raise."""

    monkeypatch: pytest.MonkeyPatch
    times: int = 1
    sprung: int = 0

    def _spring(self, tripped: bool) -> None:
        if tripped and self.sprung < self.times:
            self.sprung += 1
            raise PlantedFault

    def before(self, owner: Any, name: str, tripped: Callable[..., bool] = _always) -> None:
        """Raise instead of calling the function."""
        function = getattr(owner, name)

        def raising(*args: Any, **more: Any) -> Any:
            self._spring(tripped(*args, **more))
            return function(*args, **more)

        self.monkeypatch.setattr(owner, name, raising)

    def after(self, owner: Any, name: str, tripped: Callable[..., bool] = _always) -> None:
        """Raise after calling the function."""
        function = getattr(owner, name)

        def raising(*args: Any, **more: Any) -> Any:
            result = function(*args, **more)
            if inspect.isawaitable(result):
                return awaited(result, args, more)
            self._spring(tripped(*args, **more))
            return result

        async def awaited(result: Awaitable[Any], args: Any, more: Any) -> Any:
            value = await result
            self._spring(tripped(*args, **more))
            return value

        self.monkeypatch.setattr(owner, name, raising)


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


def _committed(trap: Trap) -> None:
    trap.before(Replica, "apply", lambda _, entries, *__: _poisonous(entries))


def _writing_rows(trap: Trap) -> None:
    """The posts of a group are inserted together, some time after they were added."""
    poisoned = list[Posts]()

    def note(posts: Posts, _: str, post: MessagePosted) -> bool:
        if _poisonous([post]):
            poisoned.append(posts)
        return False

    trap.after(Posts, "add", note)
    trap.after(Posts, "write", lambda posts, _: posts in poisoned)


def _answering(trap: Trap) -> None:
    committed = False

    def note(_: RoomState, entries: Any) -> bool:
        nonlocal committed
        committed = committed or _poisonous(entries)
        return False

    trap.after(RoomState, "apply", note)
    trap.before(Hub, "reply", lambda _, to, result: committed and isinstance(result, Sent))


def _waking_after(trap: Trap) -> None:
    """The restarted actor fails too, when it reads the room."""
    _committed(trap)
    Trap(trap.monkeypatch).before(SqliteStore, "room", lambda *_: bool(trap.sprung))


def _healing_after(trap: Trap) -> None:
    """The restarted actor fails too, while it resynchronises its watchers."""
    _committed(trap)
    Trap(trap.monkeypatch).after(replica, "heal")


def _has_counts_to_tell(inbox: InboxActor, **_: Any) -> bool:
    counted = any(room.rev > 1 for room in inbox._state.rooms.values())
    return inbox._user == "carol" and inbox._notifier.has_news and counted


def _unwritten(name: str, plant: Callable[[Trap], None], times: int = 1) -> FailurePoint:
    """Return a failure point after which the room is unchanged."""
    return FailurePoint(name, plant, committed=False, hung_up=False, times=times, failures=0)


def _in_carol_s_inbox(name: str, plant: Callable[[Trap], None]) -> FailurePoint:
    return FailurePoint(name, plant, "userInbox carol", answered=True, hung_up=False)


FAILURE_POINTS: Final = (
    _unwritten(
        "looking up",
        lambda trap: trap.before(SqliteStore, "people", lambda _, room, names: POISON in names),
    ),
    _unwritten(
        "deciding",
        lambda trap: trap.before(
            rules, "_decide", lambda _, envelope: POISON in getattr(envelope.call, "text", "")
        ),
        times=2,
    ),
    # Its rows are in the transaction, and must be rolled back.
    _unwritten("writing rows", _writing_rows, times=2),
    FailurePoint("committed", _committed),
    FailurePoint(
        "applying",
        lambda trap: trap.after(RoomState, "apply", lambda _, entries: _poisonous(entries)),
    ),
    FailurePoint("answering", _answering),
    FailurePoint(
        "telling",
        lambda trap: trap.before(
            Channel, "publish_message", lambda _, __, message, ___: POISON in message.text
        ),
        answered=True,
    ),
    FailurePoint(
        "forwarding",
        lambda trap: trap.before(
            Publisher, "forward", lambda _, __, ___, entries, *____: _poisonous(entries)
        ),
        answered=True,
    ),
    FailurePoint("committed, waking", _waking_after, failures=2),
    FailurePoint("committed, healing", _healing_after, failures=2),
    _in_carol_s_inbox(
        "folding",
        lambda trap: trap.after(
            InboxState,
            "fold",
            lambda inbox, forward: inbox.user == "carol" and _poisonous(forward.entries or ()),
        ),
    ),
    _in_carol_s_inbox(
        "telling counts", lambda trap: trap.before(InboxActor, "_push_unread", _has_counts_to_tell)
    ),
)
