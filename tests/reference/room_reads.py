"""What is read of a room in the model: pages, threads, reactions, unread counts."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterable
from typing import Final

import attrs

from chatroom.model import (
    EVERYONE,
    FollowedThread,
    Message,
    OwnReactions,
    Quoted,
    Role,
    Thread,
    User,
)
from chatroom.protocol.results import ListedReaction, Reactions

from .room_state import RoomState

ROLES: Final[tuple[Role, ...]] = ("owner", "moderator", "member")
QUOTED_CHARS: Final = 200
_MENTION: Final = re.compile(r"(?<![a-z0-9._-])@([a-z0-9._-]+)")


@attrs.frozen
class PageModel:
    messages: tuple[Message, ...]
    more_before: bool
    more_after: bool


@attrs.frozen
class ResumeModel:
    """A page of missed messages, ascending by rev. All revs up to ``next_rev`` are on it."""

    messages: tuple[Message, ...]
    next_rev: int
    has_more: bool


@attrs.define
class RoomReads(RoomState):
    """The state of a room, and what is read of it."""

    def own_reactions(self, messages: Iterable[Message], user: str) -> tuple[OwnReactions, ...]:
        found = ((message.seq, self.reactors.get(message.seq, {}).items()) for message in messages)
        own = (
            OwnReactions(seq, tuple(emoji for emoji, users in emojis if user in users))
            for seq, emojis in found
        )
        return tuple(each for each in own if each.emojis)

    def quoted(self, messages: Iterable[Message]) -> tuple[Quoted, ...]:
        answered = sorted({each.reply_to or 0 for each in messages} & self.log.keys())
        return tuple(_quoted(self.log[seq]) for seq in answered)

    def listed_reactions(self, seq: int) -> Reactions:
        listed = (
            ListedReaction(emoji, User(user, user))
            for emoji, users in sorted(self.reactors.get(seq, {}).items())
            for user in users
        )
        return Reactions(tuple(listed), None)

    def thread(self, root: int) -> Thread | None:
        """Return the summary of a thread; None if there is none."""
        messages = [message for message in self.messages() if message.thread == root]
        if not messages:
            return None
        last = messages[-1]
        return Thread(root, len(messages), last.seq, last.timestamp, self.writers[root])

    def threads_below(self, messages: Iterable[Message]) -> tuple[Thread, ...]:
        found = (self.thread(seq) for seq in sorted(message.seq for message in messages))
        return tuple(thread for thread in found if thread is not None)

    def followed(self, user: str, root: int) -> FollowedThread:
        read = self.followers[user, root]
        unread, mentions = self._count(user, root, read)
        thread = self.thread(root)
        active_at = thread.last_timestamp if thread else 0
        return FollowedThread(self.name, root, read, unread, mentions, active_at)

    def all_followed(self, user: str) -> list[FollowedThread]:
        return [self.followed(user, root) for who, root in self.followers if who == user]

    def after_rev(self, since: int) -> list[Message]:
        """Return the messages that a client with this rev has missed."""
        return sorted(
            (message for message in self.log.values() if message.rev > since),
            key=lambda message: message.rev,
        )

    def lost_after(self, since: int) -> bool:
        """Return whether a message posted after that rev has been pruned."""
        return bisect_right(self.posted, since) + 1 < self.first_seq

    def resume(self, since: int, limit: int, end: int | None = None) -> ResumeModel:
        """Return a page of what a client with this rev has missed.

        :param end: the ``next_rev`` of the page, if something else than ``limit`` has ended it.
        """
        missed = self.after_rev(since)
        if end is None:
            end = missed[limit - 1].rev if len(missed) > limit else self.head_rev
        page = [message for message in missed if message.rev <= end]
        return ResumeModel(tuple(page[:limit]), end, end < self.head_rev)

    def page(
        self,
        limit: int,
        *,
        before: int | None = None,
        after: int | None = None,
        around: int | None = None,
        at: int | None = None,
        thread: int | None = None,
        whole: bool = False,
    ) -> PageModel:
        """Return a page of the main log, of a thread, or of the whole log. ``around`` is inclusive,
        ``before`` and ``after`` are exclusive. ``at`` is a time.
        """
        messages = self.messages()
        if at is not None:
            later = (message.seq for message in messages if message.timestamp >= at)
            around = next(later, self.head_seq + 1)
        if not whole or thread is not None:
            messages = [message for message in messages if message.thread == thread]
        seqs = [message.seq for message in messages]
        if after is not None:
            start = bisect_right(seqs, after)
            end = start + limit
        elif around is not None and seqs:
            middle = min(bisect_left(seqs, around), len(seqs) - 1)
            start, end = max(middle - limit // 2, 0), middle - limit // 2 + limit
        else:
            end = len(seqs) if before is None else bisect_right(seqs, before - 1)
            start = max(end - limit, 0)
        return PageModel(tuple(messages[start:end]), start > 0, end < len(messages))

    def mentioned(self, sender: str, text: str) -> tuple[str, ...]:
        """Return the names that a text of ``sender`` mentions now."""
        there: Collection[str] = {EVERYONE, *self.members} - {sender}
        words = _MENTION.findall(text)
        names = (word if word in there else word.rstrip("._-") for word in words)
        return tuple(sorted({name for name in names if name in there}))

    def unread(self, user: str) -> tuple[int, int]:
        """Return a member's unread messages and mentions in the main log (I4)."""
        return self._count(user, None, self.members[user].read_seq)

    def _count(self, user: str, root: int | None, read_seq: int) -> tuple[int, int]:
        new = [
            message
            for message in self.log.values()
            if message.seq > read_seq
            and message.thread == root
            and message.sender != user
            and not message.deleted
        ]
        return len(new), sum(bool({user, EVERYONE} & set(message.mentions)) for message in new)

    def successor(self, leaving: str, disabled: Collection[str] = ()) -> str | None:
        """Return the next owner if ``leaving`` leaves: by role, then by time of joining.

        :param disabled: people who cannot act.
        """
        unable = {leaving, *disabled}
        others = [member for member in self.members.values() if member.user not in unable]
        first = min(
            others,
            key=lambda member: (ROLES.index(member.role), int(member.joined_at), member.user),
            default=None,
        )
        return None if first is None else first.user

    def prune_point(self, keep: int | None, before: int | None) -> int:
        """Return the last seq to prune, 0 for none.

        :param keep: number of messages to keep.
        :param before: messages older than this time (ms) are pruned.
        """
        messages = self.messages()
        too_many = [] if keep is None else messages[: max(len(messages) - keep, 0)]
        too_old = [m for m in messages if before is not None and m.timestamp < before]
        return max((message.seq for message in (*too_many, *too_old)), default=0)


def _quoted(message: Message) -> Quoted:
    text, long = message.text, len(message.text) > QUOTED_CHARS
    cut = text[:QUOTED_CHARS]
    files = len(message.attachments), first_type(message)
    return Quoted(message.seq, message.rev, message.sender, cut, message.deleted, long, *files)


def first_type(message: Message) -> str | None:
    """Return the media type of the first file of a message."""
    return next((each.type for each in message.attachments), None)
