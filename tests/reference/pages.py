"""The results of reads, as in docs/protocol.md."""

from collections.abc import Iterable
from typing import Any, Final

import attrs

from chatroom.model import FollowedThread, InboxRoom, RoomPolicy, User
from chatroom.protocol.results import (
    History,
    Inbox,
    InboxEntry,
    Joined,
    ListedMember,
    ListedSanction,
    ListedThread,
    Members,
    Mentions,
    Muted,
    OneMessage,
    Online,
    Pins,
    Sanctions,
    Subscribed,
    Threads,
    ThreadSums,
)
from chatroom.store.events import MemberBanned, MemberMuted

from .room import RoomModel
from .server import ServerModel, preview

PARTS: Final = ("thread", "whole")
BOUNDS: Final = ("before", "after", "around", "at")
PAGE: Final = 50
MAX_PAGE: Final = 200
Params = dict[str, Any]


@attrs.define
class PagesModel(ServerModel):
    """Nobody is online here: the model knows no sessions."""

    def entry(self, name: str, user: str) -> InboxEntry:
        """Return the room's entry in the user's inbox."""
        return _entry(self.inbox_room(name, user))

    def inbox_page(self, user: str) -> Inbox:
        rooms = sorted(self.inbox(user), key=lambda room: int(room.active_at), reverse=True)
        unread, mentions = sum(r.unread for r in rooms), sum(r.mentions for r in rooms)
        threads = self.followed(user)
        sums = ThreadSums(sum(t.unread for t in threads), sum(t.mentions for t in threads))
        return Inbox(unread, mentions, sums, tuple(map(_entry, rooms)), None)

    def threads_page(self, user: str, room: str | None) -> Threads:
        listed = [self._listed_thread(each) for each in self.followed(user)]
        return Threads(tuple(each for each in listed if room in (None, each.room)), None)

    def _listed_thread(self, followed: FollowedThread) -> ListedThread:
        room = self.rooms[followed.room]
        thread, root = room.thread(followed.root), room.log.get(followed.root)
        assert thread is not None
        return ListedThread(
            room=room.name,
            thread=thread.root,
            count=thread.count,
            last_seq=thread.last_seq,
            last_timestamp=thread.last_timestamp,
            users=thread.users,
            read_seq=followed.read_seq,
            unread=followed.unread,
            mentions=followed.mentions,
            message=preview(root) if root else None,
        )

    def listed(self, room: RoomModel) -> Members:
        members = sorted(room.members.values(), key=lambda member: member.user)
        listed = (ListedMember(m.user, m.user, m.role, False) for m in members)
        return Members(tuple(listed), None)

    def sanctions(self, imposed: Iterable[MemberBanned | MemberMuted]) -> Sanctions:
        listed = (
            ListedSanction(
                User(each.user, each.user),
                each.by,
                each.at,
                each.sanction.until,
                each.sanction.reason or None,
            )
            for each in sorted(imposed, key=lambda each: each.user)
        )
        return Sanctions(tuple(listed), None)

    def joined(self, name: str, user: str, *, created: bool) -> Joined:
        room, member = self.rooms[name], self.rooms[name].members[user]
        return Joined(
            room=name,
            title=room.title,
            topic=room.topic,
            visibility=room.visibility,
            role=member.role,
            head_seq=room.head_seq,
            head_rev=room.head_rev,
            read_seq=member.read_seq,
            created=created,
            **shown_policy(room.policy),
        )

    def history(self, room: RoomModel, user: str, params: Params) -> History:
        bounds = {name: params[name] for name in (*BOUNDS, *PARTS) if name in params}
        page = room.page(params.get("limit", PAGE), **bounds)
        return History(
            room=room.name,
            epoch=self.epochs[-1],
            first_seq=room.first_seq,
            head_seq=room.head_seq,
            messages=page.messages,
            my_reactions=room.own_reactions(page.messages, user),
            quoted=room.quoted(page.messages),
            threads=room.threads_below(page.messages),
            has_more_before=page.more_before,
            has_more_after=page.more_after,
        )

    def one_message(self, room: RoomModel, user: str, seq: int) -> OneMessage:
        message = room.log[seq]
        own, quoted = room.own_reactions([message], user), room.quoted([message])
        below = room.threads_below([message])
        return OneMessage(self.epochs[-1], message, own, quoted, below)

    def pins(self, room: RoomModel, user: str) -> Pins:
        messages = tuple(room.log[seq] for seq in reversed(room.pins))
        own, quoted = room.own_reactions(messages, user), room.quoted(messages)
        below = room.threads_below(messages)
        return Pins(self.epochs[-1], messages, None, own, quoted, below)

    def mentions_page(self, user: str) -> Mentions:
        return Mentions(self.epochs[-1], tuple(self.mentions(user)), None)

    def subscribed(
        self, room: RoomModel, user: str, params: Params, end: int | None = None
    ) -> Subscribed:
        """:param end: see :meth:`.RoomModel.resume`."""
        since = params.get("sinceRev")
        latest = room.page(params.get("limit", PAGE)).messages
        page = Subscribed(
            room=room.name,
            title=room.title,
            topic=room.topic,
            visibility=room.visibility,
            role=room.members[user].role,
            epoch=self.epochs[-1],
            first_seq=room.first_seq,
            head_seq=room.head_seq,
            head_rev=room.head_rev,
            read_seq=room.members[user].read_seq,
            recovered=False,
            messages=latest,
            my_reactions=room.own_reactions(latest, user),
            quoted=room.quoted(latest),
            threads=room.threads_below(latest),
            has_more=False,
            next_rev=room.head_rev,
            online=Online(0),
            muted=_muted(room, user),
            **shown_policy(room.policy),
        )
        if since is None:
            return page
        if reason := self.no_resume(room.name, params["epoch"], since):
            return attrs.evolve(page, reason=reason)
        missed = room.resume(since, params.get("limit", MAX_PAGE), end)
        own = room.own_reactions(missed.messages, user)
        missed_fields = attrs.asdict(missed, recurse=False)
        quoted = room.quoted(missed.messages)
        beside: Params = {"my_reactions": own, "quoted": quoted}
        beside |= {"threads": room.threads_below(missed.messages)}
        return attrs.evolve(page, recovered=True, **beside, **missed_fields)


def shown_policy(policy: RoomPolicy) -> dict[str, Any]:
    return attrs.asdict(policy, filter=lambda field, _: field.init)


def _muted(room: RoomModel, user: str) -> Muted | None:
    if user not in room.muted:
        return None
    mute = room.muted[user].sanction
    return Muted(mute.until, mute.reason or None)


def _entry(room: InboxRoom) -> InboxEntry:
    return InboxEntry(
        room=room.room,
        kind=room.kind,
        title=room.title,
        visibility=room.visibility,
        head_seq=room.head_seq,
        read_seq=room.read_seq,
        unread=room.unread,
        mentions=room.mentions,
        notifications=room.level,
        with_=room.partner,
        last_message=room.last_message,
    )
