"""What a push service gets for a notification: headers, and the text for the device."""

import hashlib
from typing import Final

import attrs
import orjson

from ..model import Notification
from ..store.push import MAX_AGE_MS

NO_TEXT: Final = "You have a new message"
TOPIC_CHARS: Final = 32
"""Maximum length of the header ``Topic`` (RFC 8030, section 5.4)."""


@attrs.frozen
class PushText:
    """:ivar plain: JSON for the device.
    :ivar topic: a push service replaces what it still has with the same topic.
    :ivar urgent: worth waking a device that saves power.
    """

    plain: bytes
    topic: str
    urgent: bool
    ttl_s: int

    @property
    def headers(self) -> dict[str, str]:
        return {
            "Content-Type": "application/octet-stream",
            "Content-Encoding": "aes128gcm",
            "TTL": str(self.ttl_s),
            "Urgency": "high" if self.urgent else "normal",
            "Topic": self.topic,
        }


def text_of(notification: Notification, now: int, *, shows_text: bool) -> PushText:
    """Return what tells of a message.

    A text is short enough for :data:`.keys.MAX_PLAIN_BYTES`, since titles, names and previews are.

    :param shows_text: else it says neither who wrote what, nor where it is called what.
    """
    ours: dict[str, object] = {
        "type": "message",
        "id": notification.id,
        "room": notification.room,
        "seq": notification.seq,
        "kind": notification.kind,
        "timestamp": notification.timestamp,
        "unread": notification.unread,
        "mention": notification.mention,
    }
    if notification.thread is not None:
        ours["thread"] = notification.thread
    if shows_text:
        ours |= {
            "title": notification.title,
            "sender": notification.sender,
            "senderName": notification.sender_name,
            "text": notification.text,
            "truncated": notification.truncated,
            "files": notification.files,
        }
    else:
        ours["text"] = NO_TEXT
    return PushText(
        plain=orjson.dumps(ours),
        topic=_topic(notification.id),
        urgent=notification.mention or notification.kind == "direct",
        ttl_s=max((notification.timestamp + MAX_AGE_MS - now) // 1000, 0),
    )


def text_of_test(user: str, now: int) -> PushText:
    """Return what ``testPush`` sends."""
    plain = {"type": "test", "id": f"test:{user}", "timestamp": now, "text": "It works"}
    return PushText(orjson.dumps(plain), _topic(f"test:{user}"), urgent=True, ttl_s=60)


def _topic(notification: str) -> str:
    return hashlib.sha256(notification.encode()).hexdigest()[:TOPIC_CHARS]
