"""All calls of docs/protocol.md on the model of a server. Where it leaves a point open: OPEN."""

import json
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final

import attrs

from chatroom.model import (
    AccountSettings,
    Attachment,
    JsonObject,
    Kind,
    Member,
    Message,
    Role,
    Room,
    RoomPolicy,
    Sanction,
    User,
    Visibility,
    direct_pair,
    direct_room,
)
from chatroom.protocol import results
from chatroom.search.query import parse
from chatroom.store.events import (
    Audited,
    MemberAdded,
    MemberBanned,
    MemberMuted,
    MemberRemoved,
    MemberUnbanned,
    MemberUnmuted,
    MessageChanged,
    MessagesPruned,
    NotificationLevelSet,
    ReadCursorMoved,
    RoleChanged,
    RoomConfigured,
    RoomCreated,
    RoomDeleted,
    RoomEvent,
    ThreadFollowed,
    ThreadUnfollowed,
)

from .administration import audited
from .invitations import INVITATION_CALLS, InvitationsModel
from .outcome import Done, Refusal
from .pages import Params, shown_policy
from .people import PeopleModel
from .room import ROLES, RoomModel, content_of
from .search import found

EMPTY: Final[Mapping[str, Any]] = MappingProxyType({})


@attrs.define
class ChatModel(InvitationsModel):
    """The model of a server that decides calls. Display names equal the accounts' names,
    except in profiles.

    :ivar blocks: pairs of the user who blocks, and the blocked user.
    """

    blocks: set[tuple[str, str]] = attrs.Factory(set)
    people: PeopleModel = attrs.Factory(PeopleModel)

    def call(
        self, user: str, method: str, params: Params, now: int, chosen: Mapping[str, Any] = EMPTY
    ) -> Done:
        """Make a call. ``prune`` is a request of the operator, as is ``deleteRoom`` by no user.

        :param chosen: what the server may choose in its reply: the ``nextRev`` of a page of a
            resume, see :meth:`.RoomModel.resume`, and ids and codes of invitations.
        :raises Refusal: the call must be refused.
        """
        match method:
            case "sendMessage":
                return self._send(user, params, now)
            case "joinRoom":
                return self._join(user, params["room"], params.get("create", True), now)
            case "createRoom":
                return self._create(user, params["room"], params["visibility"], now)
            case "blockUser":
                self._block(user, params["user"])
            case "unblockUser":
                self.blocks.discard((user, params["user"]))
            case "listBlocked":
                names = sorted(blocked for by, blocked in self.blocks if by == user)
                return Done(results.Blocked(tuple(User(name, name) for name in names), None))
            case "setServerRole":
                return self.set_server_role(user, params["user"], params["role"], now)
            case "setServer":
                return self.set_server(user, params, now)
            case "disableAccount" | "enableAccount":
                disabled = method == "disableAccount"
                return self.set_disabled(user, params["user"], now, disabled=disabled)
            case "listAudit":
                return Done(self.listed_audit(user, params))
            case "acceptInvitation":
                return self._accept(user, params["code"], now)
            case "enterRoom":
                return self._enter_abandoned(user, params["room"], now)
            case _ if method in INVITATION_CALLS:
                return self.on_invitations(user, method, params, now, chosen)
            case "getThreads":
                if "room" in params and user not in self._room(params["room"]).members:
                    raise Refusal("not_found")
                return Done(self.threads_page(user, params.get("room")))
            case "getMentions":
                return Done(self.mentions_page(user))
            case "getInbox":
                return Done(self.inbox_page(user))
            case "searchMessages":
                return Done(self._search(user, params))
            case "setProfile":
                return Done(self.people.set_profile(user, params))
            case "getUsers":
                shown = self.people.shown(self._known_to(user) & set(params["users"]))
                return Done(results.People(tuple(shown)))
            case "listUsers":
                found_people = self.people.found(self._known_to(user), params.get("query"))
                return Done(results.FoundPeople(tuple(found_people), None))
            case "setSettings":
                if (stored := self.people.set_settings(user, params)) is None:
                    raise Refusal("conflict")
                return Done(stored)
            case "getSettings":
                return Done(self.people.settings.get(user, AccountSettings()))
            case "deleteRoom" if user not in self.users:
                return self._retire(self._room(params["room"]), None, now)
            case "prune":
                through = self._room(params["room"]).prune_point(params["keep"], None)
                return self._did(params["room"], *([MessagesPruned(through)] if through else ()))
            case _:
                return self._in_room(user, method, params, now, chosen.get("nextRev"))
        return Done()

    def _in_room(self, user: str, method: str, params: Params, now: int, end: int | None) -> Done:
        room = self.room_of(user, params["room"])
        match method:
            case "leaveRoom":
                if room.kind == "direct":
                    raise Refusal("forbidden")
                return self._did(room.name, *self._leaves(room, user))
            case "editMessage":
                return self._edit(room, user, params["seq"], params["text"].strip(), now)
            case "deleteMessage":
                return self._delete(room, user, params["seq"], now)
            case "addReaction" | "removeReaction":
                return self._react(room, user, method == "addReaction", params)
            case "pinMessage" | "unpinMessage":
                return self._pin(room, user, method == "pinMessage", params["seq"])
            case "listPins":
                return Done(self.pins(room, user))
            case "getMessage":
                _message(room, params["seq"])
                return Done(self.one_message(room, user, params["seq"]))
            case "listReactions":
                _message(room, params["seq"])
                return Done(room.listed_reactions(params["seq"]))
            case "markRead":
                seq, was = params["seq"], room.members[user].read_seq
                if seq > room.head_seq:
                    raise Refusal("invalid_params")
                if (root := params.get("thread")) is not None:
                    if (user, root) not in room.followers:
                        raise Refusal("invalid_params")
                    was = room.followers[user, root]
                    return self._entry_after(room, user, seq > was, ThreadFollowed(user, root, seq))
                return self._entry_after(room, user, seq > was, ReadCursorMoved(user, seq))
            case "setNotifications":
                level, before = params["level"], room.members[user].level
                event = NotificationLevelSet(user, level)
                return self._entry_after(room, user, level != before, event)
            case "followThread":
                _require_root(room, root := params["thread"])
                if (user, root) in room.followers:
                    return Done(room=room.name)
                return self._did(room.name, ThreadFollowed(user, root, room.head_seq))
            case "unfollowThread":
                known = (user, root := params["thread"]) in room.followers
                return self._did(room.name, *([ThreadUnfollowed(user, root)] if known else ()))
            case "subscribe":
                return Done(self.subscribed(room, user, params, end), room.name)
            case "unsubscribe":
                return Done(room=room.name)
            case "getHistory":
                return Done(self.history(room, user, params))
            case "getUnread":
                return Done(self.history(room, user, {"after": room.members[user].read_seq}))
            case "listMembers":
                return Done(self.listed(room))
            case "listBans" | "listMutes":
                if room.kind == "direct" or room.members[user].role == "member":
                    raise Refusal("forbidden")
                imposed = room.banned if method == "listBans" else room.muted
                return Done(self.sanctions(imposed.values()))
            case "deleteRoom":
                if room.kind == "direct" or room.members[user].role != "owner":
                    raise Refusal("forbidden")
                return self._retire(room, user, now)
            case "setRoom":
                return self._set_room(room, user, params, now)
            case "setRole":
                return self._set_role(room, user, params["user"], params["role"], now)
            case "deleteMessagesOf":
                return self._delete_all(room, user, params, now)
            case "invite" | "removeMember" | "ban" | "unban" | "mute" | "unmute":
                return self._moderate(room, user, method, params, now)
            case _:
                raise NotImplementedError(method)

    def _known_to(self, user: str) -> set[str]:
        """Return whose profiles somebody sees: admins see those of everyone."""
        if self.is_admin(user):
            return set(self.users)
        return {user}.union(*(room.members for room in self.rooms.values() if user in room.members))

    def _search(self, user: str, params: Params) -> results.Found:
        """Find everything, on one page."""
        if not parse(params["query"]):
            raise Refusal("invalid_params")
        if "room" in params:
            self.room_of(user, params["room"])
        hits = found(self.rooms.values(), user, params)
        return results.Found(
            messages=tuple(hit.message for hit in hits),
            ranges=tuple(tuple(results.TextRange(*each) for each in hit.ranges) for hit in hits),
            pending=0,
            next=None,
        )

    def _retire(self, room: RoomModel, by: str | None, now: int) -> Done:
        if room.kind == "direct":
            raise Refusal("forbidden")
        entry = self._audited(room, "deleteRoom", by, now)
        done = self._did(room.name, entry, RoomDeleted(now))
        return attrs.evolve(done, lost_members=sorted(room.members))

    def _audited(
        self,
        room: RoomModel,
        act: Any,
        by: str | None,
        now: int,
        user: str | None = None,
        **details: Any,
    ) -> Audited:
        at = self.time_in(room, now)
        return Audited(audited(act, by, at, room=room.name, user=user, **details))

    def _did(self, room: str, *events: RoomEvent) -> Done:
        return Done(room=room, events=self.commit(room, events))

    def _room(self, name: str) -> RoomModel:
        if name not in self.rooms:
            raise Refusal("not_found")
        return self.rooms[name]

    # ---- messages

    def _send(self, user: str, params: Params, now: int) -> Done:
        text, client_id = params["text"].strip(), params.get("clientId")
        content: dict[str, Any] = {
            "plain": params.get("format") == "plain",
            "kind": params.get("type"),
            "data": _canonical(params["data"]) if "data" in params else None,
        }
        name = params["room"] if "room" in params else direct_room(user, params["to"])
        files = params.get("attachments", [])
        if not text and not files:
            raise Refusal("text_empty")
        if len(text) > 4000:
            raise Refusal("text_too_long")
        # As long as the message is kept, and before every permanent refusal.
        if (receipt := self.receipts.get((user, client_id or ""))) is not None:
            repeated = content_of(text, **content, files=files)
            if (receipt.room, receipt.text_hash) != (name, repeated):
                raise Refusal("conflict")
            again = results.Sent(name, receipt.seq, receipt.rev, receipt.timestamp, True)
            return Done(again, name)
        made: Sequence[RoomEvent] = ()
        if name in self.rooms:
            self.room_of(user, name)
        content["attachments"] = tuple(self._attachment(user, each) for each in files)
        if "to" in params and name not in self.rooms:
            self._know(params["to"])
            self._require_unblocked_in(name, user)
            if "replyTo" in params or "thread" in params:
                raise Refusal("invalid_params")
            people = sorted({user, params["to"]})
            made = self._make(name, "private", now, *((each, "member") for each in people)).events
        room = self.room_of(user, name)
        self._require_writing(room, user)
        reply_to = params.get("replyTo")
        if (reply_to or 0) > room.head_seq:
            raise Refusal("invalid_params")
        mentions, at = room.mentioned(user, text), self.time_in(room, now)
        if (root := params.get("thread")) is not None:
            _require_root(room, root)
            content["thread"] = root
        posted = room.copy().posting(user, text, client_id, mentions, reply_to, at, **content)
        message, follows = posted.message, list[RoomEvent]()
        if root is not None:
            first = [room.log[root].sender] if root not in room.writers else []
            follows = room.following(message, [*first, user, *mentions])
        sent = results.Sent(name, message.seq, message.rev, at, False)
        return Done(sent, name, (*made, *self.commit(name, [posted, *follows])))

    def _attachment(self, user: str, upload: str) -> Attachment:
        own = self.uploads.get(upload)
        if own is None or own.user != user:
            raise Refusal("not_found")
        return own.attachment

    def _edit(self, room: RoomModel, user: str, seq: int, text: str, now: int) -> Done:
        was = _message(room, seq)
        if was.sender != user:
            raise Refusal("forbidden")
        if was.deleted:
            raise Refusal("not_found")  # OPEN
        if was.text == text:  # OPEN: this is not a change
            return Done(results.Changed(was.rev), room.name)
        self._require_writing(room, user)
        mentions, at = room.mentioned(user, text), self.time_in(room, now)
        changed = room.copy().changing(seq, text, mentions, at)
        follows = room.following(changed.message, mentions) if was.thread else ()
        return self._changed(room, changed, *follows)

    def _delete(self, room: RoomModel, user: str, seq: int, now: int) -> Done:
        was = _message(room, seq)
        if user != was.sender and room.members[user].role == "member":
            raise Refusal("forbidden")
        if was.deleted:  # OPEN: a second delete is not a change
            return Done(results.Changed(was.rev), room.name)
        changed = room.copy().changing(seq, None, at=now)
        if user == was.sender:
            return self._changed(room, changed)
        entry = self._audited(room, "deleteMessage", user, now, was.sender, seq=seq)
        return self._changed(room, changed, entry)

    def _delete_all(self, room: RoomModel, user: str, params: Params, now: int) -> Done:
        """Delete all messages of a person, of which there are few and which are new."""
        self._require_moderating(room, user, "deleteMessagesOf", params["user"])
        self._know(params["user"])
        after, events = room.copy(), list[RoomEvent]()
        for message in reversed(room.messages()):
            if message.sender == params["user"] and not message.deleted:
                events.append(after.changing(message.seq, None, at=now))
        count, target = len(events), params["user"]
        if count and target != user:
            act = "deleteMessagesOf"
            events.append(self._audited(room, act, user, now, target, count=count))
        done = self._did(room.name, *events)
        return attrs.evolve(done, result=results.Swept(count, None))

    def _react(self, room: RoomModel, user: str, added: bool, params: Params) -> Done:
        seq, emoji = params["seq"], params["emoji"]
        was = _message(room, seq)
        if was.deleted:
            raise Refusal("not_found")
        emojis = room.reactors.get(seq, {})
        if (user in emojis.get(emoji, ())) is added:
            return Done(results.Changed(was.rev), room.name)
        if added and emoji not in emojis and len(emojis) == 20:
            raise Refusal("conflict")
        if added and room.policy.archived:
            raise Refusal("forbidden")
        if added:
            self._require_voice(room, user)
        return self._changed(room, room.copy().reacting(seq, emoji, user))

    def _pin(self, room: RoomModel, user: str, pinned: bool, seq: int) -> Done:
        if room.kind != "direct" and room.members[user].role == "member":
            raise Refusal("forbidden")
        was = _message(room, seq)
        if was.deleted:
            raise Refusal("not_found")
        if (was.pinned_by is not None) is pinned:
            return Done(results.Changed(was.rev), room.name)
        return self._changed(room, room.copy().pinning(seq, user if pinned else None))

    def _changed(self, room: RoomModel, changed: MessageChanged, *more: RoomEvent) -> Done:
        done = self._did(room.name, changed, *more)
        return attrs.evolve(done, result=results.Changed(changed.message.rev))

    def _entry_after(self, room: RoomModel, user: str, changes: bool, event: RoomEvent) -> Done:
        """Apply an event of a member's cursor or level, if it changes that."""
        done = self._did(room.name, *([event] if changes else ()))
        return attrs.evolve(done, result=self.entry(room.name, user))

    # ---- membership

    def _know(self, user: str) -> None:
        if user not in self.users:
            raise Refusal("not_found")

    def _join(self, user: str, name: str, create: bool, now: int) -> Done:
        if name in self.deleted:
            raise Refusal("conflict")
        if create and name not in self.rooms:
            return self._create(user, name, "public", now)
        room, events = self._room(name), list[RoomEvent]()
        if user not in room.members:
            if room.visibility == "private":
                raise Refusal("not_found")
            if user in room.banned:
                raise Refusal("banned")
            events.append(self._enters(room, user, "member" if room.members else "owner", now))
        done = self._did(name, *events)
        return attrs.evolve(done, result=self.joined(name, user, created=False))

    def _create(self, user: str, name: str, visibility: Visibility, now: int) -> Done:
        if name in self.deleted or name in self.rooms:
            raise Refusal("conflict")
        done = self._make(name, visibility, now, (user, "owner"))
        return attrs.evolve(done, result=self.joined(name, user, created=True))

    def _make(self, name: str, visibility: Visibility, now: int, *people: tuple[str, Role]) -> Done:
        kind: Kind = "direct" if direct_pair(name) else "room"
        room = Room(name, kind, visibility, name, "", now)
        entered = [MemberAdded(Member(name, user, user, role, now)) for user, role in people]
        return self._did(name, RoomCreated(room), *entered)

    def _enters(self, room: RoomModel, user: str, role: Role, now: int) -> MemberAdded:
        """Add a member. All earlier messages count as read."""
        at = self.time_in(room, now)
        return MemberAdded(Member(room.name, user, user, role, at, read_seq=room.head_seq))

    def _accept(self, user: str, code: str, now: int) -> Done:
        room, events = self.offered(user, code, now), list[RoomEvent]()
        if user in room.banned:
            raise Refusal("banned")
        if user not in room.members:
            events.append(self._enters(room, user, "member", now))
        done = self._did(room.name, *events, *self.count_use(user, code, now))
        return attrs.evolve(done, result=results.Accepted(room.name))

    def sign_up(self, user: str, code: str | None, now: int) -> Done:
        """Add an account, perhaps by an invitation, and let it into the room of that if possible.

        :raises Refusal: the sign-up must be refused.
        """
        invitation = None if code is None else self.offered_to_stranger(user, code, now)
        if user in self.users:
            raise Refusal("conflict")
        self.users.add(user)
        if code is None or invitation is None:
            return Done()
        invitation.users.append(user)
        try:
            return self._accept(user, code, now)
        except Refusal:
            return Done()

    def _enter_abandoned(self, user: str, name: str, now: int) -> Done:
        room, is_admin = self._room(name), self.is_admin(user)
        member = room.members.get(user)
        hidden = room.visibility == "private" and member is None and not is_admin
        if hidden or room.kind == "direct":
            raise Refusal("not_found")
        if not is_admin:
            raise Refusal("forbidden")
        if member is not None and member.role == "owner":
            return Done(self.joined(name, user, created=False), name)
        if not self.is_abandoned(room):
            raise Refusal("forbidden")
        comes = self._enters(room, user, "owner", now)
        event = comes if member is None else RoleChanged(user, "owner")
        done = self._did(name, event, self._audited(room, "enterRoom", user, now))
        return attrs.evolve(done, result=self.joined(name, user, created=False))

    def _require_moderating(self, room: RoomModel, user: str, method: str, target: str) -> None:
        role, member = room.members[user].role, room.members.get(target)
        invited = method == "invite" and room.policy.inviting == "all"
        if room.kind == "direct" or (role == "member" and not invited):
            raise Refusal("forbidden")
        if member is None or method in ("invite", "unban"):
            return
        if method == "deleteMessagesOf" and user == target:
            return
        if not _is_above(role, member.role):
            raise Refusal("forbidden")

    def _moderate(self, room: RoomModel, user: str, method: str, params: Params, now: int) -> Done:
        target = params["user"]
        member = room.members.get(target)
        self._require_moderating(room, user, method, target)
        self._know(target)
        limits = {"until": params.get("until"), "reason": params.get("reason")}
        sanction, at = Sanction(limits["until"], limits["reason"] or ""), self.time_in(room, now)
        ban, mute = room.banned.get(target), room.muted.get(target)
        details = limits if method in ("ban", "mute") else {}
        entry = self._audited(room, method, user, now, target, **details)
        match method:
            case "mute" if mute is None or mute.sanction != sanction:
                done = self._did(room.name, MemberMuted(target, user, at, sanction), entry)
                return attrs.evolve(done, muted_member=target if member else None)
            case "unmute" if mute:
                done = self._did(room.name, MemberUnmuted(target), entry)
                return attrs.evolve(done, muted_member=target if member else None)
            case "invite" if ban:
                raise Refusal("banned")
            case "invite" if member is None:
                self._require_unblocked(user, target)
                return self._did(room.name, self._enters(room, target, "member", now))
            case "removeMember" if member is None:
                raise Refusal("not_found")  # OPEN
            case "removeMember":
                return self._did(room.name, *self._leaves(room, target), entry)
            case "ban":
                bans: list[RoomEvent] = [MemberBanned(target, user, at, sanction), entry]
                if ban and ban.sanction == sanction:
                    bans.clear()
                return self._did(room.name, *bans, *(self._leaves(room, target) if member else ()))
            case "unban" if ban:
                return self._did(room.name, MemberUnbanned(target), entry)
            case _:
                return Done(room=room.name)  # nothing changes

    def _leaves(self, room: RoomModel, user: str) -> list[RoomEvent]:
        """Remove a member. If that was the last owner who can act, another one follows."""
        events: list[RoomEvent] = [MemberRemoved(user)]
        owned = room.members[user].role == "owner"
        heir = room.successor(user, self.disabled) if owned else None
        if heir is not None and room.members[heir].role != "owner":
            events.append(RoleChanged(heir, "owner"))
        return events

    def _set_room(self, room: RoomModel, user: str, params: Params, now: int) -> Done:
        role = room.members[user].role
        if room.kind == "direct" or role == "member":
            raise Refusal("forbidden")
        was = {"title": room.title, "topic": room.topic, "visibility": room.visibility}
        was |= shown_policy(room.policy)
        settings: dict[str, Any] = was | {
            name: value for name, value in params.items() if name != "room"
        }
        for name in ("visibility", "archived"):
            if settings[name] != was[name] and role != "owner":
                raise Refusal("forbidden")
        result = results.RoomSettings(room=room.name, **settings)
        event = RoomConfigured(
            title=settings.pop("title"),
            topic=settings.pop("topic"),
            visibility=settings.pop("visibility"),
            policy=RoomPolicy(**settings),
            version=room.version + 1,
        )
        changed = room.copy()
        changed.apply(event)
        new = {name: value for name, value in params.items() if value != was.get(name)}
        del new["room"]
        entry = self._audited(room, "setRoom", user, now, **new)
        done = self._did(room.name, *([event, entry] if changed != room else ()))
        return attrs.evolve(done, result=result)

    def _set_role(self, room: RoomModel, user: str, target: str, role: Role, now: int) -> Done:
        member = room.members.get(target)
        owners = [name for name, each in room.members.items() if each.role == "owner"]
        if room.kind == "direct" or user not in owners:
            raise Refusal("forbidden")
        self._know(target)
        if member is None:
            raise Refusal("not_found")
        if member.role == role:
            return Done(room=room.name)
        if target in owners and target != user:
            raise Refusal("forbidden")
        if target in owners and not set(owners) - self.disabled - {target}:
            raise Refusal("conflict")
        entry = self._audited(room, "setRole", user, now, target, role=role, was=member.role)
        return self._did(room.name, RoleChanged(target, role), entry)

    def _block(self, user: str, other: str) -> None:
        if user == other:
            raise Refusal("invalid_params")
        self._know(other)
        self.blocks.add((user, other))

    def _require_unblocked(self, user: str, other: str) -> None:
        if (other, user) in self.blocks:
            raise Refusal("forbidden")

    def _require_writing(self, room: RoomModel, user: str) -> None:
        for_moderators = room.policy.posting == "moderators"
        if room.policy.archived or (for_moderators and room.members[user].role == "member"):
            raise Refusal("forbidden")
        self._require_voice(room, user)

    def _require_voice(self, room: RoomModel, user: str) -> None:
        if user in room.muted:
            raise Refusal("muted")
        self._require_unblocked_in(room.name, user)

    def _require_unblocked_in(self, name: str, user: str) -> None:
        """In a direct room, check that the other person does not block the user."""
        for other in direct_pair(name) or ():
            self._require_unblocked(user, other)


def _canonical(data: Params) -> JsonObject:
    return JsonObject(json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False))


def _require_root(room: RoomModel, root: int) -> None:
    if root in room.log and room.log[root].thread is not None:
        raise Refusal("invalid_params")
    if root not in room.log and room.thread(root) is None:
        raise Refusal("invalid_params")


def _message(room: RoomModel, seq: int) -> Message:
    if seq not in room.log:
        raise Refusal("not_found")
    return room.log[seq]


def _is_above(role: Role, other: Role) -> bool:
    return ROLES.index(role) < ROLES.index(other)
