"""The server side of one room, synchronous and in memory, written from protocol.md."""

import copy
from collections import deque
from typing import TypeAlias

import attrs

from chatroom.model import Message
from chatroom.protocol.results import History, Online, Subscribed

Told: TypeAlias = Subscribed | History | Message
"""A reply or an event in transit to a client."""


@attrs.define(eq=False)
class ModelRoom:
    """A room and its connection.

    :ivar posted: by seq, the rev of the post.
    :ivar sent: replies and events in transit.
    :ivar epochs: the known epochs.
    :ivar first_revs: the first rev written in each epoch, by index in ``epochs``.
    """

    epochs: list[str] = attrs.field(factory=lambda: ["first"])
    first_revs: dict[int, int] = attrs.field(factory=dict)
    starts: int = 1
    first_seq: int = 1
    rev: int = 0
    messages: dict[int, Message] = attrs.field(factory=dict)
    posted: list[int] = attrs.field(factory=list)
    subscribed: bool = False
    sent: deque[Told] = attrs.field(factory=deque)

    @property
    def head(self) -> int:
        return len(self.posted)

    @property
    def epoch(self) -> str:
        return self.epochs[-1]

    # ---- changes

    def send(self) -> None:
        self.rev += 1
        self.posted.append(self.rev)
        self._happened(Message("general", self.head, self.rev, "alice", self._text(), 0))

    def edit(self, seq: int) -> None:
        if seq in self.messages and not self.messages[seq].deleted:
            self.rev += 1
            changed = attrs.evolve(self.messages[seq], rev=self.rev, text=self._text(), edited_at=1)
            self._happened(changed)

    def delete(self, seq: int) -> None:
        if seq in self.messages and not self.messages[seq].deleted:
            self.rev += 1
            self._happened(attrs.evolve(self.messages[seq], rev=self.rev, text="", deleted=True))

    def prune(self, through: int) -> None:
        through = min(through, self.head)
        self.first_seq = max(self.first_seq, through + 1)
        self.messages = {s: m for s, m in self.messages.items() if s >= self.first_seq}

    def _text(self) -> str:
        """Return a text that is unique over all histories."""
        return f"at {self.rev}" if self.epoch == "first" else f"at {self.rev} of {self.epoch}"

    def restart(self) -> None:
        self.cut()
        self.starts += 1
        self.epochs.append(f"start {self.starts}")

    def save(self) -> "ModelRoom":
        """Return a copy, such as a backup or a snapshot."""
        return copy.deepcopy(self)

    def put_back(self, saved: "ModelRoom") -> None:
        """Restart the server from a copy. Later changes are lost."""
        for name in ("epochs", "first_revs", "first_seq", "rev", "messages", "posted"):
            setattr(self, name, copy.deepcopy(getattr(saved, name)))
        self.restart()

    def restore(self, head: int) -> None:
        """Replace the data set by another with ``head`` messages."""
        head = min(head, self.head)
        self.epochs.clear()
        self.first_revs.clear()
        self.restart()
        self.first_seq, self.rev, self.posted = 1, head, list(range(1, head + 1))
        self.messages = {
            seq: Message("general", seq, seq, "alice", f"restored {self.epoch}", 0)
            for seq in self.posted
        }

    def _happened(self, message: Message) -> None:
        self.messages[message.seq] = message
        self.first_revs.setdefault(len(self.epochs) - 1, self.rev)
        if self.subscribed:
            self.sent.append(message)

    # ---- calls

    def cut(self) -> None:
        self.subscribed = False
        self.sent.clear()

    def _last_valid_rev(self, epoch: str | None) -> int:
        if epoch not in self.epochs:
            return -1
        number = self.epochs.index(epoch)
        later = [rev for writer, rev in self.first_revs.items() if writer > number]
        return min(later) - 1 if later else self.rev

    def subscribe(self, epoch: str | None, since: int | None, limit: int) -> None:
        """Send the reply. The last page subscribes the connection."""
        self.subscribed = False
        reason = None
        if since is not None and since > self._last_valid_rev(epoch):
            reason = "ahead" if epoch == self.epoch else "epoch_changed"
        elif since is not None and sum(rev <= since for rev in self.posted) + 1 < self.first_seq:
            reason = "pruned"
        recovered = since is not None and reason is None
        if since is not None and recovered:
            later = sorted((m for m in self.messages.values() if m.rev > since), key=_rev)
            page = later[:limit]
            more = len(page) < len(later)
        else:
            page, more = [self.messages[seq] for seq in sorted(self.messages)][-limit:], False
        self.subscribed = not more
        self.sent.append(
            Subscribed(
                room="general",
                title="",
                topic="",
                visibility="public",
                role="member",
                epoch=self.epoch,
                first_seq=self.first_seq,
                head_seq=self.head,
                head_rev=self.rev,
                read_seq=0,
                recovered=recovered,
                reason=reason,
                messages=tuple(page),
                has_more=more,
                next_rev=page[-1].rev if more else self.rev,
                online=Online(0),
            )
        )

    def history(self, after: int, limit: int) -> None:
        later = [self.messages[seq] for seq in sorted(self.messages) if seq > after]
        page = tuple(later[:limit])
        more = len(page) < len(later)
        self.sent.append(
            History("general", self.epoch, self.first_seq, self.head, page, after > 0, more)
        )


def _rev(message: Message) -> int:
    return message.rev
