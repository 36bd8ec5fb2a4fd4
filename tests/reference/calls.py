"""All calls of docs/protocol.md on the model of a server. Where it leaves a point open: OPEN."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

import attrs

from chatroom.model import AccountSettings, User
from chatroom.protocol import results
from chatroom.search.query import parse
from chatroom.store.events import (
    MessagesPruned,
    NotificationLevelSet,
    ReadCursorMoved,
    RoomDeleted,
    ThreadFollowed,
    ThreadUnfollowed,
)

from .erasures import ErasuresModel
from .invitations import INVITATION_CALLS
from .messages import kept_message, require_root
from .outcome import Done, Refusal
from .pages import Params
from .room import RoomModel
from .search import found

EMPTY: Final[Mapping[str, Any]] = MappingProxyType({})
WHEN_READ_ONLY: Final = frozenset(
    {
        *("getInbox", "getThreads", "getUnread", "getHistory", "getMessage", "getFile"),
        *("getMentions", "getUsers", "getAvatars", "getSettings", "getPushKey", "searchMessages"),
        *("listAudit", "listBans", "listBlocked", "listInvitations", "listMembers", "listMutes"),
        *("listPins", "listPushEndpoints", "listReactions", "listRooms", "listUsers"),
        *("subscribe", "unsubscribe", "setTyping", "markRead", "addPushEndpoint"),
        *("removePushEndpoint", "testPush", "setServer", "announce"),
    }
)
"""Calls that are not refused while the server is read-only."""


@attrs.define
class ChatModel(ErasuresModel):
    """The model of a server that decides calls. Display names equal the accounts' names,
    except in profiles."""

    def call(
        self, user: str, method: str, params: Params, now: int, chosen: Mapping[str, Any] = EMPTY
    ) -> Done:
        """Make a call. ``prune`` is a request of the operator, as is ``deleteRoom`` by no user.

        :param chosen: what the server may choose in its reply: the ``nextRev`` of a page of a
            resume, see :meth:`.RoomModel.resume`, and ids and codes of invitations.
        :raises Refusal: the call must be refused.
        """
        if self.server_state.read_only and user in self.users and method not in WHEN_READ_ONLY:
            raise Refusal("read_only")
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
            case "announce":
                return self.announce(user, params["text"], params.get("until"), now)
            case "disableAccount" | "enableAccount":
                disabled = method == "disableAccount"
                return self.set_disabled(user, params["user"], now, disabled=disabled)
            case "eraseAccount":
                return self.erase_person(user, params["user"], now)
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
                return Done(results.People(self.with_standings(user, shown)))
            case "listUsers":
                found_people = self.people.found(self._listed_to(user), params.get("query"))
                return Done(results.FoundPeople(self.with_standings(user, found_people), None))
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
                kept_message(room, params["seq"])
                return Done(self.one_message(room, user, params["seq"]))
            case "listReactions":
                kept_message(room, params["seq"])
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
                require_root(room, root := params["thread"])
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

    def _listed_to(self, user: str) -> set[str]:
        """Return whom somebody finds: admins find all but those who were erased."""
        return self._known_to(user) - (self.erased if self.is_admin(user) else set())

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
