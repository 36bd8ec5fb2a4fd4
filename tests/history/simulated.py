"""Good histories: a simulation of a chat server that implements docs/protocol.md. Pure.

Users with several sessions send, retry, edit, delete, read, join and leave. The server sometimes
crashes and prunes, and the operator deletes a room. A call in progress is first a request in
transit, then frames in the queue of its session. Anything may happen in between.
"""

import copy
import random
from typing import Any, Final

from .cursors import COPIED, PUT_BACK, STARTED
from .entries import Begin, End, Entry, Fact, Json, Saw
from .simulated_rooms import Refused, SimSession
from .simulated_server import OPERATOR, PEOPLE, SimServer

ON_DISK: Final = ("rooms", "blocks", "originals", "epochs", "unanswered")
"""The attributes of a simulation that a copy contains, and the calls that users must retry."""


class Simulation(SimServer):
    """A running simulation. ``entries`` is the recording. See :func:`.people.history`."""

    def __init__(self, seed: int) -> None:
        super().__init__()
        self.choose = random.Random(seed)  # noqa: S311 - to be repeated
        self.entries = list[Entry]()
        self.unanswered = dict[str, list[Json]]()
        self.counts = dict.fromkeys((*PEOPLE, OPERATOR), 0)
        self.numbers = self.texts = 0
        self.lives = 1

    # ---- recording

    def now(self) -> int:
        self.time += self.choose.randint(1, 1000)
        return self.time * 1000

    def connect(self, user: str, revs: dict[str, tuple[int, str]] | None = None) -> SimSession:
        self.counts[user] += 1
        session = SimSession(f"{user}#{self.counts[user]}", revs=dict(revs or {}))
        self.sessions.append(session)
        return session

    def begin(self, session: SimSession, method: str, **args: Any) -> int:
        self.numbers += 1
        self.entries.append(Begin(self.numbers, self.now(), session.process, method, args))
        session.calls[self.numbers] = method, args
        return self.numbers

    def end(self, number: int, outcome: Any, seen: Json) -> None:
        self.entries.append(End(number, self.now(), outcome, seen))

    # ---- serving

    def serve(self, session: SimSession, number: int) -> None:
        """Perform a call, and queue its reply and events."""
        method, args = session.calls.pop(number)
        luck = self.choose.random()
        try:
            if method in SOMETIMES_REFUSED and luck < 0.04:
                raise Refused("storage_full")
            seen = getattr(self, method)(session, **args)
        except Refused as refused:
            session.line.append((number, "fail", {"reason": str(refused)}))
            return
        if method in SOMETIMES_REFUSED and luck > 0.97:
            reply = (number, "info", {"reason": "internal"})
            if method == "sendMessage":
                self.unanswered.setdefault(session.user, []).append(args)
        else:
            reply = (number, "ok", seen)
        # A reply precedes the events of its own call.
        session.line.insert(len(session.line) - self._own(session, seen), reply)

    def _own(self, session: SimSession, seen: Json) -> int:
        """Return how many events at the end of the queue were caused by the call itself."""
        line, rev = session.line, seen.get("rev")
        last = line[-1] if line else ()
        return int(rev is not None and len(last) == 2 and last[1].get("rev") == rev)

    # ---- the network

    def deliver(self, session: SimSession) -> None:
        frame = session.line.popleft()
        if len(frame) == 2:
            what, value = frame
            self.entries.append(Saw(what, self.now(), session.process, value))
            if "rev" in value:
                session.revs[value["room"]] = value["rev"], value["epoch"]
            return
        number, outcome, seen = frame
        self.end(number, outcome, seen)
        if "nextRev" in seen:
            session.revs[seen["room"]] = seen["nextRev"], seen["epoch"]
            if seen["hasMore"]:
                args = {"room": seen["room"], "sinceRev": seen["nextRev"], "epoch": seen["epoch"]}
                self.begin(session, "subscribe", **args)

    def start(self) -> None:
        self.lives += 1
        self.epochs.append(f"life {self.lives}")
        self.entries.append(Fact(STARTED, self.now(), {}))

    # ---- a copy of the data directory

    def copy(self) -> dict[str, Any]:
        """Copy the data directory. No call may be in progress."""
        self.entries.append(Fact(COPIED, self.now(), {}))
        return copy.deepcopy({name: getattr(self, name) for name in ON_DISK})

    def put_back(self, copied: dict[str, Any]) -> None:
        """Restore a copy. All clients reconnect with their cursors from the undone time."""
        gone = self._kill()
        vars(self).update(copied)
        self.entries.append(Fact(PUT_BACK, self.now(), {}))
        self._start_again(gone)

    def crash(self) -> None:
        """Crash and restart. Some calls in progress are done, none is answered, and all clients
        reconnect."""
        self._start_again(self._kill())
        self.erase()

    def _kill(self) -> list[SimSession]:
        self.entries.append(Fact("killed", self.now(), {}))
        gone, self.sessions = self.sessions, []
        for session in gone:
            heard = self.choose.randint(0, len(session.line))
            for _ in range(heard):
                self.deliver(session)
            lost = [frame[0] for frame in session.line if len(frame) == 3]
            for number in list(session.calls):
                method, args = session.calls[number]
                if method == "sendMessage":
                    self.unanswered.setdefault(session.user, []).append(args)
                if self.choose.random() < 0.5:
                    self.serve(session, number)
                lost.append(number)
            for number in sorted(lost):
                if self.choose.random() < 0.7:  # the others have no end
                    self.end(number, "info", {"reason": "closed"})
        return gone

    def _start_again(self, gone: list[SimSession]) -> None:
        self.start()
        for session in gone:
            again = self.connect(session.user, session.revs)
            for name, (rev, epoch) in session.revs.items():
                self.begin(again, "subscribe", room=name, sinceRev=rev, epoch=epoch)


SOMETIMES_REFUSED: Final = frozenset(
    {"sendMessage", "editMessage", "deleteMessage", "markRead", "deleteRoom"}
)
