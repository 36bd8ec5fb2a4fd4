"""Calls on messages, on the model of a server. Where docs/protocol.md leaves a point open: OPEN."""

import json
from collections.abc import Sequence
from typing import Any

import attrs

from chatroom.model import Attachment, JsonObject, Message, direct_room
from chatroom.protocol import results
from chatroom.store.events import MessageChanged, RoomEvent

from .membership import MembershipModel
from .outcome import Done, Refusal
from .pages import Params
from .room import RoomModel, content_of


@attrs.define
class MessagesModel(MembershipModel):
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
            require_root(room, root)
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
        was = kept_message(room, seq)
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
        was = kept_message(room, seq)
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
        was = kept_message(room, seq)
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
        was = kept_message(room, seq)
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


def _canonical(data: Params) -> JsonObject:
    return JsonObject(json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False))


def require_root(room: RoomModel, root: int) -> None:
    if root in room.log and room.log[root].thread is not None:
        raise Refusal("invalid_params")
    if root not in room.log and room.thread(root) is None:
        raise Refusal("invalid_params")


def kept_message(room: RoomModel, seq: int) -> Message:
    if seq not in room.log:
        raise Refusal("not_found")
    return room.log[seq]
